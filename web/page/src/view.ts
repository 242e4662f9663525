// The table: AG Grid over our own rows. Values reach the cells in view at once; the grid's model, which sorts and filters
// all rows, learns of changes at most once a second, and not while somebody is reading or pointing at a row.

import {
  CellStyleModule, ClientSideRowModelApiModule, ClientSideRowModelModule, ColumnApiModule, createGrid, EventApiModule,
  ExternalFilterModule, ModuleRegistry, NumberFilterModule, PinnedRowModule, RenderApiModule, RowApiModule,
  RowSelectionModule, ScrollApiModule, TextFilterModule, themeQuartz, CellApiModule,
  type ColDef, type GridApi, type GridOptions, type IRowNode,
} from 'ag-grid-community';

import {Batcher} from './batcher';
import {Columns, compareRanks, same, type Column, type Row} from './columns';
import {Line} from './line';
import {Marks} from './marks';
import type {Layout, PageSettings, Preferences} from './settings';
import {summed, totalsOf, type Totals} from './totals';

ModuleRegistry.registerModules([
  CellApiModule, CellStyleModule, ClientSideRowModelApiModule, ClientSideRowModelModule, ColumnApiModule, EventApiModule,
  ExternalFilterModule, NumberFilterModule, PinnedRowModule, RenderApiModule, RowApiModule, RowSelectionModule,
  ScrollApiModule, TextFilterModule,
]);

const orderMin = 1000;  // ms between two changes of order caused by values
const pointedFor = 3000;  // ms after the pointer moved or a key was hit in which rows do not jump
const traceFor = 1400;  // ms that new and leaving rows are marked
const smallTable = 5000;  // rows up to which a row that comes or leaves may do so at once
const scrollbar = 16;  // px
const firstRows = 200;  // rows that show before all are here

export const densities = {compact: 24, normal: 30, touch: 44};  // px a row

/** What is shown where there are no rows of data: sums. */
interface TotalsRow {
  totals: Totals;
}
type Data = Line | TotalsRow;
const isTotals = (data: Data): data is TotalsRow => 'totals' in data;

export interface ViewListener {
  /** So many rows wait for the reader before they move, come or go. */
  held(rows: number): void;
  /** Sorting, layout or the choice of rows changed. */
  shown(): void;
  /** The user has moved, sized, hidden or pinned columns. */
  laidOut(layout: Layout): void;
  selected(line: Line): void;
}

export interface Step {
  changed: Iterable<{key: string; row: Row}>;
  removed: Iterable<{key: string}>;
  /** Whether it is news, to be seen as such. */
  live: boolean;
}

const theme = themeQuartz.withParams({
  backgroundColor: 'var(--paper)', foregroundColor: 'var(--text)', textColor: 'var(--text)', accentColor: 'var(--accent)',
  borderColor: 'var(--line)', chromeBackgroundColor: 'var(--panel)', headerBackgroundColor: 'var(--panel)',
  headerTextColor: 'var(--quiet)', rowHoverColor: 'var(--hover)', selectedRowBackgroundColor: 'var(--selected)',
  menuBackgroundColor: 'var(--paper)', browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 12, dataFontSize: 12,
  headerFontSize: 11, headerFontWeight: 600, spacing: 5, cellHorizontalPadding: 12, wrapperBorder: false,
  wrapperBorderRadius: 0, borderRadius: 4, rowBorder: {color: 'var(--line)'}, headerRowBorder: {color: 'var(--rule)'},
  pinnedRowBorder: {color: 'var(--rule)'}, pinnedColumnBorder: {color: 'var(--line)'}, pinnedRowBackgroundColor: 'var(--panel)',
  headerColumnResizeHandleColor: 'transparent', oddRowBackgroundColor: 'var(--paper)',
});

