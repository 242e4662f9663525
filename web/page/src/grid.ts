// AG Grid as a window: it knows how many rows there are, and asks what stands where. It sorts and filters nothing; its
// heads and menus only say what is wanted.

import {
  CellApiModule, CellStyleModule, ColumnApiModule, createGrid, EventApiModule, InfiniteRowModelModule, ModuleRegistry,
  NumberFilterModule, PinnedRowModule, RenderApiModule, RowApiModule, RowStyleModule, ScrollApiModule, TextFilterModule,
  themeQuartz, type GridApi, type GridOptions,
} from 'ag-grid-community';

import type {Data, Place, TotalsRow} from './column_definition';
import {densities} from './column_layout';
import type {Totals} from './totals';

ModuleRegistry.registerModules([
  CellApiModule, CellStyleModule, ColumnApiModule, EventApiModule, InfiniteRowModelModule, NumberFilterModule,
  PinnedRowModule, RenderApiModule, RowApiModule, RowStyleModule, ScrollApiModule, TextFilterModule,
]);

const blockSize = 200;  // places that the grid makes at once, and whose rows it draws twice at first
const place: Place = {};
const paint = 50;  // ms until what was drawn is to be seen

const theme = themeQuartz.withParams({
  backgroundColor: 'var(--paper)', foregroundColor: 'var(--text)', textColor: 'var(--text)', accentColor: 'var(--accent)',
  borderColor: 'var(--line)', chromeBackgroundColor: 'var(--panel)', headerBackgroundColor: 'var(--panel)',
  headerTextColor: 'var(--quiet)', rowHoverColor: 'var(--hover)', menuBackgroundColor: 'var(--paper)',
  browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 12, dataFontSize: 12,
  headerFontSize: 11, headerFontWeight: 600, spacing: 5, cellHorizontalPadding: 12, wrapperBorder: false,
  wrapperBorderRadius: 0, borderRadius: 4, rowBorder: {color: 'var(--line)'}, headerRowBorder: {color: 'var(--rule)'},
  pinnedRowBorder: {color: 'var(--rule)'}, pinnedColumnBorder: {color: 'var(--line)'}, pinnedRowBackgroundColor: 'var(--panel)',
  headerColumnResizeHandleColor: 'transparent', oddRowBackgroundColor: 'var(--paper)',
});

export interface GridEars {
  /** How many rows there are. */
  count(): number;
  /** The grid has made this element for a row. */
  made(row: HTMLElement, index: number): void;
  /** Somebody wants another sort or filter. */
  wanted(): void;
  /** Columns were moved, hidden or pinned by hand; or one of them was given a width. */
  laidOut(sizedId?: string, width?: number): void;
  scrolled(): void;
}

export function gridOf(root: HTMLElement, ears: GridEars): GridApi<Data> {
  const laidOut = ({source}: {source: string}) => { if (source.startsWith('ui')) ears.laidOut(); };
  let shown = false;
  const options: GridOptions<Data> = {
    theme, columnDefs: [], rowHeight: densities.compact, headerHeight: 30,
    rowModelType: 'infinite', infiniteInitialRowCount: 0, cacheBlockSize: blockSize, maxBlocksInCache: 40,
    datasource: {
      getRows: ({startRow, endRow, successCallback}) => {
        const give = () => successCallback(Array.from({length: endRow - startRow}, () => place), ears.count());
        if (shown) return give();
        // Rows show what they show without it, and the first ones are to be seen before the grid draws them again.
        shown = true;
        setTimeout(give, paint);
      },
    },
    processRowPostCreate: ({eRow, rowIndex, node}) => { if (!node.rowPinned) ears.made(eRow, rowIndex); },
    animateRows: false, ensureDomOrder: true, suppressDragLeaveHidesColumns: true, suppressNoRowsOverlay: true,
    maintainColumnOrder: true,
    // Tab leaves the table, as everywhere else; arrows walk in it.
    tabToNextCell: () => false,
    tabToNextHeader: () => false,
    defaultColDef: {sortable: true, resizable: true, cellDataType: false, minWidth: 40},
    onFilterChanged: () => ears.wanted(),
    onSortChanged: () => ears.wanted(),
    onColumnMoved: (e) => { if (e.finished) laidOut(e); },
    onColumnResized: ({finished, source, column}) => {
      if (finished && source.startsWith('ui') && column) ears.laidOut(column.getColId(), column.getActualWidth());
    },
    onColumnVisible: laidOut,
    onColumnPinned: laidOut,
    onBodyScroll: () => ears.scrolled(),
  };
  const api = createGrid<Data>(root, options);
  root.querySelector('[role="grid"], [role="treegrid"]')?.setAttribute('aria-multiselectable', 'true');
  return api;
}

/** Other rows stand where they stood, or another number of them. */
export function redraw(api: GridApi<Data>, count: number): void {
  // What the grid begins with after each change of sort or filter: without it, it would blink and jump to its top.
  if (api.getGridOption('infiniteInitialRowCount') !== count) {
    api.updateGridOptions({infiniteInitialRowCount: count} as GridOptions<Data>);
  }
  if (api.getDisplayedRowCount() !== count) api.setRowCount(count, true);
  api.refreshCells();
}

/** In a row of their own at the bottom; null: none. */
export function showTotals(api: GridApi<Data>, totals: Totals | null): void {
  const pinned = api.getPinnedBottomRow(0);
  if (!totals || !pinned) {
    if (totals || pinned) api.setGridOption('pinnedBottomRowData', totals ? [{totals}] : []);
    return;
  }
  (pinned.data as TotalsRow).totals = totals;
  api.refreshCells({rowNodes: [pinned]});
}
