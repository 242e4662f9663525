// When to come back.

export const firstRetryMin = 250;  // ms, as all of these
export const firstRetryMax = 500;
export const retryMax = 15_000;  // cap of our own back-off; a longer wish of the server is kept to

/**
 * Full jitter, so that browsers which lost the same server do not return to it together. `attempt` begins at 1;
 * `wish` is the server's last `retry:` or Retry-After, 0 for none: then the first try comes soon.
 */
export function retryDelay(attempt: number, wish: number, random: () => number): number {
  if (attempt < 2 && wish) return wish + random() * firstRetryMin;
  const top = attempt < 2 ? firstRetryMax : Math.min(retryMax, firstRetryMax * 2 ** attempt);
  return Math.max(wish, firstRetryMin + random() * (top - firstRetryMin));
}
