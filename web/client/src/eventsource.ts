// An event stream over the browser's EventSource: where fetch cannot stream.

import type {Transport} from './types.js';

const names = ['hello', 'reset', 'rows', 'live', 'beat', 'status', 'moving', 'bye'];

/**
 * Sees neither status nor Retry-After and sends no token. An EventSource may come back by itself, and in some browsers
 * never does: here it lives for one connection only.
 */
export const eventSource: Transport = ({url, bookmark}, ears) => {
  const source = new EventSource(bookmark ? `${url}&bookmark=${encodeURIComponent(bookmark)}` : url);
  let last = '';  // lastEventId stands until another comes: only a new one belongs to the event
  for (const name of names) {
    source.addEventListener(name, (e: MessageEvent<string>) => {
      const id = e.lastEventId === last ? undefined : (last = e.lastEventId);
      ears.bytes(e.data.length);
      ears.event(name, e.data, id);
    });
  }
  source.onopen = () => ears.answered();
  source.onerror = () => {
    source.close();
    ears.ended();
  };
  return () => source.close();
};
