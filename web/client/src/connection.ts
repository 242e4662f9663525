// One attempt at a stream, and how long things are waited for.

// In ms unless said otherwise.
export const serverRetryMax = 300_000;
export const provenAfter = 10_000;  // a stream that lived this long makes the next failure a first one again
export const answerSlow = 5_000;  // no answer yet: perhaps all connections of this browser are taken
export const answerMax = 15_000;
export const successorMax = 1_500;  // a successor that said nothing for so long: rows that are held back would be late
export const silentBeats = 2.5;  // periods without a byte after which the stream is given up
export const gapMin = 5_000;  // this program did not run for so long, and for two beats: do not believe the stream
export const lateMax = 30_000;  // late by the server's time for so long: a backlog or a changed clock, begin anew
export const refusedMax = 3;  // answers 401, 403 or 404 in a row that end the stream for good
export const tick = 250;  // between two looks at the clock

/** One attempt at a stream, from asking to its end. */
export interface Connection {
  end: () => void;
  openedAt: number;  // these by the monotonic clock
  bytesAt: number;
  beatAt: number;  // when the newest beat was said; before the first, the hello
  lateSince: number;  // 0: it is not
  askedMs: number;  // the period of beats that was asked for
  beatMs: number;  // the same, then as the server said
  answered?: boolean;
  greeted?: boolean;
  live?: boolean;  // everything was here at least once
  stale?: {reason: string; text: string} | undefined;  // what the server said last, perhaps before its hello
  dropped?: boolean;
  bye?: {reason: string; reconnect?: boolean};
  /** The server asked to move, and when to try (again). */
  moveAt?: number;
  moveReason?: string;
  /** Set while a successor is asked: a table has one source at a time. */
  held?: (() => void)[] | undefined;
  heldChars: number;
}
