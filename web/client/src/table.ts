// Rows with the bookmark that stands for them: neither is worth anything without the other.

import {Checksum, type Version} from './checksum.js';

/** A version may not go back within its partition; across partitions versions have no order. */
export const isNewer = (v: Version, than: Version | undefined): boolean =>
  !than || v[0] !== than[0] || v[1] > than[1];

export class Table<Row> {
  /** Never replaced by another Map: who holds it sees the live rows. Without the rows whose `parse` threw. */
  readonly rows = new Map<string, Row>();
  versions = new Map<string, Version>();
  unreadable = new Set<string>();
  sum = new Checksum();
  bookmark = '';

  // Versions and their sum only: what stands in `rows` is the caller's to put and take away.

  put(key: string, v: Version): void {
    this.#forget(key);
    this.sum.add(key, v);
    this.versions.set(key, v);
  }

  erase(key: string): void {
    this.#forget(key);
    this.versions.delete(key);
  }

  #forget(key: string): void {
    const before = this.versions.get(key);
    if (before) this.sum.add(key, before, -1);
    this.unreadable.delete(key);
  }

  /** Takes over another table, which must not be used any more. */
  become(other: Table<Row>): void {
    this.rows.clear();
    for (const [key, row] of other.rows) this.rows.set(key, row);
    this.versions = other.versions;
    this.unreadable = other.unreadable;
    this.sum = other.sum;
    this.bookmark = other.bookmark;
  }

  /** Sums everything anew, as a check of the running sum and of nobody having changed `rows`. */
  isSound(): boolean {
    const sum = new Checksum();
    for (const [key, v] of this.versions) sum.add(key, v);
    return `${sum}` === `${this.sum}` && this.rows.size + this.unreadable.size === this.versions.size;
  }
}
