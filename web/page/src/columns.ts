// Columns inferred from rows, and how their values look and sort. Knows no DOM.

import type {ColumnSettings, PageSettings} from './settings';

export type Row = Record<string, unknown>;
export interface Keyed {
  readonly key: string;
  readonly row: Row;
}
export type Kind = 'number' | 'time' | 'flag' | 'text' | 'json';

export const digitsMax = 6;
const moneyDigitsMax = 2;  // a product of price and quantity has more, and they mean nothing
export const columnsMax = 1000;  // as many as the server lets a row have; hidden ones beyond `shownMax`
export const shownMax = 60;  // columns that a person is shown without having asked for them
export const depthMax = 4;  // objects inside objects that become dotted columns
export const textMax = 400;  // characters of a cell; the whole value is for copy and CSV

const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;
const timeName = /(time|date|timestamp|updated|created|_at|_ts)$/i;
const decimalText = /^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$/;
const nameOfNumberLikeText = /(id|isin|cusip|sedol|account|code|phone|zip)$/i;
const nameOfSum = /(quantity|qty|value|amount|notional|exposure|pnl|p&l|profit|loss|cost|volume|size|shares|fee|tax|delta|total)$/i;
const nameOfMoney = /(value|amount|notional|exposure|pnl|p&l|profit|loss|cost|fee|tax)$/i;

/** Milliseconds since 1970 of a number that may count s, ms, us or ns; undefined when it cannot be a time. */
function epochMs(value: number): number | undefined {
  if (value >= 1e9 && value < 1e11) return value * 1000;
  if (value >= 1e11 && value < 1e14) return value;
  if (value >= 1e14 && value < 1e17) return value / 1e3;
  if (value >= 1e17 && value < 1e20) return value / 1e6;
  return undefined;
}

export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return epochMs(value);
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value.slice(10)) ? value : `${value}Z`;  // without a zone: UTC
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

function kindOf(name: string, value: unknown): Kind {
  if (typeof value === 'boolean') return 'flag';
  if (typeof value === 'number') return timeName.test(name) && epochMs(value) !== undefined ? 'time' : 'number';
  if (typeof value === 'string') {
    if (value.length < 40 && isoTime.test(value) && timeOf(value) !== undefined) return 'time';
    if (value.length < 30 && decimalText.test(value) && !nameOfNumberLikeText.test(name)) return 'number';
    return 'text';
  }
  return 'json';
}

function digitsOf(value: unknown): number {
  if (Number.isInteger(value)) return 0;
  const text = String(value);
  if (text.includes('e-')) return digitsMax;
  const point = text.indexOf('.');
  return point < 0 ? 0 : Math.min(text.length - point - 1, digitsMax);
}

const word = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_\s]+/g, ' ').trim();

function titleOf(path: readonly string[]): string {
  const words = path.map(word).join(' · ').slice(0, 80);
  if (words === words.toUpperCase()) return words;
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}

/** Text that sorts by code units as people count: "R2" before "R10". Remembered, for sorting asks often. */
const naturals = new Map<string, string>();
export function natural(text: string): string {
  const known = naturals.get(text);
  if (known !== undefined) return known;
  if (naturals.size > 200_000) naturals.clear();
  const made = text.slice(0, 200).toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'));
  naturals.set(text, made);
  return made;
}

const two = (n: number) => String(n).padStart(2, '0');
const three = (n: number) => String(n).padStart(3, '0');

