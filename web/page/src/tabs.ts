// How many tabs of this server's page are open in this browser. Over HTTP/1.1 a browser keeps six connections to a
// server, and each tab holds one for its stream: with six tabs open a seventh cannot even be loaded, so it is the six
// that must say so.

const freshFor = 90_000;  // ms: a hidden tab looks at its clock but once a minute
const lookEvery = 5_000;
const prefix = 'blotter.1.tab.';
export const tabsMax = 6;

/** What it needs of the world; storage may be shut, or full. */
export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export class Tabs {
  #name = prefix + Math.random().toString(36).slice(2);
  #lookedAt = -Infinity;
  #count = 1;

  constructor(private readonly shelf: () => Shelf) {}

  /** This one included; says that this one is there. `now` is the wall clock. */
  count(now: number): number {
    if (now - this.#lookedAt < lookEvery && now >= this.#lookedAt) return this.#count;
    this.#lookedAt = now;
    try {
      const shelf = this.shelf();
      shelf.setItem(this.#name, String(now));
      const names = Array.from({length: shelf.length}, (_, i) => shelf.key(i)).filter((name) => name?.startsWith(prefix));
      const fresh = names.filter((name) => Math.abs(now - Number(shelf.getItem(name!))) < freshFor);
      for (const name of names) if (!fresh.includes(name)) shelf.removeItem(name!);
      this.#count = fresh.length;
    } catch {
      this.#count = 1;
    }
    return this.#count;
  }

  leave(): void {
    this.#lookedAt = -Infinity;
    try {
      this.shelf().removeItem(this.#name);
    } catch {
      // Then it is forgotten in time.
    }
  }
}

/** Whether connections are few: HTTP/2 carries all of a browser's streams over one. Of a page that was only validated a
 *  browser does not say how it came. */
export function isCrowdable(): boolean {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return !page || !/^h[23]/.test(page.nextHopProtocol);
}
