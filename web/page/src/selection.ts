// Which lines are selected, with mouse and keyboard as everywhere: click, Ctrl, Shift, Space, Ctrl A, Escape. Lines are
// selected, not places: they stay so while the order changes.

import type {Line} from './line';

export class Selection {
  #lines = new Set<Line>();
  #anchor: Line | null = null;

  /** `order` gives what is shown; `changed` hears of each change, and of the line that was just selected. */
  constructor(private readonly order: () => readonly Line[], private readonly changed: (line: Line | null) => void) {}

  has(line: Line): boolean { return this.#lines.has(line); }

  /** In the order shown; what a filter hides is not among them. */
  lines(): Line[] { return this.#lines.size > 0 ? this.order().filter((line) => this.#lines.has(line)) : []; }

  drop(line: Line): void {
    this.#lines.delete(line);
    if (this.#anchor === line) this.#anchor = null;
  }

  clear(): void {
    this.#lines.clear();
    this.#anchor = null;
    this.changed(null);
  }

  all(): void {
    this.#lines = new Set(this.order());
    this.changed(null);
  }

  toggle(line: Line): void {
    const had = this.#lines.delete(line);
    if (!had) this.#lines.add(line);
    this.#anchor = line;
    this.changed(had ? null : line);
  }

  only(line: Line): void {
    this.#lines = new Set([line]);
    this.#anchor = line;
    this.changed(line);
  }

  /** From the line that was last chosen alone up to this one. */
  upTo(line: Line): void {
    const shown = this.order();
    const from = this.#anchor ? shown.indexOf(this.#anchor) : -1;
    if (from < 0) return this.only(line);
    const to = shown.indexOf(line);
    this.#lines = new Set(shown.slice(Math.min(from, to), Math.max(from, to) + 1));
    this.changed(line);
  }

  /** Follows mouse and keyboard in the table. */
  listen(root: HTMLElement, lineAt: (index: number) => Line | undefined): void {
    const lineOf = (target: EventTarget | null) => {
      const index = (target as Element).closest('.ag-cell')?.closest('.ag-row')?.getAttribute('row-index') ?? '';
      return /^\d+$/.test(index) ? lineAt(Number(index)) : undefined;
    };
    root.addEventListener('click', (e) => {
      const line = lineOf(e.target);
      if (line) this.click(line, e);
    });
    root.addEventListener('keydown', (e) => {
      const line = lineOf(e.target);
      if (line && this.#key(line, e)) e.preventDefault();
    });
  }

  /** True: the key meant something. */
  #key(line: Line, e: KeyboardEvent): boolean {
    if (e.key === ' ') this.click(line, {shiftKey: e.shiftKey, ctrlKey: true, metaKey: false});
    else if (e.key === 'a' && (e.ctrlKey || e.metaKey)) this.all();
    else if (e.key === 'Escape' && this.#lines.size > 0) this.clear();
    else return false;
    return true;
  }

  click(line: Line, e: {shiftKey: boolean; ctrlKey: boolean; metaKey: boolean}): void {
    if (e.shiftKey) this.upTo(line);
    else if (e.ctrlKey || e.metaKey) this.toggle(line);
    else this.only(line);
  }
}
