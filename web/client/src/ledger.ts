// The rows that are shown, and beside them a new table until it is whole.

import type {Version} from './checksum.js';
import {isNewer, Table} from './table.js';
import type {Batch, Change, Counters, Removal} from './types.js';

/** Of a `rows` event. */
export interface WireRow {
  key: string;
  v: Version;
  row?: unknown;
  deleted?: true;
}

export class Ledger<Row> {
  readonly shown = new Table<Row>();
  #building: Table<Row> | undefined;
  #whole = false;  // the rows that are shown were once all there
  #counters: Counters;
  #read: (raw: unknown, key: string) => {row: Row} | undefined;

  /** `read` gives no row where it cannot be understood. */
  constructor(counters: Counters, read: (raw: unknown, key: string) => {row: Row} | undefined) {
    this.#counters = counters;
    this.#read = read;
  }

  /** What a stream brings rows for, and whose bookmark says where it goes on. */
  get table(): Table<Row> { return this.#building ?? this.shown; }

  /** The next stream must bring everything. */
  forget(): void {
    this.#building = undefined;
    this.shown.bookmark = '';
  }

  /**
   * Everything comes anew. Rows that are shown stay so until the new ones are whole; with nothing to show, rows show
   * as they come.
   */
  begin(): void {
    this.forget();
    if (this.shown.versions.size) this.#building = new Table();
    this.#whole = false;
  }

  /** Throws at what cannot be a row, before any is taken. Gives what changed of what is shown. */
  take(list: WireRow[], live?: boolean): Batch<Row> | undefined {
    for (const {key, v} of list) {
      if (typeof key !== 'string' || !(v[0] >= 0) || !(v[1] >= 0)) throw new TypeError('not a row');
    }
    const {table} = this;
    const changed: Change<Row>[] = [];
    const removed: Removal<Row>[] = [];
    for (const {key, v, row, deleted} of list) {
      this.#counters.rows++;
      const now = table.versions.get(key);
      if (!isNewer(v, now)) {
        // An old value may not come back; the checksum tells if we were wrong. The same again is no news.
        if (now && v[1] < now[1]) this.#counters.backwards++;
        continue;
      }
      const had = table.rows.has(key);
      const before = table.rows.get(key);
      if (deleted) table.erase(key);
      else table.put(key, v);
      const parsed = deleted ? undefined : this.#read(row, key);
      if (!deleted && !parsed) table.unreadable.add(key);
      if (parsed) {
        table.rows.set(key, parsed.row);
        changed.push({key, row: parsed.row, before});
      } else if (had) {
        table.rows.delete(key);
        removed.push({key, before: before as Row});
      }
    }
    return this.#building ? undefined : {phase: live ? 'live' : this.#whole ? 'resume' : 'snapshot', changed, removed};
  }

  /** Everything is here: what was built is shown from now on. Gives what that changed. */
  complete(): Batch<Row> | undefined {
    this.#whole = true;
    const next = this.#building;
    if (!next) return undefined;
    const {rows} = this.shown;
    const changed = [...next.rows].map(([key, row]) => ({key, row, before: rows.get(key)}));
    const removed = [...rows].filter(([key]) => !next.rows.has(key)).map(([key, before]) => ({key, before}));
    this.shown.become(next);
    this.#building = undefined;
    return {phase: 'snapshot', changed, removed};
  }
}
