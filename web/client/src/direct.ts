// The stream straight from the node that has the client: a gateway only says which.

import {openFetch, readProblem, retryAfter} from './transport.js';
import type {Place, Reason, Transport} from './types.js';

/**
 * Asks the gateway for the client's place before each connection, and connects to that node with the ticket that it
 * gives. The gateway must have keys for tickets, and the nodes must allow this page's origin.
 */
export function direct(fetcher: typeof fetch = fetch): Transport {
  return (request, ears) => {
    const abort = new AbortController();
    const {signal} = abort;
    let end = (): void => {};
    void (async () => {
      let failing: Reason = 'token';
      try {
        const headers: Record<string, string> = {};
        const token = await request.token();
        if (token) headers['Authorization'] = `Bearer ${token}`;
        if (signal.aborted) return;
        failing = 'network';
        const [events = '', query = ''] = request.url.split('?');
        const answer = await fetcher(events.replace(/events$/, 'place'), {headers, signal, cache: 'no-store'});
        if (!answer.ok) {
          const wish = retryAfter(answer.headers.get('retry-after'));
          return ears.refused(answer.status, wish, await readProblem(answer.body?.getReader()));
        }
        failing = 'invalid';
        const {url, ticket} = await answer.json() as Place;
        if (signal.aborted) return;
        // The ticket is all that the node is shown: the token is the gateway's.
        end = openFetch({url: `${url}?${query}&ticket=${ticket}`, bookmark: request.bookmark, token: async () => undefined},
                        {...ears, refused: (status, wish, problem) => {
                          // The gateway lets us in. A ticket that a node does not take is for one that is gone, or too
                          // old: the next place is asked for, however often that happens.
                          if (status !== 401 && status !== 403) ears.refused(status, wish, problem);
                          else ears.failed(`${status} ${problem.detail ?? problem.title ?? ''}`.trim(), 'refused');
                        }}, fetcher);
      } catch (error) {
        if (!signal.aborted) ears.failed(error, failing);
      }
    })();
    return () => {
      abort.abort();
      end();
    };
  };
}
