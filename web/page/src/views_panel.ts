// Views: what a user has named of columns, sort, filters and words, kept in this browser and in the address.

import {loadViews, saveViews, type NamedView} from './settings';

export interface ViewsListener {
  /** As things are now, under that name. */
  taken(name: string): NamedView;
  /** Null: as for somebody who has arranged nothing. */
  chosen(view: NamedView | null): void;
}

export class ViewsPanel {
  #list: HTMLElement;
  #name: HTMLInputElement;
  #views = loadViews();
  #current = '';

  constructor(private readonly panel: HTMLElement, private readonly label: HTMLElement, private readonly listener: ViewsListener) {
    this.#list = panel.querySelector('#view-list')!;
    this.#name = panel.querySelector('#view-name')!;
    panel.addEventListener('toggle', () => this.#draw());
    panel.querySelector('form')!.addEventListener('submit', (e) => {
      e.preventDefault();
      this.#save(this.#name.value.trim());
    });
    this.#list.addEventListener('click', ({target}) => {
      const button = (target as Element).closest<HTMLElement>('button');
      const name = button?.closest<HTMLElement>('li')?.dataset.name;
      if (!button || name === undefined) return;
      if (button.dataset.act === 'drop') this.#drop(name);
      else this.#choose(name);
    });
  }

  /** The view of that name, if this browser has one, which is then the current one. */
  find(name: string): NamedView | undefined {
    const found = this.#views.find((view) => view.name === name);
    this.#show(found ? name : '');
    return found;
  }

  #choose(name: string): void {
    this.#show(name);
    this.listener.chosen(this.#views.find((view) => view.name === name) ?? null);
    this.panel.hidePopover();
  }

  #save(name: string): void {
    if (!name) return;
    this.#views = saveViews([this.listener.taken(name), ...this.#views.filter((view) => view.name !== name)]);
    this.#name.value = '';
    this.#choose(name);
  }

  #drop(name: string): void {
    this.#views = saveViews(this.#views.filter((view) => view.name !== name));
    if (name === this.#current) this.#show('');
    this.#draw();
    this.#name.focus();
  }

  #show(name: string): void {
    this.#current = name;
    this.label.textContent = name || 'Views';
    this.#draw();
  }

  #draw(): void {
    if (!this.panel.matches(':popover-open')) return;
    this.#list.replaceChildren(...['', ...this.#views.map(({name}) => name)].map((name) => {
      const item = document.createElement('li');
      item.dataset.name = name;
      const choose = item.appendChild(document.createElement('button'));
      choose.type = 'button';
      choose.className = 'choose';
      choose.textContent = name || 'Everything, as it comes';
      if (name === this.#current) choose.setAttribute('aria-current', 'true');
      if (!name) return item;
      const drop = item.appendChild(document.createElement('button'));
      drop.type = 'button';
      drop.dataset.act = 'drop';
      drop.textContent = '×';
      drop.setAttribute('aria-label', `Forget the view ${name}`);
      return item;
    }));
  }
}
