// One row as the page knows it: what the stream says, and what the eye has been shown.

import {natural, type Keyed, type Row} from './columns';

export class Line implements Keyed {
  readonly id: string;  // for the grid; prefixed, for keys are data ("__proto__")
  readonly natural: string;
  seen: Row;  // what the cells last told the eye
  placed = false;  // in the grid's model
  newUntil = 0;
  goneAt = 0;  // when it left; it is shown as leaving for a moment
  search: string | null = null;  // text to find it by, made when asked for

  constructor(readonly key: string, public row: Row) {
    this.id = `r:${key}`;
    this.natural = natural(key);
    this.seen = row;
  }
}
