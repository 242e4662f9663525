// Sums of what is shown: of quantities over all rows, of money only where all rows are in one currency.

import type {Column, Columns} from './columns';
import type {Line} from './line';

const nameOfCurrency = /(^|\.|_)(currency|ccy)$/i;

/** Column id -> sum; `undefined` where a sum would be of several currencies. */
export type Totals = Map<string, number | undefined>;

export function summed(columns: Columns): Column[] {
  return columns.all.filter((column) => column.total === 'sum' && column.kind === 'number');
}

export function totalsOf(columns: Columns, lines: Iterable<Line>): Totals {
  const of = summed(columns);
  const sums = new Float64Array(of.length);
  const currency = columns.all.find((column) => nameOfCurrency.test(column.name));
  let one: unknown;
  let several = false;
  for (const line of lines) {
    if (line.goneAt) continue;
    for (let i = 0; i < of.length; i++) {
      const value = Number(of[i]!.of(line) ?? 0);
      if (!Number.isNaN(value)) sums[i]! += value;
    }
    if (!currency || several) continue;
    const its = currency.of(line);
    if (one === undefined) one = its;
    else if (its !== one) several = true;
  }
  return new Map(of.map((column, i) => [column.id, several && column.money ? undefined : sums[i]!]));
}
