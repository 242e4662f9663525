// Which lines pass the filters, and in which order: kept here, and not by the grid, because a grid goes through all of
// its rows for each change. What changes is taken out and put back where it belongs, by binary search; a new sort or
// filter is worked out in slices while the old order is still shown. Knows neither document nor clock.

import {compareRanks, type Column} from './columns';
import type {Line} from './line';

export interface Sort {
  readonly column: Column;
  readonly descending: boolean;
}
export interface Rule {
  readonly sorts: readonly Sort[];
  readonly passes: (line: Line) => boolean;
}

const stepSize = 1024;  // lines between two looks at the clock
const placeMax = 20_000;  // more than so many at once are cheaper, and smoother, from scratch

export class Order {
  #lines: readonly Line[] = [];
  #rule: Rule = {sorts: [], passes: () => true};
  #waiting = new Set<Line>();
  #work: Generator<void, Line[]> | null = null;

  /** `all` is everything that there is; it is changed by whoever calls, who then says `touch`. */
  constructor(private readonly all: ReadonlyMap<string, Line>) {}

  /** As last placed. Another array each time. */
  get lines(): readonly Line[] { return this.#lines; }
  /** How many came, left or changed since they were placed. */
  get waiting(): number { return this.#waiting.size; }
  get isWorking(): boolean { return this.#work !== null; }

  /** This line came, left or changed in a way that matters to the rule. */
  touch(line: Line): void {
    line.waits = true;
    this.#waiting.add(line);
  }

  /** Everything anew: `work` until it is done. */
  begin(rule: Rule = this.#rule): void {
    this.#rule = rule;
    this.#settle();
    this.#work = this.#rebuild();
  }

  /** Works until `isOver()`, at least a little; true when nothing is left to do. */
  work(isOver: () => boolean): boolean {
    while (this.#work) {
      const {done, value} = this.#work.next();
      if (done) {
        this.#work = null;
        this.#lines = value;
      } else if (isOver()) {
        return false;
      }
    }
    return true;
  }

  /** Puts what waits into its places; false when that is work for later (`work`). */
  place(): boolean {
    if (this.#work) return false;
    if (this.#waiting.size > placeMax) {
      this.begin();
      return false;
    }
    const news: Line[] = [];
    for (const line of this.#waiting) if (this.#belongs(line)) news.push(line);
    const kept = this.#lines.filter((line) => !line.waits);
    this.#settle();
    this.#lines = merge(kept, news.sort(this.#compare), this.#compare);
    return true;
  }

  clear(): void {
    this.#settle();
    this.#work = null;
    this.#lines = [];
  }

  #settle(): void {
    for (const line of this.#waiting) line.waits = false;
    this.#waiting.clear();
  }

  /** Ranks it, too, if it does. */
  #belongs(line: Line): boolean {
    if (this.all.get(line.key) !== line || !this.#rule.passes(line)) return false;
    line.ranks = this.#rule.sorts.map(({column}) => (column.isKey ? line.natural : column.rank(column.of(line))));
    return true;
  }

  readonly #compare = (a: Line, b: Line): number => {
    const {sorts} = this.#rule;
    for (let i = 0; i < sorts.length; i++) {
      const by = compareRanks(a.ranks[i], b.ranks[i], sorts[i]!.descending);
      if (by !== 0) return by;
    }
    if (a.natural !== b.natural) return a.natural < b.natural ? -1 : 1;
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  };

  /** What changes meanwhile keeps the rank that it has here until it is placed: the order stays one. */
  * #rebuild(): Generator<void, Line[]> {
    let runs: Line[][] = [];
    let run: Line[] = [];
    let seen = 0;
    for (const line of [...this.all.values()]) {
      if (this.#belongs(line)) run.push(line);
      if (++seen % stepSize > 0) continue;
      runs.push(run.sort(this.#compare));
      run = [];
      yield;
    }
    runs.push(run.sort(this.#compare));
    while (runs.length > 1) {
      const longer: Line[][] = [];
      for (let i = 0; i < runs.length; i += 2) longer.push(yield* this.#zip(runs[i]!, runs[i + 1] ?? []));
      runs = longer;
    }
    return runs[0]!;
  }

  * #zip(a: readonly Line[], b: readonly Line[]): Generator<void, Line[]> {
    const all: Line[] = [];
    let i = 0;
    let j = 0;
    while (i < a.length && j < b.length) {
      all.push(this.#compare(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
      if (all.length % stepSize === 0) yield;
    }
    while (i < a.length) all.push(a[i++]!);
    while (j < b.length) all.push(b[j++]!);
    yield;
    return all;
  }
}

/** Both in order; `news` is the shorter one. */
function merge(kept: readonly Line[], news: readonly Line[], compare: (a: Line, b: Line) => number): Line[] {
  const all: Line[] = [];
  let from = 0;
  for (const line of news) {
    let [low, high] = [from, kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(kept[middle]!, line) < 0) low = middle + 1;
      else high = middle;
    }
    while (from < low) all.push(kept[from++]!);
    all.push(line);
  }
  while (from < kept.length) all.push(kept[from++]!);
  return all;
}
