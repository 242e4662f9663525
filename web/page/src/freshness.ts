// The one badge: is what I look at current? A pure function of the stream's state and the clock.

import type {SourceStatus} from './source';

const staleText: Record<string, string> = {
  loading: 'rows are being loaded',
  feed: 'the feed is lost',
  router: 'a router is lost',
};

/** Why there is no connection. What a browser says of that itself, "TypeError: Failed to fetch", tells nobody anything. */
const lostText: Record<string, string> = {
  network: 'no connection',
  ended: 'the connection was cut',
  silent: 'the server fell silent',
  unanswered: 'no answer',
  slept: 'this machine was asleep',
  offline: 'this machine is offline',
  shutdown: 'the server ended in order',
  overload: 'the server has too much to do',
  mismatch: 'the rows were not the server\'s',
};

const crowdedText = 'no answer: too many tabs? A browser keeps 6 connections to a server, one for each tab: close one';
const seconds = (ms: number) => `${Math.max(0, Math.round(ms / 1000))} s`;
export const clock = (ms: number) => new Date(ms).toLocaleTimeString(undefined, {hour12: false});

export interface Seen {
  state: SourceStatus;
  /** ms that the rows may be behind, by the server's clock. */
  behind: number | undefined;
  beatMs: number;
  /** How many are shown. */
  rows: number;
  now: number;
}

export interface Freshness {
  kind: 'live' | 'loading' | 'delayed' | 'stale' | 'stopped' | 'reconnecting' | 'connecting';
  label: string;
  detail: string;
  dim: boolean;
}

export function freshness({state, behind, beatMs, rows, now}: Seen): Freshness {
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
      if (state.reason === 'late') {
        return {kind: 'delayed', label: `Delayed ${seconds(behind ?? 0)}`, detail: 'news arrives late', dim: true};
      }
      const text = state.text || staleText[state.reason] || state.reason;
      return {kind: 'stale', label: 'Stale', detail: `since ${clock(state.since)}: ${text}`, dim: true};
    }
    case 'closed':
      return {kind: 'stopped', label: 'Stopped', detail: why, dim: true};
    default: {
      const label = rows > 0 ? 'Reconnecting' : 'Connecting';
      const kind = rows > 0 ? 'reconnecting' : 'connecting';
      if (state.reason === 'crowded') {
        return {kind, label: rows > 0 ? label : 'Waiting', detail: crowdedText, dim: rows > 0};
      }
      const wait = state.retryAt > now ? `next try in ${seconds(state.retryAt - now)}` : '';
      return {kind, label, detail: [lostText[state.reason] ?? why, wait].filter(Boolean).join(', '), dim: rows > 0};
    }
  }
}
