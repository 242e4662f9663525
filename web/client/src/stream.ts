// One client's live table over one event stream (docs/protocol.md): rows, whether they are current, and coming back
// after any failure with only what changed.

import type {Version} from './checksum.js';
import {Clock} from './clock.js';
import {answerMax, answerSlow, gapMin, lateMax, provenAfter, refusedMax, serverRetryMax, silentBeats, successorMax,
        tick, type Connection} from './connection.js';
import {followLife, platformOf} from './platform.js';
import {Ledger, type WireRow} from './ledger.js';
import {retryDelay, retryMax} from './retry.js';
import {Speaker} from './speaker.js';
import {eventCharsMax} from './sse.js';
import {openFetch} from './transport.js';
import type {Batch, Beat, Counters, Ears, Hello, Platform, Problem, Proof, Reason, Status, StreamEvents,
             StreamOptions, StreamState, Verified} from './types.js';

const said = (words: unknown): string => String(words ?? '');

export class BlotterStream<Row = Record<string, unknown>> implements AsyncIterable<Batch<Row>> {
  readonly counters: Counters = {connects: 0, streams: 0, resumes: 0, resets: 0, moves: 0, mismatches: 0,
                                 backwards: 0, rows: 0, bytes: 0};
  #url: string;
  #options: StreamOptions<Row>;
  #platform: Platform;
  #speaker: Speaker<Row>;
  #clock = new Clock();
  #following: AbortController | undefined;
  #timer: unknown;  // the only one: the watchdog while connected, the next try while waiting
  #verified: Verified | undefined;
  #hello: Hello | undefined;

  #ledger: Ledger<Row>;
  #current: Connection | undefined;  // feeds the rows
  #next: Connection | undefined;  // its successor, while we move
  #retry = 0;  // the server's last wish, ms
  #attempt = 0;
  #refused = 0;
  #asking: Promise<string> | undefined;
  #tokenRefused = false;

  /** `url` is that of a client's events: `/v1/clients/{client}/events`. Nothing happens before `open`. */
  constructor(url: string | URL, options: StreamOptions<Row> = {}) {
    this.#url = String(url);
    this.#options = options;
    this.#platform = platformOf(options.platform);
    this.#speaker = new Speaker(this.#platform);
    this.#ledger = new Ledger(this.counters, (raw, key) => this.#parse(raw, key));
  }

