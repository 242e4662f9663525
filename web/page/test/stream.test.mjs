import assert from 'node:assert/strict';
import test from 'node:test';

import {Checksum, rowSums} from '../checksum.js';
import {BlotterStream, limits} from '../stream.js';

/** A network and a clock in the hands of the test. */
class World {
  time = 1_000_000;
  timers = [];
  requests = [];
  states = [];
  batches = [];
  problems = [];

  constructor(options = {}) {
    this.stream = new BlotterStream('/v1/clients/c1/events', {
      now: () => this.time,
      random: () => 0.5,
      setTimeout: (f, ms) => { const t = {f, at: this.time + ms}; this.timers.push(t); return t; },
      clearTimeout: (t) => { this.timers = this.timers.filter((x) => x !== t); },
      fetch: (url, init) => new Promise((resolve, reject) => {
        const request = {url, headers: init.headers, reject, signal: init.signal};
        init.signal.addEventListener('abort', () => { request.aborted = true; reject(new Error('aborted')); });
        request.answer = (status, headers, body) => resolve(new Response(body, {status, headers}));
        request.accept = () => {
          const body = new ReadableStream({start: (c) => { request.body = c; }});
          init.signal.addEventListener('abort', () => { try { request.body.error(new Error('aborted')); } catch {} });
          request.answer(200, {'content-type': 'text/event-stream'}, body);
          return settled();
        };
        request.send = (event, data, id) => {
          const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
          request.body.enqueue(new TextEncoder().encode(text));
          return settled();
        };
        request.raw = (text) => { request.body.enqueue(new TextEncoder().encode(text)); return settled(); };
        this.requests.push(request);
      }),
      ...options,
    });
    this.stream.on('state', (s) => this.states.push(s.state));
    this.stream.on('rows', (b) => this.batches.push(b));
    this.stream.on('problem', (p) => this.problems.push(p.code));
  }

  get request() { return this.requests.at(-1); }

  /** Moves the clock; timers fire when it stops. */
  async pass(ms, step = ms) {
    for (let left = ms; left > 0; left -= step) {
      this.time += Math.min(step, left);
      for (const t of this.timers.filter((x) => x.at <= this.time)) {
        this.timers = this.timers.filter((x) => x !== t);
        t.f();
      }
      this.stream.check();
      await settled();
    }
  }

  /** An open stream that is live with `rows`. */
  static async live(rows = [row('A', 1), row('B', 2)], options = {}) {
    const world = new World(options);
    world.stream.open();
    await world.request.accept();
    await world.request.send('hello', {protocol: 1, member: 'm', resumed: false, reason: 'new', beat: 1});
    await world.request.send('rows', rows, 'bm1');
    await world.request.send('live', proof(rows), 'bm2');
    assert.equal(world.stream.state.state, 'live');
    return world;
  }
}

/** Lets promises and streams come to rest. */
const settled = async () => { for (let i = 0; i < 3; i++) await new Promise((r) => setImmediate(r)); };

const row = (key, offset, value = offset, partition = 0) => ({key, v: [partition, offset], row: {x: value}});

function proof(rows) {
  const sum = new Checksum();
  for (const {key, v} of rows) sum.add(rowSums(key, v));
  return {count: rows.length, checksum: sum.toString()};
}

const shown = (world) => Object.fromEntries([...world.stream.rows].map(([k, e]) => [k, e.row.x]));

test('shows rows as they come at first, and is live when the server says so', async () => {
  const world = await World.live();
  assert.deepEqual(shown(world), {A: 1, B: 2});
  assert.deepEqual(world.states, ['connecting', 'loading', 'live']);
  assert.equal(world.stream.stats.verified.ok, true);
  assert.equal(world.request.url, '/v1/clients/c1/events?beat=1');
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
});

test('applies updates and deletes and ignores a delete of an unknown row', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 5), {key: 'B', v: [0, 6], deleted: true},
                                    {key: 'never seen', v: [0, 7], deleted: true}], 'bm3');
  assert.deepEqual(shown(world), {A: 5});
  assert.equal(world.batches.at(-1).changed[0][1].row.x, 1, 'the value before travels along, for the flash');
  assert.deepEqual(world.batches.at(-1).removed.map((e) => e.key), ['B']);
  await world.request.send('beat', {time: 0, lag: 0, ...proof([row('A', 5)])});
  assert.equal(world.stream.stats.verified.ok, true);
});

test('never goes back to an older version of a row', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 0, 'old')]);
  assert.deepEqual(shown(world), {A: 1, B: 2});
  assert.equal(world.stream.counters.backwards, 1);
});

test('takes a row that moved to another partition, whatever its offset', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 0, 'moved', 7)]);
  assert.deepEqual(shown(world), {A: 'moved', B: 2});
});