function clock(ms: number | undefined, millis: boolean, today: Date): string {
  if (ms === undefined) return '';
  const t = new Date(ms);
  const hms = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
  if (t.toDateString() === today.toDateString()) return millis ? `${hms}.${three(t.getMilliseconds())}` : hms;
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${hms}`;
}

const short = (text: string) => (text.length > textMax ? `${text.slice(0, textMax)}…` : text);

export const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One column: a field of the rows, or the row key itself (an empty path). */
const dated = 19;  // characters of a time with its date

function isToday(ms = 0): boolean {
  const began = new Date().setHours(0, 0, 0, 0);
  return ms >= began && ms < began + 86_400_000;
}

export class Column {
  readonly id: string;
  title: string;
  index = 0;  // among all, as seen
  kind: Kind | null = null;  // what all values seen so far have in common; null: none seen
  digits = 0;  // after the decimal point, the most seen
  chars = 0;  // of the widest text seen
  redundant = true;  // repeats the key or the client in every row seen
  hidden: boolean | undefined;  // as the settings say
  total: 'sum' | 'none' = 'none';
  readonly money: boolean;
  readonly #plain: string | undefined;
  #millis = false;
  #fixed: ColumnSettings = {};
  #numbers: Intl.NumberFormat | null = null;

  constructor(readonly path: readonly string[]) {
    // Names are data: a prefix keeps `__proto__` and the like from meaning anything where ids are properties.
    this.id = path.length === 0 ? 'key' : `f:${path.length > 1 || !path[0]!.includes('.') ? path.join('.') : JSON.stringify(path)}`;
    this.title = path.length === 0 ? 'Key' : titleOf(path);
    if (path.length === 1 && !(path[0]! in Object.prototype)) this.#plain = path[0];
    this.money = nameOfMoney.test(path.at(-1) ?? '');
    if (nameOfSum.test(path.at(-1) ?? '')) this.total = 'sum';
  }

  get isKey(): boolean { return this.path.length === 0; }
  get name(): string { return this.path.join('.'); }

  /** What a settings file says of this column wins over what the values look like. */
  fix(settings: ColumnSettings): void {
    this.#fixed = settings;
    if (settings.title) this.title = settings.title;
    if (settings.kind) this.kind = settings.kind;
    if (settings.digits !== undefined) this.digits = settings.digits;
    if (settings.total) this.total = settings.total;
    this.hidden = settings.hidden;
    this.#numbers = null;
  }

  of({key, row}: Keyed): unknown {
    const {path} = this;
    // Sorting asks this a million times: the usual case first. A name that every object has must be the row's own.
    if (this.#plain !== undefined) return row[this.#plain];
    if (path.length === 0) return key;
    let value: unknown = row;
    for (const name of path) {
      if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
    return value;
  }

  /** True when this value changes how the column looks. */
  observe(value: unknown, key: string, client: string): boolean {
    if (value === null || value === undefined) return false;
    let changed = false;
    if (this.redundant && !this.isKey && value !== client && value !== key) {
      this.redundant = false;
      changed = true;
    }
    const kind = this.isKey ? 'text' : this.#fixed.kind ?? kindOf(this.path.at(-1)!, value);
    const common = this.kind === null || this.kind === kind ? kind : 'text';
    if (common !== this.kind) changed = true;
    this.kind = common;
    if (common === 'number') changed = this.#observeDigits(value) || changed;
    if (common === 'time' && !this.#millis && (timeOf(value) ?? 0) % 1000 !== 0) changed = this.#millis = true;
    return this.#observeWidth(value) || changed;
  }

  #observeDigits(value: unknown): boolean {
    if (this.#fixed.digits !== undefined) return false;
    let digits = Math.max(this.digits, Math.min(digitsOf(value), this.money ? moneyDigitsMax : digitsMax));
    if (digits === 1) digits = 2;  // 12.5 among amounts is 12.50
    if (digits === this.digits) return false;
    this.digits = digits;
    this.#numbers = null;
    return true;
  }

  #observeWidth(value: unknown): boolean {
    const {kind} = this;
    let chars = 0;
    if (typeof value === 'number' && kind === 'number') {
      const whole = Math.trunc(Math.abs(value));
      const digits = whole < 10 ? 1 : Math.floor(Math.log10(whole)) + 1;
      chars = digits + Math.floor((digits - 1) / 3) + (value < 0 ? 1 : 0) + (this.digits ? this.digits + 1 : 0);
    } else if (kind === 'time') {
      chars = this.chars < dated && !isToday(timeOf(value)) ? dated : this.#millis ? 12 : 8;
    } else if (typeof value === 'string') {
      chars = value.length + (kind === 'number' ? 3 : 0);
    } else {
      chars = typeof value === 'object' ? 24 : 5;
    }
    if (chars <= this.chars || this.chars >= 40) return false;
    this.chars = Math.min(chars, 40);
    return true;
  }

  text(value: unknown, today = new Date()): string {
    if (value === null || value === undefined) return '';
    switch (this.kind) {
      case 'number': return this.#number(value);
      case 'time': return clock(timeOf(value), this.#millis, today);
      case 'flag': return value ? '✓' : '–';
      default: return short(typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
  }

  #number(value: unknown): string {
    const number = Number(value);
    if (!Number.isFinite(number)) return short(String(value));
    if (Math.abs(number) >= 1e15) return number.toExponential(6).replace('-', '\u2212');
    this.#numbers ??= new Intl.NumberFormat(undefined, {
      minimumFractionDigits: this.digits, maximumFractionDigits: this.digits});
    // A decimal text is given as it is, which loses nothing.
    return this.#numbers.format(typeof value === 'string' ? value as `${number}` : number).replace('-', '\u2212');
  }

  /** What to compare by: a number, or text; undefined sorts last. */
  rank(value: unknown): number | string | undefined {
    if (value === null || value === undefined) return undefined;
    switch (this.kind) {
      case 'number': case 'flag': {
        if (typeof value === 'number') return value;
        const number = Number(value);
        return Number.isNaN(number) ? undefined : number;
      }
      case 'time': return timeOf(value);
      default: return natural(typeof value === 'object' ? JSON.stringify(value).slice(0, 200) : String(value));
    }
  }

  /** Up 1, down -1, else 0: changed without a direction. */
  direction(value: unknown, before: unknown): number {
    if (this.kind !== 'number') return 0;
    return Math.sign(Number(value) - Number(before)) || 0;
  }
}

interface Branch {
  column: Column | null;
  below: Map<string, Branch> | null;
}

/** All columns of one client's rows: the union of their fields, key first, in the order they were first seen. */
export class Columns {
  readonly all: Column[] = [new Column([])];
  #top = new Map<string, Branch>();
  #fixed = new Map<string, ColumnSettings>();
  #order = new Map<string, number>();
  #hidesOthers: boolean;
  #byId = new Map<string, Column>();
  #skipped = 0;
  /** Fields that found no room among the columns: of the row that has most of them. */
  leftOut = 0;

  constructor(readonly client: string, settings: PageSettings = {}) {
    settings.columns?.forEach((each, i) => {
      this.#fixed.set(each.field ?? '', each);
      this.#order.set(each.field ?? '', i);
    });
    const named = settings.columns?.some(({field, hidden}) => field !== 'key' && !hidden) ?? false;
    this.#hidesOthers = named && settings.others !== 'shown';
    this.#byId.set('key', this.all[0]!);
    const key = this.#fixed.get('key');
    if (key) this.all[0]!.fix(key);
  }

  /** All fields of the rows, as far as that is known. */
  get fields(): number { return this.all.length - 1 + this.leftOut; }

  /** True when the table has to be laid out anew. */
  observe(entry: Keyed): boolean {
    const changed = this.all[0]!.observe(entry.key, entry.key, this.client);
    this.#skipped = 0;
    const grown = this.#walk(entry.row, this.#top, [], entry.key);
    this.leftOut = Math.max(this.leftOut, this.#skipped);
    return grown || changed;
  }

  get #isFull(): boolean { return this.all.length > columnsMax; }

  #walk(row: Row, level: Map<string, Branch>, path: readonly string[], key: string): boolean {
    let changed = false;
    for (const name of Object.keys(row)) {
      const value = row[name];
      let branch = level.get(name);
      if (!branch) {
        branch = {column: null, below: null};
        if (!this.#isFull) level.set(name, branch);  // else names that change for ever would pile up here
      }
      if (isObject(value) && path.length < depthMax && Object.keys(value).length > 0) {
        changed = this.#walk(value, branch.below ??= new Map(), [...path, name], key) || changed;
        continue;
      }
      if (!branch.column) {
        if (value === null) continue;
        if (this.#isFull) {
          this.#skipped++;
          continue;
        }
        branch.column = this.#add([...path, name]);
        changed = true;
      }
      if (branch.column.observe(value, key, this.client)) changed = true;
    }
    return changed;
  }

  #add(path: readonly string[]): Column {
    const column = new Column(path);
    const fixed = this.#fixed.get(column.name);
    if (fixed) column.fix(fixed);
    column.index = this.all.length;
    this.all.push(column);
    this.#byId.set(column.id, column);
    return column;
  }

  byId(id: string): Column | undefined { return this.#byId.get(id); }

  /** In the order of the settings, then as they were seen. */
  ordered(): Column[] {
    if (this.#order.size === 0) return this.all;
    const place = (column: Column) => (column.isKey ? -1 : this.#order.get(column.name) ?? this.#order.size);
    return [...this.all].sort((a, b) => place(a) - place(b));
  }

  /** Whether to show it to who has not said: those that repeat key or client in every row tell nothing. Where the
   *  settings name columns, the others wait to be asked for. */
  isShown(column: Column): boolean {
    if (column.hidden !== undefined) return !column.hidden;
    if (column.isKey || this.#order.has(column.name)) return true;
    return !this.#hidesOthers && !column.redundant && column.index <= shownMax;
  }
}

/** Order of two ranks; missing values come last whichever way the column is sorted. */
export function compareRanks(a: number | string | undefined, b: number | string | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b
    : typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0)
    : typeof a === 'number' ? -1 : 1;
  return descending ? -order : order;
}

/** By value: objects by what they hold. */
export const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
