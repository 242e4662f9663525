// A network, a page and a clock in the hands of a test.

import assert from 'node:assert/strict';

import {library} from './load.mjs';

export const {BlotterStream, checksumOf} = library;

/** Lets promises and streams come to rest. */
export const settled = async () => { for (let i = 0; i < 4; i++) await new Promise((r) => setImmediate(r)); };

export const row = (key, offset, value = offset, partition = 0) => ({key, v: [partition, offset], row: {x: value}});
export const gone = (key, offset, partition = 0) => ({key, v: [partition, offset], deleted: true});
export const proof = (rows) => ({count: rows.length, checksum: checksumOf(rows)});

/** An EventTarget that knows how many listen. */
export class Target {
  listeners = new Map();
  count = 0;

  addEventListener(name, f, {signal} = {}) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), f]);
    this.count++;
    signal?.addEventListener('abort', () => this.removeEventListener(name, f));
  }

  removeEventListener(name, f) {
    const left = (this.listeners.get(name) ?? []).filter((each) => each !== f);
    this.count -= (this.listeners.get(name) ?? []).length - left.length;
    this.listeners.set(name, left);
  }

  async fire(name, event = {}) {
    for (const f of this.listeners.get(name) ?? []) f(event);
    await settled();
  }
}

export class World {
  time = 1_000_000;
  timers = [];
  requests = [];
  statuses = [];
  batches = [];
  problems = [];
  window = new Target();
  document = Object.assign(new Target(), {visibilityState: 'visible'});
  navigator = {onLine: true};

  fetch = (url, init) => new Promise((resolve, reject) => this.#request(url, init, resolve, reject));

  /** `options`: of the stream, or what makes them of our fetch. */
  constructor(options = {}) {
    this.stream = new BlotterStream('/v1/clients/c1/events', {
      platform: {
        now: () => this.time,
        monotonic: () => this.time,
        random: () => 0.5,
        setTimeout: (f, ms) => { const t = {f, at: this.time + ms}; this.timers.push(t); return t; },
        clearTimeout: (t) => { this.timers = this.timers.filter((x) => x !== t); },
        window: this.window,
        document: this.document,
        navigator: this.navigator,
      },
      fetch: this.fetch,
      ...(typeof options === 'function' ? options(this.fetch) : options),
    });
    this.stream.on('status', (s) => this.statuses.push(s));
    this.stream.on('rows', (b) => this.batches.push(b));
    this.stream.on('problem', (p) => this.problems.push(p));
  }

  #request(url, {headers, signal}, resolve, reject) {
    const request = {url, headers, reject, signal, aborted: false};
    signal.addEventListener('abort', () => { request.aborted = true; reject(new Error('aborted')); });
    request.answer = (status, said, body) => { resolve(new Response(body, {status, headers: said})); return settled(); };
    request.accept = () => {
      const body = new ReadableStream({start: (c) => { request.body = c; }});
      signal.addEventListener('abort', () => { try { request.body.error(new Error('aborted')); } catch {} });
      return request.answer(200, {'content-type': 'text/event-stream'}, body);
    };
    request.raw = (text) => { request.body.enqueue(new TextEncoder().encode(text)); return settled(); };
    request.send = (event, data, id) => request.raw(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    request.end = () => { request.body.close(); return settled(); };
    this.requests.push(request);
  }

  get request() { return this.requests.at(-1); }
  get states() { return this.statuses.map((s) => s.state); }
  get codes() { return this.problems.map((p) => p.code); }
  get shown() { return Object.fromEntries([...this.stream.rows].map(([key, value]) => [key, value.x])); }
  get at() { return [this.stream.state, this.stream.status.reason]; }
  /** ms until the next try. */
  get wait() { return this.stream.status.retryAt - this.time; }

  /** Lets time go by; timers fire when they are due. */
  async pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const next = this.timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      await this.fire();
    }
    this.time = until;
  }

  /** Nothing runs for so long. */
  async sleep(ms) {
    this.time += ms;
    await this.fire();
  }

  async fire() {
    for (const t of this.timers.filter((x) => x.at <= this.time)) {
      if (!this.timers.includes(t)) continue;
      this.timers = this.timers.filter((x) => x !== t);
      t.f();
    }
    await settled();
  }

  /** `seconds` with a beat in each, as a server on this clock sends them. */
  async beats(seconds, rows, request = this.request) {
    for (let i = 0; i < seconds; i++) {
      await this.pass(1000);
      await request.send('beat', {time: this.time, lag: 0, ...(rows && proof(rows))});
    }
  }

  async greet({resumed = false, member = 'm-1', beat = 1, reason = 'new', time, request = this.request} = {}) {
    await request.accept();
    await request.send('hello', {protocol: 1, member, resumed, ...(resumed ? {} : {reason}), beat, time});
  }

  /** An open stream that is live with `rows`. */
  static async live(rows = [row('A', 1), row('B', 2)], options = {}) {
    const world = new World(options);
    world.stream.open();
    await settled();
    await world.greet();
    await world.request.send('rows', rows, 'bm1');
    await world.request.send('live', proof(rows), 'bm2');
    assert.deepEqual(world.at, ['live', 'current']);
    return world;
  }
}
