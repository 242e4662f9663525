// One row as the page knows it: what the stream says, and what the eye has been shown.

import {natural, type Keyed, type Row} from './columns';

let unnamed = 0;

/** For the grid, and for the document, which must not see a difference: keys are data ("__proto__", "<b>"). */
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
  seen: Row;  // what the cells last told the eye
  placed = false;  // in the grid's model
  newUntil = 0;
  goneAt = 0;  // when it left; it is shown as leaving for a moment
  search: string | null = null;  // text to find it by, made when asked for

  constructor(readonly key: string, public row: Row) {
    this.id = idOf(key);
    this.natural = natural(key);
    this.seen = row;
  }
}
