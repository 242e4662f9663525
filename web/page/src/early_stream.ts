// A stream that was asked for before there was anybody to read it, and who takes it over.

/** For who reads it at once: what waits longer than that is old news. */
const freshFor = 3000;  // ms

export interface Early {
  url: string;
  at: number;  // ms, of `performance.now()`
  answer: Promise<Response>;
  abort: AbortController;
}

declare global {
  var blotterEarly: Early | undefined;
}

export const eventsOf = (client: string) => `v1/clients/${encodeURIComponent(client)}/events`;

/** `direct` in the address: the gateway is only asked for the client's node, and the stream comes from that. */
export const isDirect = () => new URLSearchParams(location.hash.slice(1)).has('direct');

/** As `fetch`. The first one gets what was asked for early, if that is what it wants; otherwise that is given up. */
export function fetchStream(url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const early = globalThis.blotterEarly;
  if (!early) return fetch(url, init);
  globalThis.blotterEarly = undefined;
  if (early.url !== url || performance.now() - early.at > freshFor) {
    early.abort.abort();
    return fetch(url, init);
  }
  init.signal?.addEventListener('abort', () => early.abort.abort());
  return early.answer;
}
