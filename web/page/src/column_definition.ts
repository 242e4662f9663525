// One column as the grid wants it. The grid has no rows of data: it knows places, and asks which line is there.

import type {ColDef} from 'ag-grid-community';

import {same, type Column} from './columns';
import type {Line} from './line';
import type {Totals} from './totals';

/** What the grid holds for a line: nothing. */
export type Place = Readonly<Record<string, never>>;
/** What is shown where there are no lines: sums. */
export interface TotalsRow {
  totals: Totals;
}
export type Data = Place | TotalsRow;
export const isTotals = (data: Data | undefined): data is TotalsRow => data !== undefined && 'totals' in data;

function totalText(column: Column, {totals}: TotalsRow, value: unknown): string {
  if (column.isKey) return 'Total';
  if (!totals.has(column.id)) return '';
  return value === undefined ? 'mixed' : column.text(value);
}

export function definitionOf(column: Column, isWanted: boolean, lineAt: (index: number) => Line | undefined): ColDef<Data> {
  const end = column.kind === 'number' || column.kind === 'time';
  const isNumber = column.kind === 'number';
  return {
    colId: column.id,
    headerName: column.title,
    hide: !isWanted,
    initialPinned: column.isKey ? 'left' : undefined,
    initialSort: column.isKey ? 'asc' : null,
    headerClass: end ? 'ag-right-aligned-header' : undefined,
    cellClass: `${end ? 'ag-right-aligned-cell ' : ''}k-${column.kind ?? 'text'}${column.isKey ? ' key' : ''}`,
    valueGetter: ({data, node}) => {
      if (isTotals(data ?? undefined)) return (data as TotalsRow).totals.get(column.id);
      const line = node && node.rowIndex !== null ? lineAt(node.rowIndex) : undefined;
      return line && column.of(line);
    },
    valueFormatter: ({value, data}) => {
      if (data && isTotals(data)) return totalText(column, data, value);
      return column.text(value);
    },
    equals: same,
    sortingOrder: isNumber ? ['desc', 'asc', null] : ['asc', 'desc', null],
    filter: isNumber ? 'agNumberColumnFilter' : 'agTextColumnFilter',
    filterParams: {buttons: ['reset']},
  };
}
