// One client's live table over one event stream (docs/protocol.md): rows, whether they are current, and coming back
// after any failure with only what changed. Knows no DOM: runs in a page, a worker and Node.

import {Checksum, rowSums} from './checksum.js';
import {SseParser} from './sse.js';

/** How long and how often, in milliseconds unless said otherwise. */
export const limits = {
  firstRetryMin: 250,
  firstRetryMax: 500,
  retryMax: 15_000,  // cap of our own back-off; a longer `retry:` of the server is kept to
  serverRetryMax: 300_000,
  provenAfter: 10_000,  // a stream that lived this long makes the next failure a first one again
  answerSlow: 5_000,  // no answer yet: perhaps all connections of this browser are taken
  answerMax: 15_000,
  silentBeats: 2.5,  // periods without a byte after which the stream is given up
  lateMax: 30_000,  // beats that arrive, but late for so long: a backlog or a changed clock, begin anew
  refusedMax: 3,  // answers 401, 403 or 404 in a row that end the stream for good
};

/** Rows with the bookmark that stands for them. */
class Rows {
  map = new Map();  // key -> {key, v, row, sums}
  sum = new Checksum();
  bookmark = '';

  put(entry) {
    const before = this.map.get(entry.key);
    if (before) this.sum.remove(before.sums);
    this.sum.add(entry.sums);
    this.map.set(entry.key, entry);
    return before;
  }

  erase(key) {
    const before = this.map.get(key);
    if (!before) return undefined;
    this.sum.remove(before.sums);
    this.map.delete(key);
    return before;
  }
}

/** A version may not go back within its partition; across partitions versions have no order. */
const isOlder = (v, than) => v[0] === than[0] && v[1] < than[1];

/**
 * States: idle (not opened), connecting, loading (rows come, not all are here), live, stale (the server says that rows
 * may be behind), waiting (for the next try), closed (for good). Rows stay readable in all of them.
 *
 * Events, by `on(name, listener)`, which returns its own undo:
 *   state     {state, reason, text, since, attempt, retryAt}
 *   rows      {changed: [[entry, before]], removed: [entry], snapshot}   one call for each event of the server
 *   beat      {time, lag}
 *   verified  {ok, count, checksum, expected}   after each `live` and `beat`
 *   problem   {code, text}   what went wrong without ending the stream
 */
export class BlotterStream {
  state = {state: 'idle', reason: '', text: '', since: 0, attempt: 0, retryAt: 0};
  counters = {connects: 0, streams: 0, resumes: 0, resets: 0, mismatches: 0, backwards: 0, rows: 0, bytes: 0};
  beatMs = 0;  // period the server said, 0 before
  stats = {verified: null, beat: null, hello: null};

  #url;
  #options;
  #listeners = new Map();
  #shown = new Rows();
  #building = null;  // a new snapshot beside the old rows, until it is whole
  #current = null;  // the connection that feeds the rows
  #next = null;  // its successor, while the server moves us
  #timer = null;
  #retry = 0;  // the server's last `retry:`
  #attempt = 0;
  #refused = 0;
  #status = null;  // the server's last `stale`
  #reachedLive = false;

