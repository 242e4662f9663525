// The panel in which columns are shown, hidden, moved and pinned. Keyboard alone is enough.

import type {ColumnLayout} from './column_layout';
import {columnsMax, shownMax} from './columns';
import {many} from './page_text';

const listedMax = 300;

export class ColumnPanel {
  #list: HTMLElement;
  #find: HTMLInputElement;

  constructor(private readonly panel: HTMLElement, private readonly layout: ColumnLayout, reset: () => void) {
    this.#list = panel.querySelector('#column-list')!;
    this.#find = panel.querySelector('#find-column')!;
    panel.addEventListener('toggle', () => this.draw());
    this.#find.addEventListener('input', () => this.draw());
    panel.querySelector('#reset-columns')!.addEventListener('click', () => { reset(); setTimeout(() => this.draw(), 300); });
    this.#list.addEventListener('change', ({target}) => {
      const box = target as HTMLInputElement;
      this.layout.change(idOf(box), {hide: !box.checked});
    });
    this.#list.addEventListener('click', ({target}) => {
      const button = (target as Element).closest<HTMLElement>('button');
      if (button) this.#act(button, idOf(button));
    });
    this.#list.addEventListener('keydown', (e) => this.#key(e));
  }

  /** What the button says: how many there are in sight, where there are more than anybody was shown unasked. */
  get label(): string {
    const {fields} = this.layout.columns;
    return fields > shownMax ? `${this.layout.shown().length} of ${many(fields, 'column')}` : 'Columns';
  }

  /** What is not to be had here, or not without asking for it. */
  #note(found: number): string {
    const {leftOut, fields} = this.layout.columns;
    const room = leftOut ? `Rows have ${many(fields, 'field')}: the first ${columnsMax.toLocaleString()} are columns. ` : '';
    return room + (found > listedMax ? `${listedMax} of ${found.toLocaleString()} are listed: find the others by name.` : '');
  }

  draw(): void {
    if (!this.panel.matches(':popover-open')) {
      this.#list.replaceChildren();
      return;
    }
    const wanted = this.#find.value.trim().toLowerCase();
    const listed = this.layout.list().filter(({column}) =>
      column.title.toLowerCase().includes(wanted) || column.name.toLowerCase().includes(wanted));
    this.panel.querySelector('#column-note')!.textContent = this.#note(listed.length);
    this.#list.replaceChildren(...listed.slice(0, listedMax).map(({column, hidden, pinned}) => {
      const item = document.createElement('li');
      item.dataset.id = column.id;
      const label = item.appendChild(document.createElement('label'));
      const box = label.appendChild(document.createElement('input'));
      box.type = 'checkbox';
      box.checked = !hidden;
      label.append(column.title);
      label.title = column.name || 'row key';
      for (const [act, sign, text] of [['up', '↑', 'Move up'], ['down', '↓', 'Move down'], ['pin', '⇤', 'Keep at the left']] as const) {
        const button = item.appendChild(document.createElement('button'));
        button.type = 'button';
        button.dataset.act = act;
        button.textContent = sign;
        button.setAttribute('aria-label', `${text}: ${column.title}`);
        if (act === 'pin') button.setAttribute('aria-pressed', String(pinned));
      }
      return item;
    }));
  }

  #act(button: HTMLElement, id: string): void {
    const {act} = button.dataset;
    if (act === 'pin') this.layout.change(id, {pinned: button.getAttribute('aria-pressed') !== 'true'});
    else this.layout.change(id, {by: act === 'up' ? -1 : 1});
    this.#redraw(id, `[data-act=${act}]`);
  }

  #redraw(id: string, focused: string): void {
    this.draw();
    const item = [...this.#list.children].find((each) => (each as HTMLElement).dataset.id === id);
    item?.querySelector<HTMLElement>(focused)?.focus();
  }

  #key(e: KeyboardEvent): void {
    const item = (e.target as Element).closest('li');
    if (!item || (e.key !== 'ArrowUp' && e.key !== 'ArrowDown')) return;
    e.preventDefault();
    const by = e.key === 'ArrowUp' ? -1 : 1;
    if (e.altKey) {
      this.layout.change(idOf(item), {by});
      return this.#redraw(idOf(item), 'input');
    }
    const next = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    next?.querySelector('input')?.focus();
  }
}

const idOf = (element: Element) => element.closest<HTMLElement>('li')!.dataset.id!;
