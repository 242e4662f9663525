// Runs before the page's own script is there: asks for the rows of the client in the address, so that they are on their
// way while that script is fetched and compiled.

import {eventsOf, isDirect, type Early} from './early_stream';

const client = new URLSearchParams(location.hash.slice(1)).get('client');
if (client && !isDirect() && document.visibilityState === 'visible') {
  const abort = new AbortController();
  const url = `${eventsOf(client)}?beat=1`;
  const answer = fetch(url, {headers: {Accept: 'text/event-stream'}, signal: abort.signal, cache: 'no-store'});
  answer.catch(() => {});  // whoever takes it is told
  globalThis.blotterEarly = {url, at: performance.now(), answer, abort} satisfies Early;
}
