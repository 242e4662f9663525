// The world as the library finds it, and the life of the page that it runs in.

import type {Platform} from './types.js';

/** `given` wins, field by field. Works in pages, workers and Node. */
export function platformOf(given: Partial<Platform> = {}): Platform {
  const {addEventListener, document, navigator} = globalThis as Partial<typeof globalThis>;
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    setTimeout: (f, ms) => setTimeout(f, ms),
    clearTimeout: (timer) => clearTimeout(timer as number),
    window: addEventListener && globalThis,
    document,
    navigator,
    ...given,
  };
}

export interface Life {
  /** No connection may be held from now on: the page goes into the back/forward cache, or is frozen. */
  rest(reason: 'hidden' | 'frozen'): void;
  /** Back from there. */
  wake(): void;
  /** Somebody looks again. */
  look(): void;
  online(): void;
  /** Its user has had enough. */
  aborted(): void;
}

/** Gives what ends it: `abort`. */
export function followLife({window, document}: Platform, signal: AbortSignal | undefined, life: Life): AbortController {
  const end = new AbortController();
  const listen = (target: Platform['window'], name: string, f: (e: Event) => void): void =>
    target?.addEventListener(name, f, end);  // which is read for its `signal`
  listen(signal, 'abort', life.aborted);
  listen(window, 'pagehide', () => life.rest('hidden'));
  listen(window, 'pageshow', (e) => (e as PageTransitionEvent).persisted && life.wake());
  listen(window, 'online', life.online);
  listen(document, 'freeze', () => life.rest('frozen'));
  listen(document, 'resume', life.wake);
  listen(document, 'visibilitychange', () => document?.visibilityState === 'visible' && life.look());
  return end;
}
