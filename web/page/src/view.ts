// The table: AG Grid as a window on our own order of lines. The grid knows how many rows there are and asks what stands
// where; it never sees them all, so a change costs what it changes, not what there is. Values reach the cells at once,
// the order changes at most once a second, and not while somebody is reading or pointing at a row.

import type {GridApi} from 'ag-grid-community';

import {Batcher} from './batcher';
import type {Data} from './column_definition';
import {ColumnLayout, densities} from './column_layout';
import {Columns, same, type Column, type Row} from './columns';
import {passesOf, wordsOf} from './filters';
import {gridOf, redraw, showTotals} from './grid';
import {Line} from './line';
import {Marks} from './marks';
import {Order} from './order';
import {Reading} from './reading';
import {Selection} from './selection';
import type {Layout, NamedView, PageSettings, Preferences} from './settings';
import {summed, totalsOf} from './totals';

const orderMin = 1000;  // ms between two changes of order caused by values
const traceFor = 1400;  // ms that new and leaving rows are marked
const smallTable = 5000;  // rows up to which a row that comes or leaves may do so at once
const sliceMax = 24;  // ms of work on the order in one go
const totalsMin = 250;  // ms between two sums of a small table

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

/** What a user may name and come back to. */
export type Arrangement = Omit<NamedView, 'name' | 'find'>;

