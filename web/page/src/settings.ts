// What the server's settings file says of the page (`page-columns`, served at /page.json), and what this browser
// remembers of its user. All of it is optional and none of it is trusted: what is not understood is left out.

import type {Kind} from './columns';
import type {Condition} from './filters';

export interface ColumnSettings {
  /** The field, dotted where it lies in an object ("risk.delta"); "key" is the row key. */
  field?: string;
  title?: string;
  kind?: Kind;
  digits?: number;
  hidden?: boolean;
  width?: number;
  total?: 'sum' | 'none';
}

export interface PageSettings {
  title?: string;
  /** In the order to show them. */
  columns?: ColumnSettings[];
  /** Columns that are not named, where some are: shown after them, or hidden until asked for. Default: hidden. */
  others?: 'shown' | 'hidden';
  /** The field that names the instrument; else `ticker`, `symbol`, or the key. */
  instrument?: string;
}

const kinds = ['number', 'time', 'flag', 'text', 'json'];
const textOf = (value: unknown, max = 80) => (typeof value === 'string' && value ? value.slice(0, max) : undefined);
const numberOf = (value: unknown, min: number, max: number) =>
  (typeof value === 'number' && value >= min && value <= max ? Math.round(value) : undefined);

function columnOf(raw: Record<string, unknown>): ColumnSettings {
  const made: ColumnSettings = {
    field: textOf(raw.field, 200), title: textOf(raw.title), digits: numberOf(raw.digits, 0, 12),
    width: numberOf(raw.width, 30, 1000),
  };
  if (typeof raw.hidden === 'boolean') made.hidden = raw.hidden;
  if (kinds.includes(raw.kind as string)) made.kind = raw.kind as Kind;
  if (raw.total === 'sum' || raw.total === 'none') made.total = raw.total;
  return made;
}

export function settingsOf(raw: unknown): PageSettings {
  if (typeof raw !== 'object' || raw === null) return {};
  const {title, columns, others, instrument} = raw as Record<string, unknown>;
  return {
    title: textOf(title),
    instrument: textOf(instrument, 200),
    others: others === 'shown' ? 'shown' : 'hidden',
    columns: Array.isArray(columns)
      ? columns.filter((c) => typeof c === 'object' && c !== null).map(columnOf).filter((c) => c.field) : [],
  };
}

export async function fetchSettings(): Promise<PageSettings> {
  try {
    const answer = await fetch('page.json');
    return answer.ok ? settingsOf(await answer.json()) : {};
  } catch {
    return {};
  }
}

export interface Preferences {
  theme: 'auto' | 'light' | 'dark';
  density: 'compact' | 'normal' | 'touch';
  colours: 'blue-orange' | 'green-red' | 'red-green';
  flash: 'on' | 'off';
  recent: string[];
}

/** How the user has laid out the columns; those that are new to it follow as they come. */
export interface Layout {
  /** Columns that it does not name are hidden, not last. */
  only?: boolean;
  columns: {id: string; hide: boolean; width?: number; pinned: boolean}[];
}

const touch = () => globalThis.matchMedia?.('(pointer: coarse)').matches;
const defaults = (): Preferences =>
  ({theme: 'auto', density: touch() ? 'touch' : 'compact', colours: 'blue-orange', flash: 'on', recent: []});

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`blotter.1.${name}`) ?? 'null');
  } catch {
    return null;  // storage may be shut, or hold anything
  }
}

function write(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(`blotter.1.${name}`);
    else localStorage.setItem(`blotter.1.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: then it is not remembered.
  }
}

export function loadPreferences(): Preferences {
  const kept = read('preferences') as Partial<Preferences> | null;
  const all = {...defaults(), ...(typeof kept === 'object' ? kept : {})};
  if (!Array.isArray(all.recent)) all.recent = [];
  all.recent = all.recent.filter((c) => typeof c === 'string').slice(0, 8);
  return all;
}
export const savePreferences = (all: Preferences): void => write('preferences', all);

function layoutOf(raw: unknown): Layout | null {
  const {columns} = (raw ?? {}) as Partial<Layout>;
  return Array.isArray(columns) ? {columns: columns.filter((c) => typeof c?.id === 'string')} : null;
}
export const loadLayout = (): Layout | null => layoutOf(read('layout'));
export const saveLayout = (layout: Layout | null): void => write('layout', layout);

/** What a user has named, to come back to. */
export interface NamedView {
  name: string;
  layout: Layout;
  sorts: {id: string; descending: boolean}[];
  filters: Record<string, Condition>;
  find: string;
}

const viewsMax = 50;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function viewOf(raw: unknown): NamedView[] {
  if (!isRecord(raw)) return [];
  const {sorts, filters, find} = raw;
  const name = textOf(raw.name, 60);
  const layout = layoutOf(raw.layout);
  if (!name || !layout) return [];
  return [{
    name, layout,
    sorts: Array.isArray(sorts) ? sorts.filter((s) => typeof s?.id === 'string')
      .map(({id, descending}) => ({id, descending: descending === true})) : [],
    filters: isRecord(filters) ? filters as NamedView['filters'] : {},
    find: textOf(find, 200) ?? '',
  }];
}

export function loadViews(): NamedView[] {
  const kept = read('views');
  return Array.isArray(kept) ? kept.slice(0, viewsMax).flatMap(viewOf) : [];
}

/** Gives what is kept: not more than there is room for. */
export function saveViews(all: NamedView[]): NamedView[] {
  const kept = all.slice(0, viewsMax);
  write('views', kept);
  return kept;
}