export class View {
  columns = new Columns('');
  #api: GridApi<Data>;
  #marks: Marks;
  #size = {width: 0, height: 0};  // px, of the table
  #lines = new Map<string, Line>();
  #batcher = new Batcher<Line>((lines, now) => this.#flush(lines, now));
  #moved = new Set<Line>();  // lines whose values changed since the model last looked
  #coming = new Set<Line>();  // not yet in the model
  #leaving = new Set<Line>();  // marked as leaving, still in the model
  #left = new Set<Line>();  // to be taken out of the model
  #fresh = new Set<Line>();  // marked as new
  #whole = false;  // all rows of the first table are here
  #started = false;  // the model has some of them
  #needLayout = true;
  #needTotals = true;
  #wantOrder = false;  // values by which is sorted or filtered have changed
  #seesOrder = false;  // and so that who looks at a large table would see it
  #ordered = -Infinity;
  #orderCost = 0;
  #pointed = -Infinity;
  #words: string[] = [];
  #settings: PageSettings = {};
  #layout: Layout | null = null;
  #density: Preferences['density'] = 'compact';
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(root: HTMLElement, private readonly listener: ViewListener) {
    this.#marks = new Marks(root);
    this.#api = createGrid<Data>(root, this.#options());
    for (const name of ['pointermove', 'keydown', 'wheel'] as const) {
      root.addEventListener(name, (e) => this.#isRead(e), {passive: true, capture: true});
    }
    root.addEventListener('pointerleave', () => this.release());
    document.addEventListener('visibilitychange', () => this.#batcher.wake());
    this.#size = {width: root.clientWidth, height: root.clientHeight};
    new ResizeObserver(([entry]) => {
      if (entry) this.#size = entry.contentRect;
      this.#needLayout = true;
      this.#batcher.wake();
    }).observe(root);
  }

  #options(): GridOptions<Data> {
    const told = () => this.listener.shown();
    const laidOut = ({source}: {source: string}) => { if (source.startsWith('ui')) this.#keepLayout(); };
    return {
      theme, columnDefs: [], rowData: [], rowHeight: densities[this.#density], headerHeight: 30,
      getRowId: ({data}) => (isTotals(data) ? 'totals' : data.id),
      deltaSort: true, animateRows: false, ensureDomOrder: true, suppressColumnVirtualisation: false,
      rowSelection: {mode: 'multiRow', checkboxes: false, headerCheckbox: false, enableClickSelection: true},
      suppressDragLeaveHidesColumns: true, suppressNoRowsOverlay: true, suppressRowTransform: false,
      maintainColumnOrder: true, accentedSort: false, suppressCellFocus: false,
      // Tab leaves the table, as everywhere else; arrows walk in it.
      tabToNextCell: () => false,
      tabToNextHeader: () => false,
      isExternalFilterPresent: () => this.#words.length > 0,
      doesExternalFilterPass: ({data}) => data === undefined || isTotals(data) || this.#isFound(data),
      defaultColDef: {
        sortable: true, resizable: true, suppressHeaderMenuButton: false, cellDataType: false, minWidth: 40,
        useValueFormatterForExport: false,
      },
      onFilterChanged: () => { this.#seesOrder = true; this.#needTotals = true; this.#batcher.wake(); told(); },
      onSortChanged: () => { this.release(); told(); },
      onColumnMoved: (e) => { if (e.finished) laidOut(e); },
      onColumnResized: ({finished, source, column}) => {
        if (finished && source.startsWith('ui') && column) this.#keepLayout(column.getColId(), column.getActualWidth());
      },
      onColumnVisible: laidOut,
      onColumnPinned: laidOut,
      onBodyScroll: () => { this.#seesOrder = true; this.#batcher.wake(); },
      onSelectionChanged: () => {
        const [one] = this.selected();
        if (one) this.listener.selected(one);
        told();
      },
    };
  }

  /** Forgets everything; the next rows are those of `client`. */
  clear(client: string, settings: PageSettings, layout: Layout | null): void {
    this.#settings = settings;
    this.#layout = layout;
    this.columns = new Columns(client, settings);
    for (const set of [this.#moved, this.#coming, this.#leaving, this.#left, this.#fresh]) set.clear();
    this.#lines.clear();
    this.#batcher.clear();
    this.#marks.clear();
    this.#whole = this.#started = this.#wantOrder = false;
    this.#needLayout = this.#needTotals = true;
    this.#api.setFilterModel(null);
    this.#api.updateGridOptions({columnDefs: [], rowData: [], pinnedBottomRowData: []});
    this.#batcher.wake();
  }

  /** Rows of one step of the stream. Costs no DOM work: that follows in batches, and none in a hidden tab. */
  apply({changed, removed, live}: Step): void {
    const quiet = !live || document.hidden;
    const now = performance.now();
    for (const {key, row} of changed) this.#put(key, row, quiet, now);
    for (const {key} of removed) this.#remove(key, quiet, now);
    this.#batcher.wake();
  }

  /** The table is whole: until then only its first rows are shown. */
  settle(): void {
    if (this.#whole) return;
    this.#whole = true;
    this.#batcher.wake();
  }

  #put(key: string, row: Row, quiet: boolean, now: number): void {
    let line = this.#lines.get(key);
    if (!line) {
      line = new Line(key, row);
      this.#lines.set(key, line);
      this.#coming.add(line);
      if (!quiet) {
        line.newUntil = now + traceFor;
        this.#fresh.add(line);
      }
    } else if (line.goneAt) {
      line.goneAt = 0;
      this.#leaving.delete(line);
    }
    line.row = row;
    line.search = null;
    if (quiet) line.seen = row;
    if (this.columns.observe(line)) this.#needLayout = true;
    this.#batcher.add(line);
  }

  #remove(key: string, quiet: boolean, now: number): void {
    const line = this.#lines.get(key);
    if (!line) return;
    line.goneAt = now;
    if (quiet) return this.#forget(line);
    this.#leaving.add(line);
    this.#needTotals = true;
  }

  #forget(line: Line): void {
    this.#lines.delete(line.key);
    for (const set of [this.#moved, this.#coming, this.#leaving, this.#fresh]) set.delete(line);
    this.#batcher.drop(line);
    if (line.placed) this.#left.add(line);
    this.#needTotals = true;
  }

  #flush(lines: Set<Line>, now: number): void {
    this.#expire(now);
    if (this.#needLayout) this.#lay();
    this.#show(lines, now);
    if (!this.#started || !this.#whole) this.#start();
    else this.#order(now);
    if (this.#needTotals) this.#total(now);
    this.#marks.sweep(now);
    if (this.#fresh.size || this.#leaving.size) {
      this.#marks.look();
      this.#marks.states([...this.#fresh, ...this.#leaving]);
    } else {
      this.#marks.states([]);
    }
    const waits = this.#lines.size <= smallTable || this.#seesOrder;
    const more = this.#marks.busy || this.#fresh.size || this.#leaving.size || this.#needTotals ||
      (waits && (this.#left.size || this.#coming.size || this.#wantOrder));
    if (more) this.#again();
  }

  #again(): void {
    this.#timer ??= setTimeout(() => { this.#timer = null; this.#batcher.wake(); }, 150);
  }

  #expire(now: number): void {
    for (const line of this.#fresh) if (line.newUntil <= now) this.#fresh.delete(line);
    for (const line of this.#leaving) if (now - line.goneAt > traceFor) this.#forget(line);
  }

  /** Writes new values into the cells in view, and lights them. */
  #show(lines: Set<Line>, now: number): void {
    if (lines.size === 0) return;
    this.#marks.look();
    const inView: {line: Line; seen: Row}[] = [];
    const nodes: IRowNode<Data>[] = [];
    const sorted = this.#sortedColumns();
    const filtered = this.#api.isAnyFilterPresent();
    const span = filtered ? null : this.#span();
    if (filtered || !span || !span.isOrdered) this.#seesOrder = true;
    for (const line of lines) {
      const {seen} = line;
      line.seen = line.row;
      if (span?.has(line)) this.#seesOrder = true;
      if (!line.placed) continue;
      this.#moved.add(line);
      if (filtered || sorted.some((column) => !same(column.of(line), column.of({key: line.key, row: seen})))) {
        this.#wantOrder = true;
      }
      if (!this.#marks.isInView(line)) continue;
      const node = this.#api.getRowNode(line.id);
      if (!node) continue;
      nodes.push(node);
      if (seen !== line.row) inView.push({line, seen});
    }
    this.#needTotals = true;
    if (nodes.length > 0) this.#api.refreshCells({rowNodes: nodes});
    for (const {line, seen} of inView) this.#light(line, seen, now);
  }

  #light(line: Line, seen: Row, now: number): void {
    const before = {key: line.key, row: seen};
    for (const shown of this.#api.getAllDisplayedVirtualColumns()) {
      const column = this.columns.byId(shown.getColId());
      if (!column || column.isKey) continue;
      const value = column.of(line);
      const old = column.of(before);
      if (!same(value, old)) this.#marks.flash(line, column, column.direction(value, old), now);
    }
  }

  #sorts(): {column: Column; descending: boolean}[] {
    return this.#api.getColumnState().filter(({sort}) => sort)
      .sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0))
      .flatMap(({colId, sort}) => {
        const column = this.columns.byId(colId);
        return column ? [{column, descending: sort === 'desc'}] : [];
      });
  }

  #sortedColumns(): Column[] { return this.#sorts().map(({column}) => column).filter((column) => !column.isKey); }

  /** From the first row in view to the last, by the values of now: does a row belong there? Null: all may. */
  #span(): {has(line: Line): boolean; isOrdered: boolean} | null {
    const sorts = this.#sorts();
    const from = this.#api.getFirstDisplayedRowIndex();
    const lines: Line[] = [];
    for (let i = from; i >= 0 && i <= this.#api.getLastDisplayedRowIndex(); i++) {
      const data = this.#api.getDisplayedRowAtIndex(i)?.data;
      if (data && !isTotals(data)) lines.push(data);
    }
    const [first] = lines;
    const last = lines.at(-1);
    if (sorts.length === 0 || !first || !last) return null;
    const order = (a: Line, b: Line) => {
      for (const {column, descending} of sorts) {
        const by = column.isKey ? compareRanks(a.natural, b.natural, descending)
          : compareRanks(column.rank(column.of(a)), column.rank(column.of(b)), descending);
        if (by !== 0) return by;
      }
      return a.natural < b.natural ? -1 : 1;
    };
    return {
      has: (line) => order(first, line) <= 0 && order(line, last) <= 0 && !this.#marks.isInView(line),
      isOrdered: lines.every((line, i) => i === 0 || order(lines[i - 1]!, line) <= 0),
    };
  }

  /** The first rows as soon as there are some, and all of them, once, when they are here. */
  #start(): void {
    if (this.#lines.size === 0) return;
    if (!this.#whole && this.#started) return;
    const first = this.#whole ? [...this.#lines.values()] : [...this.#lines.values()].slice(0, firstRows);
    for (const line of first) {
      line.placed = true;
      this.#coming.delete(line);
    }
    for (const set of [this.#moved, this.#left]) set.clear();
    this.#started = true;
    this.#api.setGridOption('rowData', first);
    this.#ordered = performance.now();
    this.#fitAgain();
    this.listener.shown();
  }

  /** Rows that came, rows that left, and the order, in one look of the model at what changed since its last. */
  #order(now: number): void {
    const waiting = this.#coming.size + this.#left.size;
    if (waiting === 0 && !this.#wantOrder) return this.listener.held(0);
    if (now - this.#pointed < pointedFor && this.#api.getDisplayedRowCount() > 0) {
      return this.listener.held(waiting + (this.#wantOrder ? this.#moved.size : 0));
    }
    this.listener.held(0);
    // Of a large table only a part is in view: rows elsewhere may wait until somebody scrolls.
    if (this.#lines.size > smallTable && !this.#seesOrder && !this.#leavesView()) return;
    const soon = waiting > 0 && this.#lines.size <= smallTable;
    if (now - this.#ordered < (soon ? 0 : Math.max(orderMin, 8 * this.#orderCost))) return;
    this.#place();
  }

  #leavesView(): boolean {
    for (const line of this.#left) if (this.#marks.isInView(line)) return true;
    return false;
  }

  #place(): void {
    const waiting = this.#coming.size + this.#left.size;
    for (const line of this.#coming) line.placed = true;
    // The updates belong to it: a row is put in its place among rows whose order the model must know to be right.
    const update = [...this.#moved].filter((line) => !this.#left.has(line));
    const began = performance.now();
    if (waiting > smallTable) this.#api.setGridOption('rowData', [...this.#lines.values()]);
    this.#api.applyTransaction(waiting > smallTable ? {update} : {add: [...this.#coming], remove: [...this.#left], update});
    for (const set of [this.#moved, this.#coming, this.#left]) set.clear();
    this.#wantOrder = this.#seesOrder = false;
    this.#ordered = performance.now();
    this.#orderCost = this.#ordered - began;
    this.#fitAgain();
    this.listener.shown();
  }

  #totalsAt = -Infinity;

  #total(now: number): void {
    if (now - this.#totalsAt < (this.#lines.size > smallTable ? orderMin : 250)) return;
    this.#totalsAt = now;
    this.#needTotals = false;
    const totals = summed(this.columns).length > 0 && this.#lines.size > 1 ? totalsOf(this.columns, this.#filtered()) : null;
    const pinned = this.#api.getPinnedBottomRow(0);
    if (!totals || !pinned) {
      if (totals || pinned) this.#api.setGridOption('pinnedBottomRowData', totals ? [{totals}] : []);
      return;
    }
    (pinned.data as TotalsRow).totals = totals;
    this.#api.refreshCells({rowNodes: [pinned]});
  }

  * #filtered(): Iterable<Line> {
    if (!this.#api.isAnyFilterPresent()) return yield* this.#lines.values();
    const lines: Line[] = [];
    this.#api.forEachNodeAfterFilter(({data}) => { if (data && !isTotals(data)) lines.push(data); });
    yield* lines;
  }

  #isRead(e: Event): void {
    if (e.type === 'pointermove' && !(e.target as Element).closest('.ag-row')) return;
    if (e instanceof KeyboardEvent && (e.ctrlKey || e.metaKey)) return;
    this.#pointed = performance.now();
  }

  /** Lets the rows move now. */
  release(): void {
    this.#pointed = -Infinity;
    this.#batcher.wake();
  }

  /** Nothing changes on the screen while held; all of it at once afterwards. */
  hold(yes: boolean): void { this.#batcher.hold(yes); }
  get pending(): number { return this.#batcher.pending; }

  // ---- columns

  #lay(): void {
    this.#needLayout = false;
    if (this.#lines.size === 0) return;
    const kept = new Map(this.#api.getColumnState().map((state) => [state.colId, state]));
    const columns = this.columns.ordered().filter((column) => column.kind !== null || column.isKey);
    const news = columns.some((column) => !kept.has(column.id));
    if (news || this.#lookChanged(columns)) {
      const first = kept.size === 0;
      this.#api.setGridOption('columnDefs', columns.map((column) => this.#definition(column)));
      if (news) this.#arrange(first);
    }
    this.#fit();
  }

  #looks = new Map<string, string>();

  /** Whether a column is now of another kind, or has other digits: what the grid has drawn is then wrong. */
  #lookChanged(columns: Column[]): boolean {
    let changed = false;
    for (const column of columns) {
      const look = `${column.kind} ${column.digits} ${column.title} ${this.columns.isShown(column)}`;
      if (this.#looks.get(column.id) === look) continue;
      this.#looks.set(column.id, look);
      changed = true;
    }
    if (changed) queueMicrotask(() => this.#api.refreshCells({force: true}));
    return changed;
  }

  #definition(column: Column): ColDef<Data> {
    const end = column.kind === 'number' || column.kind === 'time';
    const isNumber = column.kind === 'number';
    const value = (data: Data | undefined) =>
      (!data ? undefined : isTotals(data) ? data.totals.get(column.id) : column.of(data));
    return {
      colId: column.id,
      headerName: column.title,
      hide: !this.#isWanted(column),
      initialPinned: column.isKey ? 'left' : undefined,
      initialSort: column.isKey ? 'asc' : null,
      headerClass: end ? 'ag-right-aligned-header' : undefined,
      cellClass: `${end ? 'ag-right-aligned-cell ' : ''}k-${column.kind ?? 'text'}${column.isKey ? ' key' : ''}`,
      valueGetter: ({data}) => value(data ?? undefined),
      valueFormatter: ({value: its, data}) => {
        if (data && isTotals(data)) return this.#totalText(column, data, its);
        return column.text(its);
      },
      equals: same,
      sortingOrder: isNumber ? ['desc', 'asc', null] : ['asc', 'desc', null],
      comparator: (a, b, nodeA, nodeB, descending) => this.#compare(column, a, b, nodeA, nodeB, descending),
      filter: isNumber ? 'agNumberColumnFilter' : 'agTextColumnFilter',
      filterValueGetter: ({data}) => {
        const its = value(data ?? undefined);
        if (its === null || its === undefined) return null;
        return isNumber ? Number(its) : column.text(its);
      },
    };
  }

  #compare(column: Column, a: unknown, b: unknown, nodeA: IRowNode<Data>, nodeB: IRowNode<Data>, descending: boolean): number {
    const x = nodeA.data as Line;
    const y = nodeB.data as Line;
    const byKey = x.natural < y.natural ? -1 : x.natural > y.natural ? 1 : 0;
    if (column.isKey) return byKey;
    // The grid turns the sign of a descending sort; missing values and equal ones are to keep theirs.
    const order = compareRanks(column.rank(a), column.rank(b), descending) || byKey;
    return descending ? -order : order;
  }

  #totalText(column: Column, {totals}: TotalsRow, value: unknown): string {
    if (column.isKey) return 'Total';
    if (!totals.has(column.id)) return '';
    return value === undefined ? 'mixed' : column.text(value);
  }

  #isWanted(column: Column): boolean {
    const kept = this.#layout?.columns.find(({id}) => id === column.id);
    return kept ? !kept.hide : this.columns.isShown(column);
  }

  /** Puts columns where the user had them; those that the user has never seen come last. */
  #arrange(first: boolean): void {
    const kept = this.#layout?.columns.filter(({id}) => this.columns.byId(id)) ?? [];
    if (kept.length > 0) {
      this.#api.applyColumnState({
        state: kept.map(({id, hide, width, pinned}) => ({colId: id, hide, ...(width ? {width} : {}), pinned: pinned ? 'left' : null})),
        applyOrder: true,
      });
    } else if (first) {
      this.#api.applyColumnState({state: this.columns.ordered().map(({id}) => ({colId: id})), applyOrder: true});
    }
  }

  /** As wide as their values need, and wider where there is room, unless the user has sized them. */
  #fit(): void {
    const own = new Map(this.#layout?.columns.map(({id, width}) => [id, width]));
    const fixed = new Map(this.#settings.columns?.map(({field, width}) => [field, width]));
    const columns = (this.#api.getAllDisplayedColumns() ?? []).map((c) => this.columns.byId(c.getColId())!);
    const pad = this.#density === 'compact' ? 30 : 36;
    const wanted = columns.map((column) => own.get(column.id) ?? fixed.get(column.name) ??
      Math.round(Math.max(Math.min(column.chars, 36) * 7, column.title.length * 6.4 + 18, column.isKey ? 54 : 0) + pad));
    const isFree = (column: Column) => own.get(column.id) === undefined && fixed.get(column.name) === undefined;
    const sum = wanted.reduce((a, b) => a + b, 0);
    const free = wanted.reduce((a, b, i) => (isFree(columns[i]!) ? a + b : a), 0);
    this.#fitted = this.#width();
    const room = this.#fitted - sum;
    const stretch = room > 0 && free > 0 ? Math.min(1 + room / free, 2.4) : 1;
    this.#api.setColumnWidths(columns.map((column, i) =>
      ({key: column.id, newWidth: isFree(column) ? Math.floor(wanted[i]! * stretch) : wanted[i]!})));
  }

  #fitted = 0;

  /** The scrollbar comes and goes with the rows. */
  #fitAgain(): void { if (this.#width() !== this.#fitted) this.#fit(); }

  /** Without the scrollbar. Of what is known: asking the document would make it lay itself out. */
  #width(): number {
    const row = densities[this.#density];
    const rows = (this.#api.getDisplayedRowCount() + this.#api.getPinnedBottomRowCount()) * row;
    return this.#size.width - (rows > this.#size.height - Math.max(30, row) ? scrollbar : 0);
  }

  /** Remembers the columns as they are; of widths only those that the user has chosen. */
  #keepLayout(sizedId = '', width = 0): void {
    const sized = new Map(this.#layout?.columns.map((each) => [each.id, each.width]));
    if (sizedId) sized.set(sizedId, Math.round(width));
    this.#layout = {columns: this.#api.getColumnState().map(({colId, hide, pinned}) => ({
      id: colId, hide: hide === true, pinned: pinned === 'left', ...(sized.get(colId) ? {width: sized.get(colId)} : {}),
    }))};
    this.listener.laidOut(this.#layout);
  }

  // ---- what the page asks for

  get shownRows(): number { return this.#api.getDisplayedRowCount(); }
  get isFiltered(): boolean { return this.#api.isAnyFilterPresent(); }

  search(text: string): void {
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#api.onFilterChanged();
  }

  #isFound(line: Line): boolean {
    line.search ??= this.columns.all.filter(({kind}) => kind === 'text' || kind === null)
      .map((column) => column.text(column.of(line))).join('\n').toLowerCase();
    return this.#words.every((word) => line.search!.includes(word));
  }

  clearFilters(): void {
    this.#words = [];
    this.#api.setFilterModel(null);
    this.#api.onFilterChanged();
  }

  setDensity(density: Preferences['density']): void {
    this.#density = density;
    this.#api.updateGridOptions({rowHeight: densities[density], headerHeight: Math.max(30, densities[density])});
    this.#needLayout = true;
    this.#batcher.wake();
  }

  /** In the order shown; the hidden ones too. */
  arrangement(): {column: Column; hidden: boolean; pinned: boolean}[] {
    return this.#api.getColumnState().flatMap(({colId, hide, pinned}) => {
      const column = this.columns.byId(colId);
      return column ? [{column, hidden: hide === true, pinned: pinned === 'left'}] : [];
    });
  }

  /** Changes one column of the layout, as the user wants it. */
  change(id: string, what: {hide?: boolean; pinned?: boolean; by?: number}): void {
    if (what.hide !== undefined) this.#api.setColumnsVisible([id], !what.hide);
    if (what.pinned !== undefined) this.#api.setColumnsPinned([id], what.pinned ? 'left' : null);
    if (what.by) {
      const order = this.#api.getColumnState().map(({colId}) => ({colId}));
      const from = order.findIndex(({colId}) => colId === id);
      const [one] = order.splice(from, 1);
      order.splice(Math.max(0, Math.min(order.length, from + what.by)), 0, one!);
      this.#api.applyColumnState({state: order, applyOrder: true});
    }
    this.#keepLayout();
    this.#fit();
  }

  resetLayout(): void {
    this.#layout = null;
    this.#api.setGridOption('columnDefs', []);
    this.#needLayout = true;
    this.#batcher.wake();
  }

  selected(): Line[] { return this.#api.getSelectedRows().filter((data): data is Line => !isTotals(data)); }

  shownColumns(): Column[] {
    return (this.#api.getAllDisplayedColumns() ?? []).flatMap((c) => this.columns.byId(c.getColId()) ?? []);
  }

  /** All rows that pass the filters, in the order shown. */
  shownLines(): Line[] {
    if (this.#whole && this.#started && (this.#coming.size || this.#left.size || this.#wantOrder)) this.#place();
    const lines: Line[] = [];
    this.#api.forEachNodeAfterFilterAndSort(({data}) => { if (data && !isTotals(data) && !data.goneAt) lines.push(data); });
    return lines;
  }

  /** What has the focus, as one cell. */
  focused(): {line: Line; column: Column} | null {
    const cell = this.#api.getFocusedCell();
    const data = cell && !cell.rowPinned ? this.#api.getDisplayedRowAtIndex(cell.rowIndex)?.data : undefined;
    const column = cell && this.columns.byId(cell.column.getColId());
    return data && !isTotals(data) && column ? {line: data, column} : null;
  }

  focus(): void {
    const [first] = this.#api.getAllDisplayedColumns() ?? [];
    if (first && this.shownRows > 0) this.#api.setFocusedCell(0, first);
  }
}
