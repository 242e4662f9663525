// What moves on the table: cells that changed, by direction, rows that came and rows that leave. They belong to lines,
// and follow them when the order changes. Only attributes of elements in view are touched; how they look is the style
// sheet's affair, and so is who prefers no motion.

import type {Column} from './columns';
import type {Line} from './line';

const flashFor = 450;  // ms a changed cell stays lit after its last change
const turnMin = 400;  // ms before a lit cell may change its direction: no strobing

interface Flash {
  at: number;
  until: number;
  way: 'up' | 'down' | 'changed';
}

export class Marks {
  #flashes = new Map<Line, Map<string, Flash>>();  // column id -> flash
  #lit = new Set<HTMLElement>();
  #rows = new Map<Line, HTMLElement>();
  #marked = new Set<HTMLElement>();

  /** `lineAt` says which line is shown where; `dress` is told of each row of the document that shows one. */
  constructor(private readonly root: HTMLElement, private readonly lineAt: (index: number) => Line | undefined,
              private readonly isSelected: (line: Line) => boolean) {}

  get busy(): boolean { return this.#flashes.size > 0; }

  /** Looks up which rows have elements now: the grid makes and drops them as it scrolls, and the order changes. */
  look(): void {
    this.#rows.clear();
    for (const row of this.root.querySelectorAll<HTMLElement>('.ag-row')) {
      const index = row.getAttribute('row-index') ?? '';
      const line = /^\d+$/.test(index) ? this.lineAt(Number(index)) : undefined;
      if (line) this.#rows.set(line, row);
      this.dress(row, line);
    }
  }

  /** Says in the document which line a row shows, and whether it is selected. */
  dress(row: HTMLElement, line: Line | undefined): void {
    if (!line) return row.removeAttribute('data-id');
    const selected = String(this.isSelected(line));
    if (row.dataset.id !== line.id) row.dataset.id = line.id;
    if (row.getAttribute('aria-selected') !== selected) row.setAttribute('aria-selected', selected);
  }

  /** As of the last look. */
  isInView(line: Line): boolean { return this.#rows.has(line); }

  /** Lights a cell; `direction` is 1, -1 or 0. */
  flash(line: Line, column: Column, direction: number, now: number): void {
    let cells = this.#flashes.get(line);
    if (!cells) this.#flashes.set(line, cells = new Map());
    const lit = cells.get(column.id);
    const until = now + flashFor;
    if (lit && now - lit.at < turnMin) lit.until = until;
    else cells.set(column.id, {at: now, until, way: direction > 0 ? 'up' : direction < 0 ? 'down' : 'changed'});
  }

  /** Puts out what has been lit long enough, and lights the cells that show the rest, wherever they are now. */
  draw(now: number): void {
    const lit = new Set<HTMLElement>();
    for (const [line, cells] of this.#flashes) {
      for (const [id, {until}] of cells) if (until <= now) cells.delete(id);
      if (cells.size === 0) this.#flashes.delete(line);
      for (const cell of cells.size > 0 ? this.#rows.get(line)?.querySelectorAll<HTMLElement>('[col-id]') ?? [] : []) {
        const flash = cells.get(cell.getAttribute('col-id')!);
        if (!flash) continue;
        lit.add(cell);
        if (cell.dataset.flash !== flash.way) cell.dataset.flash = flash.way;
      }
    }
    for (const cell of this.#lit) if (!lit.has(cell)) delete cell.dataset.flash;
    this.#lit = lit;
    // When much of the view changes at once, colour and sign of the numbers tell enough: the washes go.
    const share = lit.size / Math.max(this.#rows.size, 12);
    const busy = this.root.classList.contains('busy');
    if (busy ? share < 0.3 : share > 0.7) this.root.classList.toggle('busy');
  }

  /** Marks the rows of these lines as new or leaving, and all others as neither. */
  states(lines: Iterable<Line>): void {
    const marked = new Set<HTMLElement>();
    for (const line of lines) {
      const row = this.#rows.get(line);
      if (!row) continue;
      row.dataset.state = line.goneAt ? 'gone' : 'new';
      marked.add(row);
    }
    for (const row of this.#marked) if (!marked.has(row)) delete row.dataset.state;
    this.#marked = marked;
  }

  clear(): void {
    for (const cell of this.#lit) delete cell.dataset.flash;
    this.#lit.clear();
    this.#flashes.clear();
    this.#rows.clear();
  }
}
