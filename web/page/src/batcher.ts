// Collects what changed and hands it on in batches. What changes ten times between two batches is in the next one once;
// the dearer batches are, the rarer they come, so that the page always has time for its user.

export const waitMin = 100;  // ms between two batches: more is not seen, only paid for
export const waitMax = 1000;  // ms: older than that is not live
const rest = 4;  // times the cost of a batch that the page is left alone after it

/** What the batcher needs of the world. */
export interface Clock {
  now(): number;
  hidden(): boolean;
  after(ms: number, then: () => void): void;
}

export const pageClock: Clock = {
  now: () => performance.now(),
  hidden: () => document.hidden,
  after: (ms, then) => {
    // A frame, so that what is changed is shown at once; where none comes (a tab just covered), `wake` comes back.
    if (ms > 0) setTimeout(() => requestAnimationFrame(then), ms);
    else requestAnimationFrame(then);
  },
};

export class Batcher<T> {
  #pending = new Set<T>();
  #scheduled = false;
  #held = false;
  #last = -Infinity;  // when the last batch ended, of those since the first that had anything
  #cost = 0;

  constructor(private readonly apply: (items: Set<T>, now: number) => void, private readonly clock: Clock = pageClock) {}

  get pending(): number { return this.#pending.size; }

  add(item: T): void {
    this.#pending.add(item);
    this.wake();
  }

  drop(item: T): void { this.#pending.delete(item); }
  /** The next items are first ones again: they wait for nothing. */
  clear(): void {
    this.#pending.clear();
    this.#last = -Infinity;
  }

  /** Nothing is handed on while held; all of it at once afterwards. */
  hold(yes: boolean): void {
    this.#held = yes;
    if (!yes) this.wake();
  }

  /** Sees to it that a batch comes, if only an empty one. Nothing is done in a hidden tab. */
  wake(): void {
    if (this.#scheduled || this.#held || this.clock.hidden()) return;
    this.#scheduled = true;
    const pause = Math.min(waitMax, Math.max(waitMin, rest * this.#cost));
    this.clock.after(Math.max(0, this.#last + pause - this.clock.now()), () => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#held || this.clock.hidden()) return;
    const items = this.#pending;
    this.#pending = new Set();
    const began = this.clock.now();
    const first = this.#last === -Infinity && items.size === 0;
    try {
      this.apply(items, began);
    } finally {
      if (!first) this.#last = this.clock.now();
      this.#cost = this.clock.now() - began;
    }
  }
}
