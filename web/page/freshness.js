// The one badge: is what I look at current? A pure function of the stream's state and the clock.

const staleText = {
  loading: 'rows are being loaded',
  feed: 'the feed is lost',
  router: 'a router is lost',
};

const seconds = (ms) => `${Math.max(0, Math.round(ms / 1000))} s`;
const clock = (ms) => new Date(ms).toLocaleTimeString(undefined, {hour12: false});

/**
 * `state` as BlotterStream has it; `behind` ms or undefined; `beatMs` the period; `rows` how many are shown.
 * Gives kind (live, loading, delayed, reconnecting, stale, stopped), label, detail and whether to dim the rows.
 */
export function freshness({state, behind, beatMs, rows, now}) {
  const why = state.text || state.reason;
  switch (state.state) {
    case 'live':
      if (behind !== undefined && behind > 2.5 * beatMs) {
        return {kind: 'delayed', label: `Delayed ${seconds(behind)}`, detail: 'news arrives late', dim: true};
      }
      return {kind: 'live', label: 'Live', detail: '', dim: false};
    case 'loading':
      if (rows > 0 && state.reason !== 'new' && state.reason !== 'resumed') {
        return {kind: 'loading', label: 'Loading', detail: `all rows anew: ${why}`, dim: true};
      }
      return {kind: 'loading', label: 'Loading', detail: '', dim: false};
    case 'stale': {
      const text = state.text || staleText[state.reason] || state.reason;
      return {kind: 'stale', label: 'Stale', detail: `since ${clock(state.since)}: ${text}`, dim: true};
    }
    case 'closed':
      return {kind: 'stopped', label: 'Stopped', detail: why, dim: true};
    default: {
      const label = rows > 0 ? 'Reconnecting' : 'Connecting';
      const kind = rows > 0 ? 'reconnecting' : 'connecting';
      const wait = state.retryAt > now ? `next try in ${seconds(state.retryAt - now)}` : '';
      return {kind, label, detail: [why, wait].filter(Boolean).join(', '), dim: rows > 0};
    }
  }
}
