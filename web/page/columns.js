// Columns inferred from rows, and how their values look. Knows no DOM.

const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;
const timeName = /(time|date|timestamp|updated|created|_at|_ts)$/i;
const decimalText = /^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$/;
const nameOfNumberLikeText = /(id|isin|cusip|sedol|account|code|phone|zip)$/i;

export const digitsMax = 6;
export const columnsMax = 200;  // a row may hold 10,000 fields; nobody reads those in a table

/** Milliseconds since 1970 of a number that may count s, ms, us or ns; undefined when it cannot be a time. */
function epochMs(value) {
  if (value >= 1e9 && value < 1e11) return value * 1000;
  if (value >= 1e11 && value < 1e14) return value;
  if (value >= 1e14 && value < 1e17) return value / 1e3;
  if (value >= 1e17 && value < 1e20) return value / 1e6;
  return undefined;
}

function timeOf(value) {
  if (typeof value === 'number') return epochMs(value);
  if (typeof value !== 'string') return undefined;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value.slice(10)) ? value : `${value}Z`;  // without a zone: UTC
  const ms = Date.parse(zoned.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

function kindOf(name, value) {
  if (typeof value === 'boolean') return 'flag';
  if (typeof value === 'number') return timeName.test(name) && epochMs(value) !== undefined ? 'time' : 'number';
  if (typeof value === 'string') {
    if (isoTime.test(value) && timeOf(value) !== undefined) return 'time';
    if (decimalText.test(value) && !nameOfNumberLikeText.test(name)) return 'number';
    return 'text';
  }
  return 'json';
}

function digitsOf(value) {
  const text = String(value);
  const exponent = text.indexOf('e-');
  if (exponent >= 0) return digitsMax;
  const point = text.indexOf('.');
  return point < 0 ? 0 : Math.min(text.length - point - 1, digitsMax);
}

function title(name) {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_\s]+/g, ' ').trim();
  return words === words.toUpperCase() ? words : words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}

const two = (n) => String(n).padStart(2, '0');
const three = (n) => String(n).padStart(3, '0');

/** One column: a field of the rows, or the row key itself (`name` null). */
class Column {
  kind = null;  // number, time, flag, text, json: what all values seen so far have in common
  digits = 0;  // after the decimal point, the most seen
  millis = false;
  redundant = true;  // repeats the key or the client in every row seen
  chars = 0;  // widest text shown so far
  #numbers = null;

  constructor(name) {
    this.name = name;
    this.title = name === null ? 'Key' : title(name);
    this.chars = this.title.length + 2;
  }

  of(entry) { return this.name === null ? entry.key : entry.row[this.name]; }

  /** True when this value changes how the column looks. */
  observe(value, entry, client) {
    if (value === null || value === undefined) return false;
    const before = `${this.kind} ${this.digits} ${this.millis} ${this.redundant}`;
    if (this.redundant && this.name !== null && value !== client && value !== entry.key) this.redundant = false;
    const kind = kindOf(this.name ?? '', value);
    if (this.name === null) this.kind = 'text';
    else if (this.kind === null) this.kind = kind;
    else if (this.kind !== kind) this.kind = 'text';
    if (this.kind === 'number') this.digits = Math.max(this.digits, digitsOf(value));
    if (this.digits === 1) this.digits = 2;  // 12.5 among amounts is 12.50
    if (this.kind === 'time' && !this.millis) this.millis = timeOf(value) % 1000 !== 0;
    const changed = before !== `${this.kind} ${this.digits} ${this.millis} ${this.redundant}`;
    if (changed) this.#numbers = null;
    return changed;
  }

  text(value, today = new Date()) {
    if (value === null || value === undefined) return '';
    switch (this.kind) {
      case 'number':
        this.#numbers ??= new Intl.NumberFormat(undefined, {
          minimumFractionDigits: this.digits, maximumFractionDigits: this.digits});
        return this.#numbers.format(value).replace('-', '\u2212');
      case 'time': return this.#time(timeOf(value), today);
      case 'flag': return value ? '✓' : '–';
      default: return typeof value === 'object' ? JSON.stringify(value) : String(value);
    }
  }

  #time(ms, today) {
    if (ms === undefined) return '';
    const t = new Date(ms);
    const clock = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
    if (t.toDateString() === today.toDateString()) {
      return this.millis ? `${clock}.${three(t.getMilliseconds())}` : clock;
    }
    return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${clock}`;
  }

  /** What to compare by: a number, or text; undefined sorts last. */
  rank(value) {
    if (value === null || value === undefined) return undefined;
    switch (this.kind) {
      case 'number': case 'flag': return Number(value);
      case 'time': return timeOf(value);
      default: return typeof value === 'object' ? JSON.stringify(value) : String(value);
    }
  }

  /** Up 1, down -1, else 0: changed without a direction. */
  direction(value, before) {
    if (this.kind !== 'number') return 0;
    return Math.sign(Number(value) - Number(before)) || 0;
  }
}

/** All columns of one client's rows: the union of their fields, key first, in the order they were first seen. */
export class Columns {
  all = [];
  #byName = new Map();

  constructor(client) {
    this.client = client;
    this.#add(null);
  }

  #add(name) {
    const column = new Column(name);
    this.#byName.set(name, column);
    this.all.push(column);
    return column;
  }

  /** True when the table has to be laid out anew. */
  observe(entry) {
    let changed = this.all[0].observe(entry.key, entry, this.client);
    for (const name of Object.keys(entry.row)) {
      let column = this.#byName.get(name);
      if (!column) {
        if (this.all.length >= columnsMax) continue;
        column = this.#add(name);
        changed = true;
      }
      if (column.observe(entry.row[name], entry, this.client)) changed = true;
    }
    return changed;
  }

  /** Those to show: without the ones that repeat key or client in every row, unless all are wanted. */
  shown(everything) {
    return everything ? this.all : this.all.filter((c) => c.name === null || !c.redundant);
  }
}

const collator = new Intl.Collator(undefined, {numeric: true});

/** Order of two ranks; missing values come last whichever way the column is sorted. */
export function compareRanks(a, b, descending) {
  if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return descending ? -order : order;
}
