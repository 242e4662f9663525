// What moves on the table: cells that changed, by direction, rows that came and rows that leave. Only attributes of
// elements in view are touched; how they look is the style sheet's affair, and so is who prefers no motion.

import type {Column} from './columns';
import type {Line} from './line';

const flashFor = 450;  // ms a changed cell stays lit after its last change
const turnMin = 400;  // ms before a lit cell may change its direction: no strobing

interface Flash {
  at: number;
  until: number;
}

export class Marks {
  #lit = new Map<HTMLElement, Flash>();
  #rows = new Map<string, HTMLElement>();
  #marked = new Set<HTMLElement>();

  constructor(private readonly root: HTMLElement) {}

  get busy(): boolean { return this.#lit.size > 0; }

  /** Looks up which rows have elements now: the grid makes and drops them as it scrolls. */
  look(): void {
    this.#rows.clear();
    for (const row of this.root.querySelectorAll<HTMLElement>('.ag-row[row-id]')) {
      this.#rows.set(row.getAttribute('row-id')!, row);
    }
  }

  isInView(line: Line): boolean { return this.#rows.has(line.id); }

  /** Lights a cell; `direction` is 1, -1 or 0. */
  flash(line: Line, column: Column, direction: number, now: number): void {
    const cell = this.#cell(line, column);
    if (!cell) return;
    const lit = this.#lit.get(cell);
    if (lit && now - lit.at < turnMin) {
      lit.until = now + flashFor;
      return;
    }
    cell.dataset.flash = direction > 0 ? 'up' : direction < 0 ? 'down' : 'changed';
    this.#lit.set(cell, {at: now, until: now + flashFor});
  }

  #cell(line: Line, column: Column): HTMLElement | undefined {
    for (const cell of this.#rows.get(line.id)?.querySelectorAll<HTMLElement>('[col-id]') ?? []) {
      if (cell.getAttribute('col-id') === column.id) return cell;
    }
    return undefined;
  }

  /** Puts out what has been lit long enough. */
  sweep(now: number): void {
    for (const [cell, {until}] of this.#lit) {
      if (until > now) continue;
      delete cell.dataset.flash;
      this.#lit.delete(cell);
    }
    // When much of the view changes at once, colour and sign of the numbers tell enough: the washes go.
    const share = this.#lit.size / Math.max(this.#rows.size, 12);
    const busy = this.root.classList.contains('busy');
    if (busy ? share < 0.3 : share > 0.7) this.root.classList.toggle('busy');
  }

  /** Marks the rows of these lines as new or leaving, and all others as neither. */
  states(lines: Iterable<Line>): void {
    for (const row of this.#marked) delete row.dataset.state;
    this.#marked.clear();
    for (const line of lines) {
      const row = this.#rows.get(line.id);
      if (!row) continue;
      row.dataset.state = line.goneAt ? 'gone' : 'new';
      this.#marked.add(row);
    }
  }

  clear(): void {
    for (const cell of this.#lit.keys()) delete cell.dataset.flash;
    this.#lit.clear();
  }
}
