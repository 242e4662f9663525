// The columns of the table as its user has arranged them: which, in what order, how wide, what is kept at the left.

import type {ColumnState, GridApi} from 'ag-grid-community';

import {definitionOf, type Data} from './column_definition';
import {Columns, type Column} from './columns';
import type {Line} from './line';
import type {Sort} from './order';
import type {Layout, PageSettings, Preferences} from './settings';

export const densities = {compact: 24, normal: 30, touch: 44};  // px a row

const narrow = 500;  // px: a phone, where each figure more in sight counts

/** px that a scrollbar takes away: none on phones, and where it lies over what it scrolls. */
function scrollbarWidth(): number {
  const box = document.body.appendChild(document.createElement('div'));
  box.style.cssText = 'position:absolute;visibility:hidden;overflow:scroll;width:50px;height:50px';
  const width = box.offsetWidth - box.clientWidth;
  box.remove();
  return width;
}

const digit = 7;  // px, as wide as one is in most fonts
const digitsMeasured = 20;

/** How much wider letters are here: fonts differ by a tenth, and on a phone nothing is left over for that. */
function fontScale(): number {
  const text = document.body.appendChild(document.createElement('span'));
  text.style.cssText = 'position:absolute;visibility:hidden;white-space:nowrap';
  text.textContent = '0'.repeat(digitsMeasured);
  const scale = text.getBoundingClientRect().width / digitsMeasured / digit;
  text.remove();
  return Math.max(1, Math.min(scale, 1.5));
}

export interface Around {
  api: GridApi<Data>;
  lineAt(index: number): Line | undefined;
  /** px, of the whole table. */
  size(): {width: number; height: number};
  /** The user has moved, sized, hidden or pinned columns. */
  laidOut(layout: Layout): void;
}

export class ColumnLayout {
  columns = new Columns('');
  density: Preferences['density'] = 'compact';
  #settings: PageSettings = {};
  #kept: Layout | null = null;
  #looks = new Map<string, string>();
  #hasForgotten = false;  // columns that the grid once had
  #fitted = 0;  // px, for which the widths are
  #scrollbar = scrollbarWidth();
  #scale = fontScale();

  constructor(private readonly around: Around) {}

  clear(columns: Columns, settings: PageSettings, kept: Layout | null): void {
    this.columns = columns;
    this.#settings = settings;
    this.#kept = kept;
    this.#forget();
  }

