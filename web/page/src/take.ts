// Rows to take along: as lines of tabs for a paste, as CSV for a file. Values are raw, for machines.

import type {Column, Keyed} from './columns';

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
