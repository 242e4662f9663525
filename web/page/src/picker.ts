// The search box that picks a client: a combobox with suggestions from /v1/clients.

const suggestionsMax = 12;

/** First clients by prefix, in byte order; an empty list when the server cannot be asked. */
export async function clientsWith(prefix: string, limit = suggestionsMax): Promise<string[]> {
  try {
    const answer = await fetch(`v1/clients?prefix=${encodeURIComponent(prefix)}&limit=${limit}`, {cache: 'no-store'});
    if (!answer.ok) return [];
    return (await answer.json()).clients ?? [];
  } catch {
    return [];
  }
}

export class Picker {
  #asked = 0;
  #active = -1;
  #client = '';

  /** `recent` gives the clients looked at last, which are offered first. */
  constructor(private readonly input: HTMLInputElement, private readonly list: HTMLElement,
              private readonly onPick: (client: string) => void, private readonly recent: () => string[]) {
    input.addEventListener('focus', () => { input.select(); this.#suggest(''); });
    input.addEventListener('input', () => this.#suggest(input.value.trim()));
    input.addEventListener('keydown', (e) => this.#key(e));
    input.addEventListener('blur', () => this.#dismiss());
    // Before blur, or the list is gone when the click arrives.
    list.addEventListener('pointerdown', (e) => {
      const option = (e.target as Element).closest<HTMLElement>('[role=option]');
      e.preventDefault();
      if (option) this.#pick(option.dataset.client!);
    });
  }

  show(client: string): void {
    this.#client = client;
    this.input.value = client;
  }

  async #suggest(prefix: string): Promise<void> {
    const asked = ++this.#asked;
    const known = prefix ? [] : this.recent().filter((client) => client !== this.#client);
    const found = await clientsWith(prefix);
    const clients = [...known, ...found.filter((client) => !known.includes(client))];
    if (asked !== this.#asked || document.activeElement !== this.input) return;
    this.list.replaceChildren(...clients.map((client, i) => {
      const option = document.createElement('li');
      option.id = `suggestion-${i}`;
      option.setAttribute('role', 'option');
      option.dataset.client = option.textContent = client;
      if (i < known.length) option.className = 'recent';
      return option;
    }));
    this.#open(clients.length > 0);
    this.#activate(-1);
  }

  #open(yes: boolean): void {
    this.list.hidden = !yes;
    this.input.setAttribute('aria-expanded', String(yes));
  }

  #activate(index: number): void {
    const options = this.list.children;
    options[this.#active]?.setAttribute('aria-selected', 'false');
    this.#active = index;
    const option = options[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({block: 'nearest'});
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  #key(e: KeyboardEvent): void {
    const n = this.list.hidden ? 0 : this.list.children.length;
    if (e.key === 'ArrowDown' && n) this.#activate((this.#active + 1) % n);
    else if (e.key === 'ArrowUp' && n) this.#activate(this.#active > 0 ? this.#active - 1 : n - 1);
    else if (e.key === 'Enter') this.#pick((this.list.children[this.#active] as HTMLElement | undefined)?.dataset.client ?? this.input.value.trim());
    else if (e.key === 'Escape') this.input.blur();
    else return;
    e.preventDefault();
  }

  #pick(client: string): void {
    if (client) this.onPick(client);
    this.input.blur();
  }

  #dismiss(): void {
    this.#asked++;
    this.#open(false);
    this.input.value = this.#client;
  }
}