  #forget(): void {
    this.#looks.clear();
    if (!this.isLaid) return;
    this.around.api.setGridOption('columnDefs', []);
    this.#hasForgotten = true;
  }

  /** Whether the grid has columns. */
  get isLaid(): boolean { return this.around.api.getColumnState().length > 0; }

  /** Gives the grid the columns that there are now. True: how values look or compare has changed. */
  lay(): boolean {
    const {api, lineAt} = this.around;
    const known = new Map(api.getColumnState().map((state) => [state.colId, state]));
    const columns = this.columns.ordered().filter((column) => column.kind !== null || column.isKey);
    const news = columns.some((column) => !known.has(column.id));
    const changed = this.#lookChanged(columns);
    if (news || changed) {
      api.setGridOption('columnDefs', columns.map((column) => definitionOf(column, this.#isWanted(column), lineAt)));
      if (news) this.#arrange(known.size === 0);
    }
    this.fit();
    return changed;
  }

  /** Whether a column is now of another kind, or has other digits: what the grid has drawn is then wrong. */
  #lookChanged(columns: Column[]): boolean {
    let changed = false;
    for (const column of columns) {
      const look = `${column.kind} ${column.digits} ${column.title} ${this.columns.isShown(column)}`;
      if (this.#looks.get(column.id) === look) continue;
      this.#looks.set(column.id, look);
      changed = true;
    }
    return changed;
  }

  #isWanted(column: Column): boolean {
    const kept = this.#kept?.columns.find(({id}) => id === column.id);
    if (kept) return !kept.hide;
    return this.#kept?.only ? false : this.columns.isShown(column);
  }

  /** Puts columns where the user had them; those that the user has never seen come last. */
  #arrange(first: boolean): void {
    const {api} = this.around;
    const kept = this.#kept?.columns.filter(({id}) => this.columns.byId(id)) ?? [];
    if (kept.length > 0) {
      const state = kept.map(({id, hide, width, pinned}): ColumnState =>
        ({colId: id, hide, ...(width ? {width} : {}), pinned: pinned ? 'left' : null}));
      api.applyColumnState({state, applyOrder: true});
    } else if (first && this.#hasForgotten) {
      // The grid remembers where columns stood, even when it had to forget them.
      api.applyColumnState({state: this.columns.ordered().map(({id}) => ({colId: id})), applyOrder: true});
    }
  }

  /** As wide as their values need, and wider where there is room, unless the user has sized them. */
  fit(): void {
    const {api} = this.around;
    const own = new Map(this.#kept?.columns.map(({id, width}) => [id, width]));
    const fixed = new Map(this.#settings.columns?.map(({field, width}) => [field, width]));
    const columns = (api.getAllDisplayedColumns() ?? []).map((c) => this.columns.byId(c.getColId())!);
    if (columns.length === 0) return;
    const isNarrow = this.around.size().width < narrow;
    const pad = isNarrow ? 26 : this.density === 'compact' ? 30 : 36;
    const arrow = isNarrow ? 8 : 18;  // of the one that is sorted by; on a phone its title gives way
    const wanted = columns.map((column) => own.get(column.id) ?? fixed.get(column.name) ??
      Math.round(Math.max(Math.min(column.chars, 36) * digit * this.#scale, column.title.length * 6.4 * this.#scale + arrow,
                          column.isKey ? 54 : 0) + pad));
    const isFree = (column: Column) => own.get(column.id) === undefined && fixed.get(column.name) === undefined;
    const sum = wanted.reduce((a, b) => a + b, 0);
    const free = wanted.reduce((a, b, i) => (isFree(columns[i]!) ? a + b : a), 0);
    this.#fitted = this.#width();
    const room = this.#fitted - sum;
    const stretch = room > 0 && free > 0 ? Math.min(1 + room / free, 2.4) : 1;
    const widths = columns.map((column, i) => (isFree(column) ? Math.floor(wanted[i]! * stretch) : wanted[i]!));
    const rest = this.#fitted - widths.reduce((a, b) => a + b, 0);
    const last = columns.findLastIndex(isFree);
    if (rest > 0 && rest < columns.length) widths[last]! += rest;  // what was lost to whole px: no gap at the right
    api.setColumnWidths(columns.map(({id}, i) => ({key: id, newWidth: widths[i]!})));
  }

  /** The scrollbar comes and goes with the rows. */
  fitAgain(): void { if (this.#width() !== this.#fitted) this.fit(); }

  /** Without the scrollbar. Of what is known: asking the document would make it lay itself out. */
  #width(): number {
    const {api, size} = this.around;
    const row = densities[this.density];
    const rows = (api.getDisplayedRowCount() + api.getPinnedBottomRowCount()) * row;
    return size().width - (rows > size().height - Math.max(30, row) ? this.#scrollbar : 0);
  }

  /** As they are now; of widths only those that the user has chosen. */
  now(): Layout {
    const sized = new Map(this.#kept?.columns.map((each) => [each.id, each.width]));
    return {columns: this.around.api.getColumnState().map(({colId, hide, pinned}) => ({
      id: colId, hide: hide === true, pinned: pinned === 'left', ...(sized.get(colId) ? {width: sized.get(colId)} : {}),
    }))};
  }

  /** Remembers them, with the width that one of them was given. */
  keep(sizedId = '', width = 0): void {
    const now = this.now();
    for (const each of now.columns) if (each.id === sizedId) each.width = Math.round(width);
    this.#kept = now;
    this.around.laidOut(now);
  }

  /** In the order shown; the hidden ones too. */
  list(): {column: Column; hidden: boolean; pinned: boolean}[] {
    return this.around.api.getColumnState().flatMap(({colId, hide, pinned}) => {
      const column = this.columns.byId(colId);
      return column ? [{column, hidden: hide === true, pinned: pinned === 'left'}] : [];
    });
  }

  shown(): Column[] {
    return (this.around.api.getAllDisplayedColumns() ?? []).flatMap((c) => this.columns.byId(c.getColId()) ?? []);
  }

  /** By what the user sorts, first things first. */
  sorts(): Sort[] {
    return this.around.api.getColumnState().filter(({sort}) => sort)
      .sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0))
      .flatMap(({colId, sort}) => {
        const column = this.columns.byId(colId);
        return column ? [{column, descending: sort === 'desc'}] : [];
      });
  }

  sortBy(sorts: readonly {id: string; descending: boolean}[]): void {
    const state = sorts.map(({id, descending}, i): ColumnState =>
      ({colId: id, sort: descending ? 'desc' : 'asc', sortIndex: i}));
    this.around.api.applyColumnState({state, defaultState: {sort: null}});
  }

  /** Changes one column, as the user wants it. */
  change(id: string, what: {hide?: boolean; pinned?: boolean; by?: number}): void {
    const {api} = this.around;
    if (what.hide !== undefined) api.setColumnsVisible([id], !what.hide);
    if (what.pinned !== undefined) api.setColumnsPinned([id], what.pinned ? 'left' : null);
    if (what.by) {
      const order = api.getColumnState().map(({colId}) => ({colId}));
      const from = order.findIndex(({colId}) => colId === id);
      const [one] = order.splice(from, 1);
      order.splice(Math.max(0, Math.min(order.length, from + what.by)), 0, one!);
      api.applyColumnState({state: order, applyOrder: true});
    }
    this.keep();
    this.fit();
  }

  /** Another layout, or none: to be laid anew. */
  use(layout: Layout | null): void {
    this.#kept = layout;
    this.#forget();
  }
}
