// One row as the page knows it: what the table shows of it, and what the stream has said since.

import {natural, type Keyed, type Row} from './columns';

let unnamed = 0;

/** For the document, which must not see a difference: keys are data ("__proto__", "<b>"). */
function idOf(key: string): string {
  try {
    return `r:${encodeURIComponent(key).replaceAll("'", '%27')}`;
  } catch {
    return `r%${++unnamed}`;  // half a surrogate pair
  }
}

export class Line implements Keyed {
  readonly id: string;
  readonly natural: string;
  news: Row;  // what the stream said last; shown from the next batch on
  silent = false;  // its news is none: a first table, or what happened while nobody looked
  newUntil = 0;
  goneAt = 0;  // when it left; it is shown as leaving for a moment
  search: string | null = null;  // text to find it by, made when asked for

  // Of `Order`:
  ranks: (number | string | undefined)[] = [];  // by which it was placed
  waits = false;  // to be placed anew

  constructor(readonly key: string, public row: Row) {
    this.id = idOf(key);
    this.natural = natural(key);
    this.news = row;
  }

  /** Shows what the stream said; gives what was shown before. */
  catchUp(): Row {
    const before = this.row;
    this.row = this.news;
    this.search = null;
    this.silent = false;
    return before;
  }
}
