// Rows to take along: as lines of tabs for a paste, as CSV for a file. Values are raw, for machines.

import {isObject, type Column, type Keyed} from './columns';

/** Text that a spreadsheet would run as a formula is given a quote before it. Numbers are left alone. */
function guarded(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return guarded(JSON.stringify(value));
  if (typeof value !== 'string') return String(value);
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  return /^[=+\-@\t\r]/.test(value) && !isNumber ? `'${value}` : value;
}

const quoted = (text: string) => (/[",\r\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const flat = (text: string) => text.replace(/[\t\r\n]+/g, ' ');

export function tsvOf(columns: readonly Column[], rows: Iterable<Keyed>): string {
  const lines = [columns.map((column) => flat(column.title)).join('\t')];
  for (const row of rows) lines.push(columns.map((column) => flat(guarded(column.of(row)))).join('\t'));
  return `${lines.join('\n')}\n`;
}

/** With the mark by which Excel knows UTF-8; `about` is the first line: of whom, as of when, which rows. */
export function csvOf(columns: readonly Column[], rows: Iterable<Keyed>, about: string): string {
  const lines = [quoted(`# ${about}`), columns.map((column) => quoted(guarded(column.isKey ? 'key' : column.name))).join(',')];
  for (const row of rows) lines.push(columns.map((column) => quoted(guarded(column.of(row)))).join(','));
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}

/** To the clipboard; where the browser has none for pages without TLS, by way of a field that nobody sees. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.body.appendChild(document.createElement('textarea'));
    field.className = 'unseen';
    field.value = text;
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], {type: 'text/csv;charset=utf-8'}));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

interface Fdc3 {
  broadcast(context: unknown): unknown;
}

/** Tells the desktop which instrument is selected, where there is an FDC3 desktop. */
export function broadcastInstrument(row: Keyed, field: string | undefined): void {
  const {fdc3} = globalThis as {fdc3?: Fdc3};
  if (!fdc3) return;
  const value = (name: string) => {
    const found = isObject(row.row) && Object.hasOwn(row.row, name) ? row.row[name] : undefined;
    return typeof found === 'string' && found ? found : undefined;
  };
  const id: Record<string, string> = {ticker: (field && value(field)) || value('ticker') || value('symbol') || row.key};
  const isin = value('isin') ?? value('ISIN');
  if (isin) id.ISIN = isin;
  try {
    void Promise.resolve(fdc3.broadcast({type: 'fdc3.instrument', id})).catch(() => {});
  } catch {
    // The desktop's trouble is not the table's.
  }
}
