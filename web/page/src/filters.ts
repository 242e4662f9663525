// Whether a line passes what is asked for: words anywhere in it, and the filters of columns, as the grid's own menus
// describe them.

import type {Column, Columns} from './columns';
import type {Line} from './line';

/** One condition of a column, or two of them, as the grid says it. */
export interface Condition {
  type?: string | null;
  filter?: string | number | null;
  filterTo?: string | number | null;
  operator?: string;
  conditions?: readonly Condition[];
}
export type FilterModel = Readonly<Record<string, Condition>>;
export type Passes = (line: Line) => boolean;

type Test = (value: unknown) => boolean;
const blanks = new Map<string, (isBlank: boolean) => boolean>([['blank', (is) => is], ['notBlank', (is) => !is]]);

const numberTests = new Map<string, (n: number, a: number, b: number) => boolean>([
  ['equals', (n, a) => n === a], ['notEqual', (n, a) => n !== a],
  ['lessThan', (n, a) => n < a], ['lessThanOrEqual', (n, a) => n <= a],
  ['greaterThan', (n, a) => n > a], ['greaterThanOrEqual', (n, a) => n >= a],
  ['inRange', (n, a, b) => n >= a && n <= b],
]);

const textTests = new Map<string, (text: string, a: string) => boolean>([
  ['equals', (text, a) => text === a], ['notEqual', (text, a) => text !== a],
  ['contains', (text, a) => text.includes(a)], ['notContains', (text, a) => !text.includes(a)],
  ['startsWith', (text, a) => text.startsWith(a)], ['endsWith', (text, a) => text.endsWith(a)],
]);

/** A missing value passes `blank` alone, and what says `not`. What is not understood hides nothing. */
function testOf(column: Column, condition: Condition): Test {
  const {type, filter, filterTo, conditions, operator} = condition;
  if (conditions) {
    const tests = conditions.map((each) => testOf(column, each));
    return operator === 'OR' ? (value) => tests.some((test) => test(value)) : (value) => tests.every((test) => test(value));
  }
  const blank = blanks.get(type ?? '');
  const isMissing = (value: unknown) => value === null || value === undefined || value === '';
  if (blank) return (value) => blank(isMissing(value));
  const ifMissing = type?.startsWith('not') ?? false;
  if (filter === null || filter === undefined) return () => true;
  if (column.kind === 'number') {
    const test = numberTests.get(type ?? '');
    const [a, b] = [Number(filter), Number(filterTo)];
    return test ? (value) => (isMissing(value) ? ifMissing : test(Number(value), a, b)) : () => true;
  }
  const test = textTests.get(type ?? '');
  const a = String(filter).toLowerCase();
  return test ? (value) => (isMissing(value) ? ifMissing : test(column.text(value).toLowerCase(), a)) : () => true;
}

export const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Of a line's key and texts, not of its numbers. Kept until the line changes. */
function searchText(columns: Columns, line: Line): string {
  return line.search ??= columns.all.filter(({kind}) => kind === 'text' || kind === null)
    .map((column) => column.text(column.of(line))).join('\n').toLowerCase();
}

/** Null where nothing is asked for. */
export function passesOf(columns: Columns, words: readonly string[], model: FilterModel): Passes | null {
  const tests = Object.entries(model).flatMap(([id, condition]) => {
    const column = columns.byId(id);
    return column ? [{column, test: testOf(column, condition)}] : [];
  });
  if (words.length === 0 && tests.length === 0) return null;
  return (line) => {
    for (const {column, test} of tests) if (!test(column.of(line))) return false;
    if (words.length === 0) return true;
    const text = searchText(columns, line);
    return words.every((word) => text.includes(word));
  };
}