  /** Options, all optional: beat (seconds, 1 to 30), fetch, now, random, setTimeout, clearTimeout: for tests. */
  constructor(url, options = {}) {
    this.#url = url;
    this.#options = {
      beat: 1,
      fetch: (...a) => fetch(...a),
      now: () => Date.now(),
      random: Math.random,
      setTimeout: (f, ms) => setTimeout(f, ms),
      clearTimeout: (t) => clearTimeout(t),
      ...options,
    };
  }

  /** What to show: key -> {key, v, row}. Do not change it. */
  get rows() { return this.#shown.map; }
  get bookmark() { return (this.#building ?? this.#shown).bookmark; }
  get checksum() { return this.#shown.sum.toString(); }

  on(name, listener) {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }

  /** Starts, or tries again at once when it waits. Does nothing while a stream is open or after `close`. */
  open() {
    if (this.state.state !== 'idle' && this.state.state !== 'waiting') return;
    this.#clearTimer();
    this.#current = this.#connect();
    this.#enter('connecting', this.state.reason, this.state.text);
  }

  /** Gives the connection back and keeps rows and bookmark: `open` goes on from there. */
  pause(reason = 'paused') {
    if (this.state.state === 'closed') return;
    this.#dropAll();
    this.#enter('idle', reason);
  }

  close(reason = 'closed', text = '') {
    this.#dropAll();
    this.#enter('closed', reason, text);
  }

  /** Milliseconds that the rows may be behind, judged by the server's clock; undefined before the first beat. */
  behind() {
    const {beat} = this.stats;
    if (!beat) return undefined;
    return Math.max(0, this.#options.now() - beat.offset - beat.time) + beat.lag;
  }

  /** Judges the stream by the clock: call it a few times a second, and when the page comes back from anywhere. */
  check() {
    const now = this.#options.now();
    const c = this.#current;
    if (!c) return;
    const period = this.beatMs || this.#options.beat * 1000;
    // A late timer says that this page slept, not that the server did: give the next beat its time to come.
    if (now - c.checked > period + 1000) c.bytesAt = Math.max(c.bytesAt, now - (limits.silentBeats - 1) * period);
    c.checked = now;
    if (!c.answered) {
      if (now - c.opened > limits.answerMax) return this.#lost(c, 'unanswered', 'no answer');
      if (now - c.opened > limits.answerSlow && this.state.reason !== 'slow') {
        this.#enter('connecting', 'slow', 'waiting for a free connection (too many tabs?)');
      }
      return;
    }
    if (now - c.bytesAt > limits.silentBeats * period) return this.#lost(c, 'silent', 'the connection went silent');
    if (c.lateSince && now - c.lateSince > limits.lateMax) this.#lost(c, 'late', 'beats came too late for too long');
  }

  #emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => { throw error; });  // a listener's mistake is its own: it must not end the stream
      }
    }
  }

  #enter(state, reason = '', text = '', retryAt = 0) {
    const same = this.state.state === state && this.state.reason === reason && this.state.retryAt === retryAt;
    if (same) return;
    this.state = {state, reason, text, since: this.#options.now(), attempt: this.#attempt, retryAt};
    this.#emit('state', this.state);
  }

  #clearTimer() {
    if (this.#timer !== null) this.#options.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #dropAll() {
    this.#clearTimer();
    this.#drop(this.#next);
    this.#drop(this.#current);
    this.#next = this.#current = null;
  }

  #drop(c) {
    if (!c || c.dropped) return;
    c.dropped = true;
    c.abort.abort();
    c.resumeReading?.();
  }

  #connect() {
    const now = this.#options.now();
    const c = {abort: new AbortController(), opened: now, bytesAt: now, checked: now, answered: false, dropped: false,
               hello: false, offset: undefined, lateSince: 0, gate: null, resumeReading: null};
    this.counters.connects++;
    this.#read(c).catch((error) => {
      if (c.dropped) return;
      this.#emit('problem', {code: 'network', text: String(error?.message ?? error)});
      this.#lost(c, 'network', c.answered ? 'the connection broke' : 'the server cannot be reached');
    });
    return c;
  }

  async #read(c) {
    const url = `${this.#url}?beat=${this.#options.beat}`;
    const headers = {Accept: 'text/event-stream'};
    if (this.bookmark) headers['Last-Event-ID'] = this.bookmark;
    const answer = await this.#options.fetch(url, {headers, cache: 'no-store', signal: c.abort.signal});
    if (c.dropped) return;
    if (!answer.ok || !/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '')) {
      return this.#refusedWith(c, answer);
    }
    c.answered = true;
    c.bytesAt = this.#options.now();
    const parser = new SseParser({
      onEvent: (e) => { if (!c.dropped) this.#event(c, e); },
      onRetry: (ms) => { this.#retry = Math.min(ms, limits.serverRetryMax); },
    });
    const reader = answer.body.getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (c.gate) await c.gate;  // a successor is being asked: the table has one source at a time
      if (c.dropped) return;
      if (done) return this.#lost(c, c.bye?.reason ?? 'ended', 'the server ended the stream');
      c.bytesAt = this.#options.now();
      this.counters.bytes += value.length;
      parser.push(value);
    }
  }

  async #refusedWith(c, answer) {
    const problem = await answer.json().catch(() => ({}));
    if (c.dropped) return;
    const text = `${answer.status} ${problem.detail ?? problem.title ?? ''}`.trim();
    const retryAfter = Number(answer.headers.get('retry-after'));
    if (retryAfter > 0) this.#retry = Math.min(retryAfter * 1000, limits.serverRetryMax);
    const maybe = [401, 403, 404].includes(answer.status);
    this.#refused = maybe ? this.#refused + 1 : 0;
    const forGood = answer.status < 500 && ![408, 425, 429].includes(answer.status) && !maybe;
    if (forGood || this.#refused >= limits.refusedMax) return this.close('refused', text);
    this.#lost(c, 'refused', text);
  }

  /** A connection is gone: whichever one it was, the rows stay and the bookmark brings us back. */
  #lost(c, reason, text) {
    if (c.dropped) return;
    this.#drop(c);
    if (c === this.#next) {
      this.#next = null;
      const current = this.#current;
      current.gate = null;
      current.resumeReading?.();
      return;
    }
    if (c !== this.#current) return;
    if (this.#next) {  // the old one ended before the new one spoke
      this.#current = this.#next;
      this.#next = null;
      return this.#enter('connecting', reason, text);
    }
    this.#current = null;
    if (c.bye && !c.bye.reconnect) return this.close(reason, text);
    const now = this.#options.now();
    this.#attempt = c.answered && now - c.opened > limits.provenAfter ? 1 : this.#attempt + 1;
    const delay = this.#delay();
    this.#timer = this.#options.setTimeout(() => { this.#timer = null; this.open(); }, delay);
    this.#enter('waiting', reason, text, now + delay);
  }

  /** Full jitter, so that browsers which lost the same server do not return to it together. */
  #delay() {
    const {random} = this.#options;
    if (this.#attempt === 1) {
      const {firstRetryMin: min, firstRetryMax: max} = limits;
      return this.#retry || min + random() * (max - min);
    }
    const top = Math.min(limits.retryMax, limits.firstRetryMax * 2 ** Math.min(this.#attempt, 10));
    return Math.max(this.#retry, limits.firstRetryMin + random() * (top - limits.firstRetryMin));
  }

  #event(c, {event, data, id}) {
    let value;
    try {
      value = JSON.parse(data);
    } catch {
      this.#emit('problem', {code: 'json', text: `event ${event} is not JSON`});
      return this.#startOver(c, 'json');
    }
    switch (event) {
      case 'hello': this.#hello(c, value); break;
      case 'reset': this.#reset(value); break;
      case 'rows': this.#rows(value); break;
      case 'live': this.#live(c, value); break;
      case 'beat': this.#beat(c, value); break;
      case 'status': this.#serverStatus(value); break;
      case 'moving': this.#moving(c); break;
      case 'bye': c.bye = value; break;
    }
    if (id !== undefined && !c.dropped) (this.#building ?? this.#shown).bookmark = id;
    if (event === 'bye' && !c.dropped) {
      if (value.reason === 'shutdown') this.#retry = 0;  // somebody else serves: our own short first retry
      this.#lost(c, value.reason, `the server said goodbye: ${value.reason}`);
    }
  }

  #hello(c, hello) {
    if (hello.protocol !== 1) return this.close('protocol', `the server speaks protocol ${hello.protocol}, not 1`);
    if (c === this.#next) {
      this.#drop(this.#current);
      this.#current = c;
      this.#next = null;
    }
    c.hello = true;
    this.#refused = 0;
    this.#status = null;
    this.#reachedLive = false;
    this.stats.hello = hello;
    this.stats.beat = null;
    this.beatMs = (hello.beat || this.#options.beat) * 1000;
    this.counters.streams++;
    if (hello.resumed) this.counters.resumes++;
    else this.#startSnapshot();
    this.#enter('loading', hello.resumed ? 'resumed' : hello.reason);
  }

  /** Rows that are shown stay so until the new ones are whole; with nothing to show, rows show as they come. */
  #startSnapshot() {
    this.#building = this.#shown.map.size > 0 ? new Rows() : null;
    this.#shown.bookmark = '';
  }

  #reset({reason, text}) {
    this.counters.resets++;
    this.#reachedLive = false;
    this.#startSnapshot();
    this.#enter('loading', reason, text);
  }

  #rows(list) {
    const to = this.#building ?? this.#shown;
    const changed = [];
    const removed = [];
    this.counters.rows += list.length;
    for (const {key, v, row, deleted} of list) {
      const now = to.map.get(key);
      if (now && isOlder(v, now.v)) {
        this.counters.backwards++;  // an old value may not come back; the checksum tells if we were wrong
      } else if (deleted) {
        const gone = to.erase(key);
        if (gone) removed.push(gone);
      } else {
        const entry = {key, v, row, sums: rowSums(key, v)};
        changed.push([entry, to.put(entry)]);
      }
    }
    if (to === this.#shown) this.#emit('rows', {changed, removed, snapshot: !this.#reachedLive});
  }

  #live(c, proof) {
    if (this.#building) this.#swap();
    this.#reachedLive = true;
    if (!this.#verify(c, proof)) return;
    if (this.#status) this.#enter('stale', this.#status.reason, this.#status.text);
    else this.#enter('live');
  }

  #swap() {
    const old = this.#shown.map;
    this.#shown = this.#building;
    this.#building = null;
    const changed = [];
    for (const entry of this.#shown.map.values()) changed.push([entry, old.get(entry.key)]);
    const removed = [];
    for (const entry of old.values()) if (!this.#shown.map.has(entry.key)) removed.push(entry);
    this.#emit('rows', {changed, removed, snapshot: true});
  }

  #verify(c, {count, checksum}) {
    if (count === undefined || checksum === undefined || !this.#reachedLive) return true;
    const mine = {count: this.#shown.map.size, checksum: this.checksum};
    const ok = mine.count === count && mine.checksum === checksum;
    this.stats.verified = {ok, ...mine, expected: {count, checksum}, at: this.#options.now()};
    if (!ok) {
      this.counters.mismatches++;
      const text = `have ${mine.count} rows ${mine.checksum}, server ${count} rows ${checksum}`;
      this.#emit('problem', {code: 'mismatch', text});
    }
    this.#emit('verified', this.stats.verified);
    if (!ok) this.#startOver(c, 'mismatch');
    return ok;
  }

  /** Our table cannot be trusted: ask for a whole one. The old one stays in sight, marked, until that is here. */
  #startOver(c, reason) {
    this.#building = null;
    this.#shown.bookmark = '';
    this.#lost(c, reason, 'the table could not be verified and is loaded anew');
  }

  #beat(c, beat) {
    const now = this.#options.now();
    c.offset = Math.min(c.offset ?? Infinity, now - beat.time);
    this.stats.beat = {time: beat.time, lag: beat.lag ?? 0, offset: c.offset};
    const late = now - c.offset - beat.time > limits.silentBeats * this.beatMs;
    c.lateSince = late ? c.lateSince || now : 0;
    if (!this.#verify(c, beat)) return;
    this.#emit('beat', beat);
  }

  #serverStatus({state, reason, text}) {
    this.#status = state === 'stale' ? {reason, text} : null;
    if (this.#status) this.#enter('stale', reason, text);
    else this.#enter(this.#reachedLive ? 'live' : 'loading');
  }

  /** Opens the successor; until it speaks, the old stream is not read, so that rows have one source at a time. */
  #moving(c) {
    if (this.#next || c !== this.#current) return;
    c.gate = new Promise((resolve) => { c.resumeReading = resolve; });
    queueMicrotask(() => {  // after the bookmark of this very event has been kept
      if (c.dropped || this.#current !== c) return;
      this.#next = this.#connect();
    });
  }
}

/** Ties a stream to the life of a page: hidden, cached, asleep, offline, and back. Returns its own undo. */
export function followPage(stream, page = globalThis) {
  const undo = [];
  const listen = (target, name, listener) => {
    target.addEventListener(name, listener);
    undo.push(() => target.removeEventListener(name, listener));
  };
  const look = () => {
    stream.check();
    if (stream.state.state === 'waiting') stream.open();  // someone looks: try now
  };
  // A page in the back/forward cache may hold no connection.
  listen(page, 'pagehide', () => stream.pause('hidden'));
  listen(page, 'pageshow', (e) => { if (e.persisted) stream.open(); });
  listen(page, 'online', look);
  listen(page, 'offline', () => stream.check());  // only a hint: the watchdog decides
  listen(page.document, 'resume', look);
  listen(page.document, 'visibilitychange', () => { if (page.document.visibilityState === 'visible') look(); });
  const timer = page.setInterval(() => stream.check(), 250);
  undo.push(() => page.clearInterval(timer));
  return () => undo.forEach((f) => f());
}