test('comes back by itself with the bookmark and keeps its rows in sight', async () => {
  const world = await World.live();
  world.request.body.close();
  await settled();
  assert.equal(world.stream.state.state, 'waiting');
  assert.deepEqual(shown(world), {A: 1, B: 2});
  await world.pass(limits.firstRetryMax);
  assert.equal(world.requests.length, 2);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, member: 'm', resumed: true, beat: 1});
  await world.request.send('rows', [row('B', 9)], 'bm4');
  await world.request.send('live', proof([row('A', 1), row('B', 9)]), 'bm5');
  assert.deepEqual(shown(world), {A: 1, B: 9});
  assert.equal(world.stream.state.state, 'live');
});

test('on reset keeps the old rows in sight and swaps when the new ones are whole', async () => {
  const world = await World.live();
  await world.request.send('reset', {reason: 'generation', text: 'topic was created again'});
  await world.request.send('rows', [row('A', 0, 'new')], 'gen2');
  assert.deepEqual(shown(world), {A: 1, B: 2});
  assert.equal(world.stream.bookmark, 'gen2', 'a bookmark stands for the rows that are being built');
  await world.request.send('live', proof([row('A', 0)]), 'gen2b');
  assert.deepEqual(shown(world), {A: 'new'});
  const {changed, removed, snapshot} = world.batches.at(-1);
  assert.deepEqual([changed.length, removed.map((e) => e.key), snapshot], [1, ['B'], true]);
});

test('a stream cut while a new snapshot is built goes on with what was built', async () => {
  const world = await World.live();
  await world.request.send('reset', {reason: 'horizon', text: ''});
  await world.request.send('rows', [row('A', 3, 'new')], 'part');
  world.request.body.close();
  await settled();
  await world.pass(limits.firstRetryMax);
  assert.equal(world.request.headers['Last-Event-ID'], 'part');
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, resumed: true, beat: 1});
  await world.request.send('rows', [row('C', 4)], 'rest');
  assert.deepEqual(shown(world), {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 3), row('C', 4)]), 'done');
  assert.deepEqual(shown(world), {A: 'new', C: 4});
});

test('a wrong checksum is reported and healed by a whole new table', async () => {
  const world = await World.live();
  await world.request.send('beat', {time: 0, lag: 0, count: 2, checksum: '0000000000000001'});
  assert.deepEqual(world.problems, ['mismatch']);
  assert.equal(world.stream.counters.mismatches, 1);
  assert.equal(world.stream.state.reason, 'mismatch');
  assert.equal(world.request.aborted, true);
  await world.pass(limits.firstRetryMax);
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, resumed: false, reason: 'new', beat: 1});
  await world.request.send('rows', [row('A', 8)], 'bm9');
  assert.deepEqual(shown(world), {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 8)]), 'bm9');
  assert.deepEqual(shown(world), {A: 8});
  assert.equal(world.stream.stats.verified.ok, true);
});

test('a beat without count and checksum proves nothing and harms nothing', async () => {
  const world = await World.live();
  const before = world.stream.stats.verified;
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.equal(world.stream.stats.verified, before);
  assert.equal(world.stream.state.state, 'live');
});

test('says stale when the server does, and live again', async () => {
  const world = await World.live();
  await world.request.send('status', {state: 'stale', reason: 'feed', text: 'broker lost'});
  assert.deepEqual([world.stream.state.state, world.stream.state.text], ['stale', 'broker lost']);
  await world.request.send('status', {state: 'current'});
  assert.equal(world.stream.state.state, 'live');
});

test('a stream that starts stale is not live at live', async () => {
  const world = new World();
  world.stream.open();
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, resumed: false, reason: 'new', beat: 1});
  await world.request.send('status', {state: 'stale', reason: 'loading', text: ''});
  await world.request.send('live', {count: 0, checksum: '0000000000000000'}, 'b');
  assert.equal(world.stream.state.state, 'stale');
});

test('a silent connection is given up after 2.5 beats', async () => {
  const world = await World.live();
  await world.pass(2400, 200);
  assert.equal(world.stream.state.state, 'live');
  await world.pass(200, 200);
  assert.deepEqual([world.stream.state.state, world.stream.state.reason], ['waiting', 'silent']);
});

test('a page that slept gives the stream one beat to prove itself', async () => {
  const world = await World.live();
  await world.pass(60_000);
  assert.equal(world.stream.state.state, 'live');
  await world.pass(1200, 200);
  assert.equal(world.stream.state.reason, 'silent');
});

test('beats that arrive late say how far behind the rows are', async () => {
  const world = await World.live();
  const server = world.time;
  await world.request.send('beat', {time: server, lag: 0});
  assert.equal(world.stream.behind(), 0);
  world.time += 7000;
  await world.request.send('beat', {time: server + 1000, lag: 0});
  assert.equal(world.stream.behind(), 6000, 'it arrived now and is old all the same');
  await world.request.send('beat', {time: server + 7000, lag: 400});
  assert.equal(world.stream.behind(), 400);
});

test('beats late for long make it begin a new stream', async () => {
  const world = await World.live();
  const server = world.time;
  await world.request.send('beat', {time: server, lag: 0});
  for (let i = 0; i < 40 && world.requests.length === 1; i++) {
    await world.pass(1000);
    if (world.stream.state.state === 'live') await world.request.send('beat', {time: world.time - 10_000, lag: 0});
  }
  assert.equal(world.stream.state.reason, 'late');
});

