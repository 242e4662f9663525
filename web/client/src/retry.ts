// When to come back.

export const limits = {
  firstRetryMin: 250,
  firstRetryMax: 500,
  retryMax: 15_000,  // cap of our own back-off; a longer `retry:` of the server is kept to
  serverRetryMax: 300_000,
  provenAfter: 10_000,  // a stream that lived this long makes the next failure a first one again
  answerSlow: 5_000,  // no answer yet: perhaps all connections of this browser are taken
  answerMax: 15_000,
  silentBeats: 2.5,  // periods without a byte after which the stream is given up
  gapMin: 5_000,  // this program did not run for so long, and for two beats: the stream is not to be believed
  lateMax: 30_000,  // late by the server's time for so long: a backlog or a changed clock, begin anew
  refusedMax: 3,  // answers 401, 403 or 404 in a row that end the stream for good
  heldMax: 10_000,  // events kept of the old stream while its successor is asked
};

/**
 * Full jitter, so that browsers which lost the same server do not return to it together. `attempt` begins at 1,
 * `server` is its last `retry:` or Retry-After in ms, 0 for none: then the first try comes soon.
 */
export function retryDelay(attempt: number, server: number, random: () => number): number {
  const {firstRetryMin: min, firstRetryMax, retryMax} = limits;
  if (attempt === 1 && server) return server;
  const top = attempt === 1 ? firstRetryMax : Math.min(retryMax, firstRetryMax * 2 ** Math.min(attempt, 10));
  return Math.max(server, min + random() * (top - min));
}