export class View {
  readonly layout: ColumnLayout;
  #api: GridApi<Data>;
  #marks: Marks;
  #selection: Selection;
  #size = {width: 0, height: 0};  // px, of the table
  #lines = new Map<string, Line>();
  #order = new Order(this.#lines);
  #batcher = new Batcher<Line>((lines, now) => this.#flush(lines, now));
  #coming = new Set<Line>();  // not yet placed
  #leaving = new Set<Line>();  // marked as leaving, still in its place
  #fresh = new Set<Line>();  // marked as new
  #begun = false;  // the first rows are shown
  #whole = false;  // all rows of the first table are here
  #settled = false;  // and in order
  #slicing = false;
  #needLayout = true;
  #needTotals = true;
  #ordered = -Infinity;
  #reading: Reading;
  #totalsAt = -Infinity;
  #words: string[] = [];
  #wanted: Arrangement | null = null;  // to be applied as soon as there are columns
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(root: HTMLElement, private readonly listener: ViewListener) {
    const lineAt = (index: number) => this.#order.lines[index];
    this.#selection = new Selection(() => this.#order.lines, (line) => this.#selected(line));
    this.#marks = new Marks(root, lineAt, (line) => this.#selection.has(line));
    this.#size = {width: root.clientWidth, height: root.clientHeight};
    this.#api = gridOf(root, {
      count: () => this.#order.lines.length,
      made: (row, index) => this.#marks.dress(row, lineAt(index)),
      wanted: () => this.#anew(),
      laidOut: (id, width) => this.layout.keep(id, width),
      scrolled: () => this.#batcher.wake(),
    });
    this.layout = new ColumnLayout({
      api: this.#api, lineAt, size: () => this.#size, laidOut: (layout) => listener.laidOut(layout)});
    this.#selection.listen(root, lineAt);
    this.#reading = new Reading(root, () => this.release());
    this.#listen(root);
  }

  #listen(root: HTMLElement): void {
    document.addEventListener('visibilitychange', () => this.#batcher.wake());
    new ResizeObserver(([entry]) => {
      if (entry) this.#size = entry.contentRect;
      this.#needLayout = true;
      this.#batcher.wake();
    }).observe(root);
  }

  get columns(): Columns { return this.layout.columns; }

  /** Forgets everything; the next rows are those of `client`. */
  clear(client: string, settings: PageSettings, layout: Layout | null): void {
    for (const set of [this.#coming, this.#leaving, this.#fresh]) set.clear();
    this.#lines.clear();
    this.#batcher.clear();
    this.#order.clear();
    this.#marks.clear();
    this.#selection.clear();
    this.#begun = this.#whole = this.#settled = false;
    this.#needLayout = this.#needTotals = true;
    if (this.layout.isLaid) {
      this.#api.setFilterModel(null);
      this.#api.setGridOption('pinnedBottomRowData', []);
    }
    this.layout.clear(new Columns(client, settings), settings, layout);
    this.#draw();
    this.#batcher.wake();
  }

  // ---- rows

  /** Rows of one step of the stream. Costs no DOM work: that follows in batches, and none in a hidden tab. */
  apply({changed, removed, live}: Step): void {
    const silent = !live || document.hidden;
    const now = performance.now();
    for (const {key, row} of changed) this.#put(key, row, silent, now);
    for (const {key} of removed) this.#remove(key, silent, now);
    this.#batcher.wake();
  }

  /** The table is whole: until then only its first rows are shown. */
  settle(): void {
    if (this.#whole) return;
    this.#whole = true;
    this.#batcher.wake();
  }

  #put(key: string, row: Row, silent: boolean, now: number): void {
    let line = this.#lines.get(key);
    if (!line) {
      line = new Line(key, row);
      this.#lines.set(key, line);
      this.#coming.add(line);
      this.#order.touch(line);
      if (!silent) {
        line.newUntil = now + traceFor;
        this.#fresh.add(line);
      }
    } else if (line.goneAt) {
      line.goneAt = 0;
      this.#leaving.delete(line);
    }
    line.news = row;
    line.silent ||= silent;
    if (this.columns.observe({key, row})) this.#needLayout = true;
    this.#batcher.add(line);
  }

  #remove(key: string, silent: boolean, now: number): void {
    const line = this.#lines.get(key);
    if (!line) return;
    line.goneAt = now;
    if (silent) return this.#forget(line);
    this.#leaving.add(line);
    this.#needTotals = true;
  }

  #forget(line: Line): void {
    this.#lines.delete(line.key);
    for (const set of [this.#coming, this.#leaving, this.#fresh]) set.delete(line);
    this.#batcher.drop(line);
    this.#selection.drop(line);
    this.#order.touch(line);
    this.#needTotals = true;
  }

  #flush(lines: Set<Line>, now: number): void {
    for (const line of this.#fresh) if (line.newUntil <= now) this.#fresh.delete(line);
    for (const line of this.#leaving) if (now - line.goneAt > traceFor) this.#forget(line);
    if (this.#needLayout) this.#lay();
    if (lines.size > 0) this.#show(lines, now);
    this.#arrange(now);
    if (this.#needTotals) this.#total(now);
    this.#mark(now);
    const more = this.#marks.busy || this.#fresh.size || this.#leaving.size || this.#needTotals ||
      (this.#order.waiting > 0 && this.#whole);
    if (more) this.#timer ??= setTimeout(() => { this.#timer = null; this.#batcher.wake(); }, 150);
  }

  /** Writes new values into the cells in view, and lights them. */
  #show(lines: Set<Line>, now: number): void {
    this.#marks.look();
    const sorted = this.layout.sorts().map(({column}) => column).filter((column) => !column.isKey);
    const inView = this.#api.getAllDisplayedVirtualColumns().flatMap((c) => this.columns.byId(c.getColId()) ?? []);
    const filtered = this.isFiltered;
    let seen = false;
    for (const line of lines) {
      const {silent} = line;
      const before = {key: line.key, row: line.catchUp()};
      if (filtered || sorted.some((column) => !same(column.of(line), column.of(before)))) this.#order.touch(line);
      if (!this.#marks.isInView(line)) continue;
      seen = true;
      if (!silent) this.#light(line, before, inView, now);
    }
    this.#needTotals = true;
    if (seen) this.#api.refreshCells();
  }

  #light(line: Line, before: {key: string; row: Row}, columns: Column[], now: number): void {
    for (const column of columns) {
      if (column.isKey) continue;
      const [value, old] = [column.of(line), column.of(before)];
      if (!same(value, old)) this.#marks.flash(line, column, column.direction(value, old), now);
    }
  }

  #mark(now: number): void {
    if (this.#marks.busy || this.#fresh.size + this.#leaving.size > 0) this.#marks.look();
    this.#marks.draw(now);
    this.#marks.states([...this.#fresh, ...this.#leaving]);
  }

  // ---- order

  /** Rows that came, rows that left, and rows that moved: when it is time. */
  #arrange(now: number): void {
    if (!this.#begun || (this.#whole && !this.#settled)) {
      if (this.#lines.size === 0 && !this.#whole) return;
      this.#begun = true;
      this.#settled = this.#whole;
      return this.#anew();
    }
    const {waiting} = this.#order;
    if (!this.#whole || waiting === 0) return this.listener.held(0);
    if (this.#reading.isAt(now) && this.#order.lines.length > 0) return this.listener.held(waiting);
    this.listener.held(0);
    const soon = this.#lines.size <= smallTable && (this.#coming.size > 0 || this.#lines.size < this.#order.lines.length);
    if (soon || now - this.#ordered >= orderMin) this.#place();
  }

  #place(): void {
    if (this.#order.place()) this.#draw();
    else this.#work();
  }

  /** Another sort or filter, or the first of all: everything anew. */
  #anew(): void {
    const passes = passesOf(this.columns, this.#words, this.#filters());
    this.#order.begin({sorts: this.layout.sorts(), passes: passes ?? (() => true)});
    this.#reading.end();
    this.#work();
  }

  /** Small tables are done at once; large ones in slices, while the old order stays in sight. */
  #work(): void {
    const until = performance.now() + sliceMax;
    if (this.#order.work(() => performance.now() > until)) return this.#draw();
    if (this.#slicing) return;
    this.#slicing = true;
    setTimeout(() => { this.#slicing = false; this.#work(); });
  }

  /** Shows the order as it is now. */
  #draw(): void {
    for (const line of this.#coming) if (!line.waits) this.#coming.delete(line);
    redraw(this.#api, this.#order.lines.length);
    this.#ordered = performance.now();
    this.#marks.look();
    this.#needTotals = true;
    this.layout.fitAgain();
    this.listener.shown();
    this.#batcher.wake();
  }

  #total(now: number): void {
    if (now - this.#totalsAt < (this.#lines.size > smallTable ? orderMin : totalsMin)) return;
    this.#totalsAt = now;
    this.#needTotals = false;
    const lines = this.isFiltered ? this.#order.lines : this.#lines.values();
    const isWorthIt = summed(this.columns).length > 0 && this.#lines.size > 1;
    showTotals(this.#api, isWorthIt ? totalsOf(this.columns, lines) : null);
  }

  // ---- its reader

  /** Lets the rows move now. */
  release(): void {
    this.#reading.end();
    this.#ordered = -Infinity;
    this.#batcher.wake();
  }

  /** Nothing changes on the screen while held; all of it at once afterwards. */
  hold(yes: boolean): void { this.#batcher.hold(yes); }
  get pending(): number { return this.#batcher.pending; }

  #selected(line: Line | null): void {
    this.#marks.look();
    if (line) this.listener.selected(line);
    this.listener.shown();
  }

  // ---- columns

  #lay(): void {
    this.#needLayout = false;
    if (this.#lines.size === 0) return;
    if (this.layout.lay()) {
      queueMicrotask(() => this.#api.refreshCells({force: true}));
      if (this.#begun) this.#anew();  // a column of another kind compares differently
    }
    if (this.#wanted) this.use(this.#wanted);
  }

  /** Other digits, or another layout: the table is laid out anew. */
  relay(layout: Layout | null): void {
    this.layout.use(layout);
    this.#needLayout = true;
    this.#batcher.wake();
  }

  setDensity(density: Preferences['density']): void {
    if (density === this.layout.density) return;
    this.layout.density = density;
    this.#api.updateGridOptions({rowHeight: densities[density], headerHeight: Math.max(30, densities[density])});
    this.#needLayout = true;
    this.#batcher.wake();
  }

  // ---- what the page asks for

  get shownRows(): number { return this.#order.lines.length; }
  get isFiltered(): boolean { return this.#words.length > 0 || Object.keys(this.#filters()).length > 0; }
  #filters(): NamedView['filters'] { return this.#api.getFilterModel() as NamedView['filters']; }

  search(text: string): void {
    this.#words = wordsOf(text);
    this.#anew();
  }

  clearFilters(): void {
    this.#words = [];
    this.#api.setFilterModel(null);
    this.#anew();
  }

  get arrangement(): Arrangement {
    const sorts = this.layout.sorts().map(({column, descending}) => ({id: column.id, descending}));
    return {layout: this.layout.now(), sorts, filters: this.#filters()};
  }

  /** Columns that it does not name are hidden; those that are not there yet come with their rows. */
  use(wanted: Arrangement): void {
    this.#wanted = this.#lines.size === 0 ? wanted : null;
    this.layout.use({...wanted.layout, only: true});
    if (this.#wanted) return;
    this.layout.lay();
    this.layout.sortBy(wanted.sorts);
    this.#api.setFilterModel(wanted.filters);
    this.#anew();
  }

  /** As for somebody who has named nothing. */
  useNone(layout: Layout | null): void {
    this.#wanted = null;
    this.clearFilters();
    this.relay(layout);
  }

  /** Whether a row has just this for its key, or in a field of text. */
  knows(text: string): boolean {
    const columns = this.columns.all.filter(({kind, isKey}) => isKey || kind === 'text');
    for (const line of this.#lines.values()) if (columns.some((column) => column.of(line) === text)) return true;
    return false;
  }

  selected(): Line[] { return this.#selection.lines(); }
  shownColumns(): Column[] { return this.layout.shown(); }

  /** All rows that pass the filters, in the order shown. */
  shownLines(): Line[] { return this.#order.lines.filter(({goneAt}) => !goneAt); }

  /** What has the focus, as one cell. */
  focused(): {line: Line; column: Column} | null {
    const cell = this.#api.getFocusedCell();
    const line = cell && !cell.rowPinned ? this.#order.lines[cell.rowIndex] : undefined;
    const column = cell && this.columns.byId(cell.column.getColId());
    return line && column ? {line, column} : null;
  }

  focus(): void {
    const [first] = this.#api.getAllDisplayedColumns() ?? [];
    if (first && this.shownRows > 0) this.#api.setFocusedCell(0, first);
  }
}