  /** The live rows by key. Always the same Map; do not change it. Do not read it while a batch is being awaited. */
  get rows(): ReadonlyMap<string, Row> { return this.#ledger.shown.rows; }
  get status(): Status { return this.#speaker.status; }
  get state(): StreamState { return this.status.state; }
  /** Of the rows as they are now. */
  get proof(): Proof { return {count: this.#ledger.shown.versions.size, checksum: `${this.#ledger.shown.sum}`}; }
  /** The last comparison with the server. */
  get verified(): Verified | undefined { return this.#verified; }
  get hello(): Hello | undefined { return this.#hello; }
  /** Partition and offset of the record that a row comes from. */
  versionOf(key: string): Version | undefined { return this.#ledger.shown.versions.get(key); }

  /** ms that news may be behind, by the server's clock; undefined before the server spoke. */
  get behind(): number | undefined {
    const c = this.#current;
    return c?.greeted ? Math.max(0, this.#platform.monotonic() - c.beatAt) : undefined;
  }

  /** Calls `listener` from now on. Gives its undo. */
  on<Name extends keyof StreamEvents<Row>>(name: Name, listener: (value: StreamEvents<Row>[Name]) => void): () => void {
    return this.#speaker.on(name, listener);
  }

  /** Starts, goes on after `pause`, or tries at once instead of waiting. Otherwise does nothing. */
  open(): this {
    const {signal} = this.#options;
    if (signal?.aborted) this.close('aborted');
    if (this.state !== 'idle' && this.state !== 'waiting') return this;
    this.#following ??= followLife(this.#platform, signal, {
      rest: (reason) => this.#rest('idle', reason),
      wake: () => this.state === 'idle' && this.open(),
      look: () => this.#look(),
      online: () => this.#look(true),
      aborted: () => this.close('aborted'),
    });
    this.#current = this.#connect();
    this.#enter('connecting', this.state === 'idle' ? 'opened' : this.status.reason, this.status.text);
    return this;
  }

  /** Gives the connection back, and every timer and listener; keeps the rows: `open` goes on from there. */
  pause(reason: Reason = 'paused'): void {
    this.#leave('idle', reason);
  }

  /** Ends the stream for good. Rows stay readable. */
  close(reason: Reason = 'closed', text = ''): void {
    this.#leave('closed', reason, text);
    this.#speaker.end();
  }

  /** Asks for the whole table anew. The rows stay until it is here. */
  reload(reason: Reason = 'reload', text = ''): void {
    this.#ledger.forget();
    this.#retry = 0;
    this.#drop(this.#next);  // it asked with the bookmark that is not to be believed
    this.#next = undefined;
    if (this.#current) this.#lost(this.#current, reason, text);
  }

  /** Recounts and sums all rows from scratch, and loads them anew if they are not what they should be. */
  verify(): boolean {
    const sound = this.#ledger.shown.isSound();
    if (!sound) this.reload('mismatch');
    return sound;
  }

  /** First what is there, then what changes; what comes while the consumer is busy is merged. Ends with the stream. */
  [Symbol.asyncIterator](): AsyncIterator<Batch<Row>, undefined> {
    return this.#speaker.reader(this.rows);
  }

  #enter(state: StreamState, reason: Reason, text?: string, retryAt?: number): void {
    this.#speaker.enter(state, reason, text, this.#attempt, retryAt);
  }

  // ---- connections ----

  #connect(): Connection {
    const now = this.#platform.monotonic();
    const {beat = 1, hiddenBeat = 10} = this.#options;
    const seconds = this.#platform.document?.visibilityState === 'hidden' ? hiddenBeat : beat;
    const ms = seconds * 1000;
    const c: Connection = {end: () => {}, openedAt: now, bytesAt: now, beatAt: now, lateSince: 0, askedMs: ms, beatMs: ms,
                           heldChars: 0};
    const {bookmark} = this.#ledger.table;
    this.counters.connects++;
    // What a connection says after it was dropped is never heard.
    const heard = <A extends unknown[]>(f: (...a: A) => void) => (...a: A) => { if (!c.dropped) f(...a); };
    const request = {url: this.#url + (this.#url.includes('?') ? '&' : '?') + `beat=${seconds}`, bookmark,
                     token: () => this.#token()};
    const ears: Ears = {
      answered: heard(() => { c.answered = true; c.bytesAt = this.#platform.monotonic(); }),
      bytes: heard((count) => {
        this.counters.bytes += count;
        this.#ran();
        c.bytesAt = this.#platform.monotonic();
      }),
      event: heard((name, data, id) => this.#hear(c, name, data, id)),
      retry: heard((ms) => { this.#retry = Math.min(ms, serverRetryMax); }),
      ended: heard(() => this.#lost(c, c.bye?.reason ?? 'ended')),
      refused: heard((status, ms, problem) => this.#refuse(c, status, ms, problem)),
      failed: heard((cause, reason) => {
        this.#speaker.problem(reason, String(cause), {cause});
        this.#lost(c, reason, String(cause));
      }),
    };
    const {transport, fetch: fetcher = fetch} = this.#options;
    c.end = transport ? transport(request, ears) : openFetch(request, ears, fetcher);
    this.#ran();
    this.#watch();
    return c;
  }

  /** One question at a time; a token that was refused is not used again. */
  async #token(): Promise<string | undefined> {
    const {token} = this.#options;
    if (typeof token !== 'function') return token;
    const why = this.#tokenRefused ? 'refused' : 'connect';
    this.#asking ??= Promise.resolve(token(why)).finally(() => { this.#asking = undefined; });
    return this.#asking;
  }

  #drop(c: Connection | undefined): void {
    if (!c || c.dropped) return;
    c.dropped = true;
    c.held = undefined;
    c.end();
  }

  #leave(state: StreamState, reason: Reason, text?: string): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#rest(state, reason, text);
  }

  #rest(state: StreamState, reason: Reason, text?: string): void {
    this.#clearTimer();
    this.#drop(this.#next);
    this.#drop(this.#current);
    this.#next = this.#current = undefined;
    this.#enter(state, reason, text);
  }

  #refuse(c: Connection, status: number, retryAfterMs: number, problem: Problem): void {
    const text = `${status} ${problem.detail ?? problem.title ?? ''}`.trim();
    if (retryAfterMs) this.#retry = Math.min(retryAfterMs, serverRetryMax);
    const perhaps = [401, 403, 404].includes(status);
    this.#refused = perhaps ? this.#refused + 1 : 0;
    // A 200 that is no stream comes from somewhere between: a login page, a proxy's own words.
    const forGood = (status >= 400 && status < 500 && ![408, 425, 429].includes(status) && !perhaps) ||
      this.#refused >= refusedMax;
    this.#speaker.problem('refused', text, {status, problem, retryable: !forGood});
    if (forGood && c === this.#current) return this.close('refused', text);
    const fresh = status === 401 && typeof this.#options.token === 'function' && !this.#tokenRefused;
    this.#tokenRefused = status === 401;
    this.#lost(c, 'refused', text, fresh);
  }

  /** A connection is gone: the rows stay, and the bookmark brings us back; `now`: without waiting. */
  #lost(c: Connection, reason: Reason, text = '', now = false): void {
    if (c.dropped) return;
    this.#drop(c);
    if (c === this.#next) {
      this.#next = undefined;
      return this.#unhold();
    }
    if (c !== this.#current) return;
    this.#current = this.#next;
    this.#next = undefined;
    if (this.#current) return this.#enter('connecting', reason, text);  // the old one ended before the new one spoke
    if (c.bye && !c.bye.reconnect) return this.close(reason, text);
    const at = this.#platform.monotonic();
    this.#attempt = c.answered && at - c.openedAt > provenAfter ? 1 : this.#attempt + 1;
    let delay = now ? 0 : retryDelay(this.#attempt, this.#retry, this.#platform.random);
    if (this.#platform.navigator?.onLine === false && !now) {
      // Only a hint: a server on this very machine can be reached. So seldom, but not never.
      [reason, delay] = ['offline', retryMax];
    }
    this.#clearTimer();
    this.#timer = this.#platform.setTimeout(() => { this.open(); }, delay);
    this.#enter('waiting', reason, text, this.#platform.now() + delay);
  }

  /** Opens the successor; until it speaks, what the old stream says is held back. */
  #move(c: Connection, reason: string): void {
    if (this.#next || c !== this.#current || !c.greeted) return;
    c.moveAt = 0;
    c.moveReason = reason;
    c.held = [];
    c.heldChars = 0;
    this.#next = this.#connect();
    this.#speaker.emit('moving', {reason, from: this.#hello?.member ?? '', to: ''});
  }

  /** The successor did not come: on with the old stream, and another try later. */
  #unhold(): void {
    const c = this.#current;
    const held = c?.held;
    if (!c || !held) return;
    c.held = undefined;
    c.moveAt = this.#platform.monotonic() + retryDelay(5, 0, this.#platform.random);
    for (const event of held) {
      if (!c.dropped) event();
    }
  }

  // ---- time ----

  #clearTimer(): void {
    this.#platform.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #watch(): void {
    this.#clearTimer();
    this.#timer = this.#platform.setTimeout(() => {
      this.#timer = undefined;
      const c = this.#current;
      if (c && !this.#ran()) this.#judge(c);
      if (this.#current && !this.#timer) this.#watch();
    }, tick);
  }

  /** Notes that this program runs. True: it did not for a while (sleep, freeze), and the stream was given up. */
  #ran(): boolean {
    const now = this.#platform.monotonic();
    const gap = this.#clock.gap(now, this.#platform.now());
    const c = this.#current;
    if (!c) return false;
    if (gap > Math.max(2 * c.beatMs, gapMin)) {
      this.#drop(this.#next);
      this.#next = undefined;
      this.#lost(c, 'slept', `${Math.round(gap / 1000)} s`, true);
      return true;
    }
    // A shorter one says that this page was busy, not that the server is dead: the next beat gets its time to come.
    if (gap > c.beatMs) c.bytesAt = Math.max(c.bytesAt, now - (silentBeats - 1) * c.beatMs);
    return false;
  }

  #judge(c: Connection): void {
    const now = this.#platform.monotonic();
    const successor = this.#next;
    if (successor && now - successor.openedAt > successorMax) this.#lost(successor, 'unanswered');
    if (!c.answered) {
      if (now - c.openedAt > answerMax) this.#lost(c, 'unanswered');
      else if (now - c.openedAt > answerSlow) {
        this.#enter('connecting', 'crowded');
      }
      return;
    }
    if (now - c.bytesAt > silentBeats * c.beatMs) return this.#lost(c, 'silent');
    if (c.moveAt && now > c.moveAt) this.#move(c, said(c.moveReason));
    if (c.greeted) this.#judgeFreshness(c);
  }

  /** Beats that do not come, or come with an old time. */
  #judgeFreshness(c: Connection): void {
    const now = this.#platform.monotonic();
    const late = now - c.beatAt > silentBeats * c.beatMs;
    c.lateSince = late ? c.lateSince || now : 0;
    if (late && now - c.lateSince > lateMax) {
      this.#clock.of('');  // perhaps it was a clock that changed
      return this.#lost(c, 'late');
    }
    this.#settle();
  }

  #settle(): void {
    const c = this.#current;
    if (!c || (!c.live && !c.stale)) return;
    if (c.stale) this.#enter(c.live ? 'stale' : 'loading', c.stale.reason, c.stale.text);
    else if (c.lateSince) this.#enter('stale', 'late');
    else this.#enter('live', 'current');
  }

  /** Somebody looks, or the network came back: no more waiting, and no trust in what slept. */
  #look(online = false): void {
    const c = this.#current;
    if (this.state === 'waiting') this.open();
    else if (c && !this.#ran()) {
      this.#judge(c);
      if (online) c.greeted ? this.#move(c, 'online') : this.#lost(c, 'online', '', true);
      else if (c.askedMs > (this.#options.beat ?? 1) * 1000) this.#move(c, 'visible');
    }
  }

  // ---- events ----

  #hear(c: Connection, name: string, data: string, id: string | undefined): void {
    if (c.held) {
      c.held.push(() => this.#hear(c, name, data, id));
      c.heldChars += data.length;
      if (c.heldChars > eventCharsMax && this.#next) this.#lost(this.#next, 'unanswered');
      return;
    }
    try {
      const value: unknown = JSON.parse(data);
      this.#event(c, name, value, id);
    } catch (cause) {
      if (c.dropped) return;
      this.#speaker.problem('invalid', `event ${name}`, {cause});
      if (c === this.#current) this.reload('invalid');
      else this.#lost(c, 'invalid');
    }
  }

  #event(c: Connection, name: string, value: any, id: string | undefined): void {
    if (c === this.#next && name === 'bye') return this.#lost(c, 'ended');  // it does not want us
    if (c === this.#next && name !== 'hello' && name !== 'status') return;
    switch (name) {
      case 'hello': this.#greet(c, value as Hello); break;
      case 'reset': this.#reset(c, value as {reason: string; text: string}); break;
      case 'rows': this.#speaker.publish(this.#ledger.take(value as WireRow[], c.live)); break;
      case 'live': this.#live(c, value as Proof); break;
      case 'beat': this.#beat(c, value as Beat & Partial<Proof>); break;
      case 'status':
        c.stale = value.state === 'stale' ? {reason: said(value.reason), text: said(value.text)} : undefined;
        if (c === this.#current) this.#settle();
        break;
      case 'bye': c.bye = {reason: said(value.reason), reconnect: !!value.reconnect}; break;
    }
    if (c.dropped) return;
    // An id that no header could carry is none: an older one only repeats some rows.
    if (id !== undefined && /^[!-~]{0,4096}$/.test(id)) this.#ledger.table.bookmark = id;
    if (name === 'moving') this.#move(c, said(value.reason));  // with the bookmark of this very event
    if (c.bye) {
      if (c.bye.reason === 'shutdown') this.#retry = 0;  // somebody else serves: our own short first retry
      this.#lost(c, c.bye.reason);
    }
  }

  #greet(c: Connection, hello: Hello): void {
    if (hello.protocol !== 1) return this.close('protocol', `the server speaks protocol ${hello.protocol}, not 1`);
    if (c === this.#next || c.greeted) {
      this.counters.moves++;
      this.#speaker.emit('moving', {reason: this.#current?.moveReason ?? 'node', from: this.#hello?.member ?? '', to: hello.member});
    }
    if (c === this.#next) {
      this.#drop(this.#current);
      this.#current = c;
      this.#next = undefined;
    }
    this.#clock.of(hello.member);
    this.#hello = hello;
    this.#refused = 0;
    this.#tokenRefused = false;
    // Behind a gateway another node goes on with what was live: it still is, or `status` says not.
    const goesOn = c.greeted && hello.resumed;
    c.greeted = true;
    c.beatAt = this.#clock.said(this.#platform.monotonic(), hello.time, c.beatAt);
    c.beatMs = hello.beat >= 1 && hello.beat <= 60 ? hello.beat * 1000 : c.askedMs;
    this.counters.streams++;
    if (hello.resumed) this.counters.resumes++;
    else {
      c.live = false;
      this.#ledger.begin();
    }
    this.#speaker.emit('hello', hello);
    if (!c.dropped && !goesOn) this.#enter('loading', hello.resumed ? 'resumed' : hello.reason ?? 'new');
  }

  #reset(c: Connection, {reason, text}: {reason: string; text: string}): void {
    this.counters.resets++;
    c.live = false;
    this.#ledger.begin();
    this.#enter('loading', said(reason), said(text));
  }

  #parse(raw: unknown, key: string): {row: Row} | undefined {
    const {parse} = this.#options;
    try {
      return {row: parse ? parse(raw, key) : (raw as Row)};
    } catch (cause) {
      return void this.#speaker.problem('parse', `row ${key}`, {key, cause});
    }
  }

  #live(c: Connection, proof: Proof): void {
    const batch = this.#ledger.complete();
    c.live = true;
    this.#speaker.publish(batch);
    if (this.#isProven(c, proof)) this.#judgeFreshness(c);
  }

  #isProven(c: Connection, {count, checksum}: Partial<Proof>): boolean {
    if (count === undefined || checksum === undefined || !c.live) return true;
    const mine = this.proof;
    const ok = mine.count === count && mine.checksum === checksum;
    this.#verified = {ok, ...mine, expected: {count, checksum}, at: this.#platform.now()};
    this.#speaker.emit('verified', this.#verified);
    if (ok) return true;
    this.counters.mismatches++;
    this.#speaker.problem('mismatch', `have ${mine.count} rows ${mine.checksum}, the server ${count} rows ${checksum}`);
    this.reload('mismatch');
    return false;
  }

  #beat(c: Connection, beat: Beat & Partial<Proof>): void {
    c.beatAt = this.#clock.said(this.#platform.monotonic(), beat.time, c.beatAt);
    if (!this.#isProven(c, beat)) return;
    this.#speaker.emit('beat', {time: beat.time, lag: beat.lag});
    this.#judgeFreshness(c);
  }
}