test('waits longer and longer, at most its cap, and soon again once a stream had lived', async () => {
  const world = new World();
  world.stream.open();
  const waits = [];
  for (let i = 0; i < 12; i++) {
    world.request.reject(new TypeError('refused'));
    await settled();
    waits.push(world.stream.state.retryAt - world.time);
    await world.pass(waits.at(-1));
  }
  assert.equal(waits[0], 375);
  assert.ok(waits.every((w, i) => i === 0 || w >= waits[i - 1]), String(waits));
  assert.ok(waits.at(-1) <= limits.retryMax && waits.at(-1) > limits.retryMax / 3, String(waits));
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, resumed: false, reason: 'new', beat: 30});
  world.time += limits.provenAfter + 1;
  world.request.body.close();
  await settled();
  assert.equal(world.stream.state.retryAt - world.time, 375);
});

test('keeps to the retry of an overloaded server', async () => {
  const world = new World();
  world.stream.open();
  await world.request.accept();
  await world.request.raw('retry: 45000\n\n');
  await world.request.send('bye', {code: 3, reason: 'overload', reconnect: true}, '');
  assert.equal(world.stream.state.state, 'waiting');
  assert.equal(world.stream.state.retryAt - world.time, 45_000);
});

test('returns soon after a shutdown, and never after a bye that says so', async () => {
  const world = await World.live();
  await world.request.raw('retry: 5000\n\n');
  await world.request.send('bye', {code: 1, reason: 'shutdown', reconnect: true}, 'bm7');
  assert.equal(world.stream.state.retryAt - world.time, 375);
  await world.pass(400);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm7');
  await world.request.accept();
  await world.request.send('bye', {code: 9, reason: 'expelled', reconnect: false}, 'bm7');
  assert.deepEqual([world.stream.state.state, world.stream.state.reason], ['closed', 'expelled']);
});

test('moving opens the new stream first and takes rows from one source at a time', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  assert.equal(world.requests.length, 2);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm3');
  await old.send('rows', [row('A', 50)]);
  assert.equal(old.aborted, undefined);
  assert.deepEqual(shown(world), {A: 1, B: 2});
  await world.request.accept();
  await world.request.send('hello', {protocol: 1, resumed: true, beat: 1});
  assert.equal(old.aborted, true);
  await world.request.send('rows', [row('A', 50)], 'bm4');
  await world.request.send('live', proof([row('A', 50), row('B', 2)]), 'bm5');
  assert.deepEqual(shown(world), {A: 50, B: 2});
  assert.ok(!world.states.includes('waiting'), 'nobody saw a gap');
});

test('when the successor cannot be had, the old stream goes on', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await old.send('rows', [row('A', 50)], 'bm4');
  world.request.reject(new TypeError('refused'));
  await settled();
  assert.deepEqual(shown(world), {A: 50, B: 2});
  assert.equal(world.stream.state.state, 'live');
});

test('an answer that will never be another ends the stream with its reason', async () => {
  const world = new World();
  world.stream.open();
  world.request.answer(400, {'content-type': 'application/problem+json'}, '{"detail":"client id is too long"}');
  await settled();
  assert.deepEqual([world.stream.state.state, world.stream.state.text], ['closed', '400 client id is too long']);
});

test('a server that is not ready yet is asked again when it says', async () => {
  const world = new World();
  world.stream.open();
  world.request.answer(503, {'retry-after': '7'}, '{"title":"loading"}');
  await settled();
  assert.equal(world.stream.state.retryAt - world.time, 7000);
});

test('another protocol is not guessed at', async () => {
  const world = new World();
  world.stream.open();
  await world.request.accept();
  await world.request.send('hello', {protocol: 2, resumed: false, reason: 'new'});
  assert.deepEqual([world.stream.state.state, world.stream.state.reason], ['closed', 'protocol']);
});

test('unknown events and fields are ignored', async () => {
  const world = await World.live();
  await world.request.send('rumour', {anything: 1});
  await world.request.send('beat', {time: world.time, lag: 0, mood: 'good'});
  assert.equal(world.stream.state.state, 'live');
});

test('no answer at all is told after 5 seconds and given up after 15', async () => {
  const world = new World();
  world.stream.open();
  await world.pass(6000, 500);
  assert.equal(world.stream.state.reason, 'slow');
  await world.pass(10_000, 500);
  assert.ok(world.requests[0].aborted);
});

test('paused it holds no connection, and opened again it resumes', async () => {
  const world = await World.live();
  world.stream.pause();
  assert.equal(world.request.aborted, true);
  world.stream.open();
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
});

test('closed it does nothing any more', async () => {
  const world = await World.live();
  world.stream.close();
  await world.pass(60_000, 1000);
  assert.equal(world.requests.length, 1);
  assert.equal(world.stream.state.state, 'closed');
});
