// `for await (const batch of stream)`: what came while the consumer was busy is one batch, so nothing piles up.

import type {Batch, Change, Removal} from './types.js';

const isChange = <Row>(c: Change<Row> | Removal<Row>): c is Change<Row> => 'row' in c;

/** Batches merged by key: bounded by the rows that there are, however slow the reader. */
export class Pending<Row> implements AsyncIterator<Batch<Row>, undefined> {
  #changes = new Map<string, Change<Row> | Removal<Row>>();
  #phase: Batch<Row>['phase'] = 'live';
  #wake: ((r: IteratorResult<Batch<Row>, undefined>) => void)[] = [];
  #ended = false;
  #leave: () => void;

  /** `leave` is called once the consumer wants no more. */
  constructor(leave: () => void) {
    this.#leave = leave;
  }

  push({phase, changed, removed}: Batch<Row>): void {
    if (phase !== 'live') this.#phase = phase;
    for (const change of [...changed, ...removed]) {
      const earlier = this.#changes.get(change.key);
      if (earlier && earlier.before === undefined && !isChange(change)) this.#changes.delete(change.key);  // unseen
      else this.#changes.set(change.key, earlier ? ({...change, before: earlier.before} as typeof change) : change);
    }
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  next(): Promise<IteratorResult<Batch<Row>, undefined>> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Batch<Row>, undefined>> {
    this.#changes.clear();
    this.#leave();
    this.end();
    return this.next();
  }

  #serve(): void {
    while (this.#wake.length && (this.#changes.size || this.#ended)) {
      this.#wake.shift()?.(this.#changes.size ? {value: this.#take(), done: false} : {value: undefined, done: true});
    }
  }

  #take(): Batch<Row> {
    const all = [...this.#changes.values()];
    const batch = {
      phase: this.#phase,
      changed: all.filter(isChange),
      removed: all.filter((c): c is Removal<Row> => !isChange(c)),
    };
    this.#changes.clear();
    this.#phase = 'live';
    return batch;
  }
}
