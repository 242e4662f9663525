// What happened to this table, with times: so that who comes back to the desk knows whether it was ever in doubt.

import {clock} from './freshness';

const eventsMax = 200;
const shownMax = 60;

interface Happening {
  at: number;
  text: string;
  grave: boolean;
}

export class History {
  #events: Happening[] = [];

  constructor(private readonly list: HTMLElement) {
    // Drawn when it is looked at, and not before.
    list.closest('[popover]')?.addEventListener('toggle', () => this.#draw());
  }

  add(text: string, grave = false): void {
    const last = this.#events[0];
    if (last?.text === text && Date.now() - last.at < 1000) return;
    this.#events.unshift({at: Date.now(), text, grave});
    this.#events.length = Math.min(this.#events.length, eventsMax);
    if (this.list.offsetParent) this.#draw();
  }

  #draw(): void {
    this.list.replaceChildren(...this.#events.slice(0, shownMax).map(({at, text, grave}) => {
      const item = document.createElement('li');
      item.classList.toggle('grave', grave);
      const time = item.appendChild(document.createElement('time'));
      time.textContent = clock(at);
      item.append(text.slice(0, 300));
      return item;
    }));
  }
}
