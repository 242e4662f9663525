// A React hook. The core knows nothing of React, and this file nothing but two functions of it.

import {useMemo, useSyncExternalStore} from 'react';

import {BlotterStream} from './stream.js';
import type {Status, StreamOptions} from './types.js';

/** A new object with each change, and only then. */
export interface Blotter<Row> {
  /** The live rows: always the same Map, so that nothing is copied. Depend on `version`, or on this whole object. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly version: number;
  readonly status: Status;
  readonly stream: BlotterStream<Row>;
}

export interface Store<Row> {
  subscribe(notify: () => void): () => void;
  snapshot(): Blotter<Row>;
}

/** Opens with its first subscriber and rests with its last; notifies at most once a frame. */
export function blotterStore<Row>(stream: BlotterStream<Row>): Store<Row> {
  let shown: Blotter<Row> = {rows: stream.rows, version: 0, status: stream.status, stream};
  const subscribers = new Set<() => void>();
  let leave: (() => void)[] = [];
  let cancel: (() => void) | undefined;

  const tell = () => {
    cancel = undefined;
    shown = {...shown, version: shown.version + 1, status: stream.status};
    for (const notify of subscribers) notify();
  };
  const changed = () => { cancel ??= nextFrame(tell); };
  const rest = () => {
    cancel?.();
    cancel = undefined;
    for (const undo of leave) undo();
    leave = [];
    stream.pause();
  };

  return {
    subscribe(notify) {
      const mine = () => notify();
      if (!subscribers.size) {
        leave = [stream.on('rows', changed), stream.on('status', changed)];
        stream.open();
      }
      subscribers.add(mine);
      return () => {
        if (subscribers.delete(mine) && !subscribers.size) rest();
      };
    },
    snapshot: () => shown,
  };
}

/** Frames do not come while a page is hidden: a slow timer does as well there. */
function nextFrame(f: () => void): () => void {
  if (typeof requestAnimationFrame === 'function' && document.visibilityState === 'visible') {
    const frame = requestAnimationFrame(f);
    return () => cancelAnimationFrame(frame);
  }
  const timer = setTimeout(f, 100);
  return () => clearTimeout(timer);
}

/**
 * The live table of one client. `url` is that of its events; another url is another stream. `options` are read when
 * the stream is made: they may be written in place.
 */
export function useBlotter<Row = Record<string, unknown>>(url: string, options: StreamOptions<Row> = {}): Blotter<Row> {
  // Only the address makes a new stream: an object written in place is another one at each render.
  const store = useMemo(() => blotterStore(new BlotterStream<Row>(url, options)), [url]);
  return useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
}
