import assert from 'node:assert/strict';
import {getEventListeners} from 'node:events';
import test from 'node:test';

import {library} from './load.mjs';
import {BlotterStream, gone, proof, row, settled, World} from './world.mjs';

const {firstRetryMax, provenAfter, retryMax} = library;
const soon = firstRetryMax + 1;

test('shows rows as they come at first, and is live when the server says so', async () => {
  const world = await World.live();
  assert.deepEqual(world.shown, {A: 1, B: 2});
  assert.deepEqual(world.states, ['connecting', 'loading', 'live']);
  assert.deepEqual(world.batches.map((b) => b.phase), ['snapshot']);
  assert.equal(world.stream.verified.ok, true);
  assert.equal(world.request.url, '/v1/clients/c1/events?beat=1');
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
});

test('a query of the address is kept', async () => {
  let asked;
  new BlotterStream('/events?x=1', {fetch: (url) => { asked = url; return new Promise(() => {}); }}).open().close();
  await settled();
  assert.equal(asked, undefined, 'closed before it asked: nothing was sent');
  const stream = new BlotterStream('/events?x=1', {fetch: (url) => { asked = url; return new Promise(() => {}); }}).open();
  await settled();
  stream.close();
  assert.equal(asked, '/events?x=1&beat=1');
});

test('applies updates and deletes and ignores a delete of an unknown row', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 5), gone('B', 6), gone('never seen', 7)], 'bm3');
  assert.deepEqual(world.shown, {A: 5});
  const {phase, changed, removed} = world.batches.at(-1);
  assert.equal(phase, 'live');
  assert.deepEqual(changed, [{key: 'A', row: {x: 5}, before: {x: 1}}]);
  assert.deepEqual(removed, [{key: 'B', before: {x: 2}}]);
  await world.request.send('beat', {time: world.time, lag: 0, ...proof([row('A', 5)])});
  assert.equal(world.stream.verified.ok, true);
});

test('the map of rows is the same one for ever, and undo of on works', async () => {
  const world = await World.live();
  const {rows} = world.stream;
  let heard = 0;
  const undo = world.stream.on('rows', () => heard++);
  await world.request.send('reset', {reason: 'generation', text: ''});
  await world.request.send('rows', [row('A', 0, 'new')], 'g2');
  await world.request.send('live', proof([row('A', 0)]), 'g2');
  assert.equal(world.stream.rows, rows);
  assert.deepEqual([...rows.keys()], ['A']);
  assert.equal(heard, 1);
  undo();
  await world.request.send('rows', [row('A', 1)], 'g3');
  assert.equal(heard, 1);
});

test('never goes back to an older version of a row, and takes no version twice', async () => {
  const world = await World.live();
  const {length} = world.batches;
  await world.request.send('rows', [row('A', 0, 'old'), row('B', 2, 'again')]);
  assert.deepEqual(world.shown, {A: 1, B: 2});
  assert.equal(world.stream.counters.backwards, 1);
  assert.equal(world.batches.length, length, 'nothing changed, nobody is called');
});

test('takes a row that moved to another partition, whatever its offset', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 0, 'moved', 7)]);
  assert.deepEqual(world.shown, {A: 'moved', B: 2});
});

test('comes back by itself with the bookmark and keeps its rows in sight', async () => {
  const world = await World.live();
  await world.request.end();
  assert.deepEqual(world.at, ['waiting', 'ended']);
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.pass(soon);
  assert.equal(world.requests.length, 2);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
  await world.greet({resumed: true});
  await world.request.send('rows', [row('B', 9)], 'bm4');
  await world.request.send('live', proof([row('A', 1), row('B', 9)]), 'bm5');
  assert.deepEqual(world.shown, {A: 1, B: 9});
  assert.equal(world.batches.at(-1).phase, 'resume');
  assert.equal(world.stream.state, 'live');
});

test('on reset keeps the old rows in sight and swaps when the new ones are whole', async () => {
  const world = await World.live();
  await world.request.send('reset', {reason: 'generation', text: 'topic was created again'});
  assert.deepEqual(world.at, ['loading', 'generation']);
  await world.request.send('rows', [row('A', 0, 'new')], 'gen2');
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 0)]), 'gen2b');
  assert.deepEqual(world.shown, {A: 'new'});
  const {changed, removed, phase} = world.batches.at(-1);
  assert.deepEqual([changed.length, removed.map((e) => e.key), phase], [1, ['B'], 'snapshot']);
});

test('a stream cut while a new table is built goes on with what was built', async () => {
  const world = await World.live();
  await world.request.send('reset', {reason: 'horizon', text: ''});
  await world.request.send('rows', [row('A', 3, 'new')], 'part');
  await world.request.end();
  await world.pass(soon);
  assert.equal(world.request.headers['Last-Event-ID'], 'part');
  await world.greet({resumed: true});
  await world.request.send('rows', [row('C', 4)], 'rest');
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 3), row('C', 4)]), 'done');
  assert.deepEqual(world.shown, {A: 'new', C: 4});
});

test('a bookmark never outlives its rows', async () => {
  const world = await World.live();
  await world.request.send('reset', {reason: 'generation', text: ''});
  await world.request.end();
  await world.pass(soon);
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
});

test('a wrong checksum is reported and healed by a whole new table', async () => {
  const world = await World.live();
  await world.request.send('beat', {time: world.time, lag: 0, count: 2, checksum: '0000000000000001'});
  assert.deepEqual(world.codes, ['mismatch']);
  assert.equal(world.stream.counters.mismatches, 1);
  assert.equal(world.stream.verified.ok, false);
  assert.deepEqual(world.at, ['waiting', 'mismatch']);
  assert.equal(world.request.aborted, true);
  await world.pass(soon);
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
  await world.greet();
  await world.request.send('rows', [row('A', 8)], 'bm9');
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 8)]), 'bm9');
  assert.deepEqual(world.shown, {A: 8});
  assert.equal(world.stream.verified.ok, true);
});

test('a server that is wrong each time is asked ever more seldom', async () => {
  const world = new World();
  world.stream.open();
  const waits = [];
  for (let i = 0; i < 8; i++) {
    await settled();
    await world.greet();
    await world.request.send('live', {count: 1, checksum: '0000000000000001'}, 'b');
    waits.push(world.wait);
    await world.pass(world.wait);
  }
  assert.ok(waits[0] <= firstRetryMax && waits.at(-1) > 5000, String(waits));
});

test('a beat without count and checksum proves nothing and harms nothing', async () => {
  const world = await World.live();
  const before = world.stream.verified;
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.equal(world.stream.verified, before);
  assert.equal(world.stream.state, 'live');
});

test('verify finds rows that somebody changed, and loads them anew', async () => {
  const world = await World.live();
  assert.equal(world.stream.verify(), true);
  world.stream.rows.delete('A');
  assert.equal(world.stream.verify(), false);
  assert.deepEqual(world.at, ['waiting', 'mismatch']);
});

test('says stale when the server does, and live again', async () => {
  const world = await World.live();
  await world.request.send('status', {state: 'stale', reason: 'feed', text: 'broker lost'});
  assert.deepEqual([...world.at, world.stream.status.text], ['stale', 'feed', 'broker lost']);
  await world.request.send('status', {state: 'current'});
  assert.deepEqual(world.at, ['live', 'current']);
});

test('a stream that starts stale is not live at live', async () => {
  const world = new World();
  world.stream.open();
  await settled();
  await world.greet();
  await world.request.send('status', {state: 'stale', reason: 'loading', text: ''});
  await world.request.send('live', proof([]), 'b');
  assert.deepEqual(world.at, ['stale', 'loading']);
});

test('what the server says of itself before its hello is not forgotten', async () => {
  const world = await World.live();
  await world.request.end();
  await world.pass(soon);
  await world.request.accept();
  await world.request.send('status', {state: 'stale', reason: 'feed', text: 'no broker'});
  assert.deepEqual(world.at, ['loading', 'feed']);
  await world.request.send('hello', {protocol: 1, member: 'm', resumed: true, beat: 1});
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm5');
  assert.deepEqual(world.at, ['stale', 'feed']);
});

test('no status makes a connection live before it was', async () => {
  const world = await World.live();
  await world.request.end();
  await world.pass(soon);
  await world.request.accept();
  await world.request.send('status', {state: 'current'});
  assert.equal(world.stream.state, 'connecting');
});

test('a successor may say how it is before its hello', async () => {
  const world = await World.live();
  await world.request.send('moving', {reason: 'drain'}, 'bm3');
  await world.request.accept();
  await world.request.send('status', {state: 'stale', reason: 'router', text: ''});
  assert.deepEqual(world.at, ['live', 'current']);
  await world.request.send('hello', {protocol: 1, member: 'm', resumed: true, beat: 1});
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm5');
  assert.deepEqual(world.at, ['stale', 'router']);
});

test('waits longer and longer, at most its cap, and soon again once a stream had lived', async () => {
  const world = new World();
  world.stream.open();
  const waits = [];
  for (let i = 0; i < 12; i++) {
    await settled();
    world.request.reject(new TypeError('refused'));
    await settled();
    assert.equal(world.timers.length, 1, 'one pending retry at most');
    waits.push(world.wait);
    await world.pass(world.wait);
  }
  assert.equal(waits[0], 375);
  assert.ok(waits.every((w, i) => i === 0 || w >= waits[i - 1]), String(waits));
  assert.ok(waits.at(-1) <= retryMax && waits.at(-1) > retryMax / 3, String(waits));
  await settled();
  await world.greet({beat: 30});
  for (let t = 0; t <= provenAfter; t += 1000) await world.pass(1000);
  await world.request.end();
  assert.equal(world.wait, 375);
});

test('keeps to the retry of an overloaded server', async () => {
  const world = new World();
  world.stream.open();
  await settled();
  await world.request.accept();
  await world.request.raw('retry: 45000\n\n');
  await world.request.send('bye', {code: 3, reason: 'overload', reconnect: true}, '');
  assert.deepEqual(world.at, ['waiting', 'overload']);
  assert.equal(world.wait, 45_125, 'and does not come back with everybody else');
});

test('returns soon after a shutdown, and never after a bye that says so', async () => {
  const world = await World.live();
  await world.request.raw('retry: 5000\n\n');
  await world.request.send('bye', {code: 1, reason: 'shutdown', reconnect: true}, 'bm7');
  assert.equal(world.wait, 375);
  await world.pass(400);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm7');
  await world.request.accept();
  await world.request.send('bye', {code: 9, reason: 'expelled', reconnect: false}, 'bm7');
  assert.deepEqual(world.at, ['closed', 'expelled']);
});

test('moving opens the new stream first and takes rows from one source at a time', async () => {
  const world = await World.live();
  const old = world.request;
  const moves = [];
  world.stream.on('moving', (m) => moves.push(m));
  await old.send('moving', {reason: 'drain'}, 'bm3');
  assert.equal(world.requests.length, 2);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm3');
  await old.send('rows', [row('A', 50)]);
  assert.equal(old.aborted, false);
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.greet({resumed: true, member: 'm-2'});
  assert.equal(old.aborted, true);
  await world.request.send('rows', [row('A', 50)], 'bm4');
  await world.request.send('live', proof([row('A', 50), row('B', 2)]), 'bm5');
  assert.deepEqual(world.shown, {A: 50, B: 2});
  assert.ok(!world.states.includes('waiting'), 'nobody saw a gap');
  assert.deepEqual(moves, [{reason: 'drain', from: 'm-1', to: ''}, {reason: 'drain', from: 'm-1', to: 'm-2'}]);
  assert.equal(world.stream.counters.moves, 1);
});

test('when the successor cannot be had, the old stream goes on and asks again later', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await old.send('rows', [row('A', 50)], 'bm4');
  world.request.reject(new TypeError('refused'));
  await settled();
  assert.deepEqual(world.shown, {A: 50, B: 2});
  assert.equal(world.stream.state, 'live');
  await world.beats(16, undefined, old);
  assert.equal(world.requests.length, 3);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm4');
});

test('a successor that never answers does not keep the old stream waiting', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await old.send('rows', [row('A', 50)], 'bm4');
  await world.beats(3, undefined, old);
  assert.deepEqual(world.shown, {A: 50, B: 2});
  assert.equal(world.request.aborted, true);
  assert.equal(world.stream.state, 'live');
});

test('what is held back for a successor that does not answer is shown within two seconds, whatever the beat', async () => {
  const world = new World({beat: 10});
  world.stream.open();
  await settled();
  await world.greet({beat: 10});
  await world.request.send('rows', [row('A', 1)], 'bm1');
  await world.request.send('live', proof([row('A', 1)]), 'bm2');
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await old.send('rows', [row('A', 50)], 'bm4');
  for (let ms = 0; ms < 2000; ms += 250) await world.pass(250);
  assert.deepEqual(world.shown, {A: 50});
  assert.equal(world.requests[1].aborted, true);
});

test('when the old stream ends before the new one speaks, the new one is it', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await old.send('bye', {code: 1, reason: 'shutdown', reconnect: true}, 'bm3');
  await old.end();
  assert.equal(world.requests.length, 2, 'no third one');
  await world.greet({resumed: true});
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm5');
  assert.equal(world.stream.state, 'live');
});

test('a successor that says goodbye at once changes nothing', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  await world.request.accept();
  await world.request.send('bye', {code: 3, reason: 'overload', reconnect: true}, 'other');
  assert.equal(world.stream.state, 'live');
  await old.send('rows', [row('A', 60)], 'bm4');
  assert.deepEqual(world.shown, {A: 60, B: 2});
});

/** What a gateway passes on when another node takes a stream over. */
const again = (world, resumed, member = 'm-2') => world.request.send(
  'hello', {protocol: 1, member, resumed, ...(resumed ? {} : {reason: 'node'}), beat: 1, time: world.time});

test('behind a gateway another node goes on with the stream, and nobody sees it', async () => {
  const world = await World.live();
  const moves = [];
  world.stream.on('moving', (m) => moves.push(m));
  const {length} = world.statuses;
  await again(world, true);
  await world.pass(1000);
  await world.request.send('beat', {time: world.time, lag: 0});
  await world.request.send('rows', [row('A', 50), row('B', 2)], 'bm3');
  await world.request.send('live', proof([row('A', 50), row('B', 2)]), 'bm4');
  assert.deepEqual(world.statuses.slice(length), [], 'it was live all the time');
  assert.deepEqual(world.shown, {A: 50, B: 2});
  assert.deepEqual(world.batches.slice(1).map((b) => [b.phase, b.changed.length]), [['live', 1]]);
  assert.deepEqual(moves, [{reason: 'node', from: 'm-1', to: 'm-2'}]);
  const {connects, streams, resumes, moves: moved} = world.stream.counters;
  assert.deepEqual([connects, streams, resumes, moved, world.requests.length], [1, 2, 1, 1, 1]);
  await world.request.end();
  await world.pass(soon);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm4');
});

test('a gateway that says stale while it looks for another node is believed until it says otherwise', async () => {
  const world = await World.live();
  await world.request.send('status', {state: 'stale', reason: 'node', text: 'the node is lost'});
  assert.deepEqual(world.at, ['stale', 'node']);
  await again(world, true);
  assert.deepEqual(world.at, ['stale', 'node']);
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm3');
  assert.deepEqual(world.at, ['stale', 'node']);
  await world.request.send('status', {state: 'current'});
  assert.deepEqual(world.at, ['live', 'current']);
});

test('another node may say how it is before its hello', async () => {
  const world = await World.live();
  await world.request.send('status', {state: 'stale', reason: 'feed', text: ''});
  await again(world, true);
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm3');
  assert.deepEqual(world.at, ['stale', 'feed']);
});

test('another node that cannot go on sends all rows anew, and the old ones stay in sight', async () => {
  const world = await World.live();
  await again(world, false);
  assert.deepEqual(world.at, ['loading', 'node']);
  await world.pass(1000);
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.deepEqual(world.at, ['loading', 'node'], 'nothing but `live` makes it live');
  await world.request.send('reset', {reason: 'node', text: ''}, '');
  await world.request.send('rows', [row('A', 7), row('C', 8)]);
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 7), row('C', 8)]), 'bm9');
  assert.deepEqual(world.at, ['live', 'current']);
  assert.deepEqual(world.shown, {A: 7, C: 8});
  assert.deepEqual([world.stream.counters.connects, world.stream.counters.mismatches], [1, 0]);
});

test('a node that is lost while a first table or a new one comes: the next goes on with it', async () => {
  const world = new World();
  world.stream.open();
  await settled();
  await world.greet();
  await world.request.send('rows', [row('A', 1)], 'bm1');
  await again(world, true);
  assert.deepEqual(world.at, ['loading', 'new']);
  await world.request.send('rows', [row('B', 2)], 'bm2');
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm2');
  assert.deepEqual(world.at, ['live', 'current']);
  await world.request.send('reset', {reason: 'generation', text: ''}, '');
  await world.request.send('rows', [row('A', 5)], 'bm3');
  await again(world, true, 'm-3');
  assert.deepEqual(world.at, ['loading', 'generation']);
  await world.request.send('rows', [row('C', 6)], 'bm4');
  assert.deepEqual(world.shown, {A: 1, B: 2});
  await world.request.send('live', proof([row('A', 5), row('C', 6)]), 'bm4');
  assert.deepEqual(world.shown, {A: 5, C: 6});
  assert.deepEqual([world.stream.state, world.stream.counters.mismatches], ['live', 0]);
});

test('another protocol is not guessed at', async () => {
  const world = new World();
  world.stream.open();
  await settled();
  await world.request.accept();
  await world.request.send('hello', {protocol: 2, resumed: false, reason: 'new'});
  assert.deepEqual(world.at, ['closed', 'protocol']);
});

test('unknown events and fields are ignored', async () => {
  const world = await World.live();
  await world.request.send('rumour', {anything: 1});
  await world.request.send('beat', {time: world.time, lag: 0, mood: 'good'});
  assert.equal(world.stream.state, 'live');
});

test('paused it holds nothing, and opened again it resumes', async () => {
  const world = await World.live();
  world.stream.pause();
  assert.equal(world.request.aborted, true);
  assert.deepEqual([world.timers.length, world.window.count, world.document.count], [0, 0, 0]);
  world.stream.open();
  await settled();
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
});

test('closed it leaves no timer, no listener and no connection, in whatever state it was', async () => {
  const states = {
    connecting: async () => { const w = new World(); w.stream.open(); await settled(); return w; },
    loading: async () => { const w = new World(); w.stream.open(); await settled(); await w.greet(); return w; },
    live: () => World.live(),
    waiting: async () => { const w = await World.live(); await w.request.end(); return w; },
    idle: async () => { const w = await World.live(); await w.window.fire('pagehide'); return w; },
  };
  for (const [state, make] of Object.entries(states)) {
    const world = await make();
    assert.equal(world.stream.state, state);
    world.stream.close();
    world.stream.open();
    await world.sleep(60_000);
    await world.window.fire('online');
    assert.deepEqual([world.timers.length, world.window.count, world.document.count], [0, 0, 0], state);
    assert.ok(world.requests.every((r) => r.aborted || state === 'waiting'), state);
    assert.equal(world.stream.state, 'closed', state);
  }
});

test('an AbortSignal closes it, before and after opening', async () => {
  const abort = new AbortController();
  const world = await World.live(undefined, {signal: abort.signal});
  abort.abort();
  assert.deepEqual(world.at, ['closed', 'aborted']);
  assert.equal(world.request.aborted, true);
  assert.equal(getEventListeners(abort.signal, 'abort').length, 0);
  const late = new World({signal: abort.signal});
  late.stream.open();
  assert.equal(late.requests.length, 0);
  assert.equal(late.stream.state, 'closed');
});

test('a listener may close or pause the stream at any moment', async () => {
  for (const how of ['close', 'pause']) {
    for (const name of ['status', 'rows', 'hello', 'verified']) {
      const world = new World();
      world.stream.on(name, () => world.stream[how]());
      world.stream.open();
      await settled();
      for (const step of [
        () => world.greet(),
        () => world.request.send('rows', [row('A', 1)], 'b1'),
        () => world.request.send('live', proof([row('A', 1)]), 'b2'),
      ]) if (!world.requests.at(-1)?.aborted && world.requests.length) await step();
      assert.equal(world.stream.state, how === 'close' ? 'closed' : 'idle', `${how} at ${name}`);
      assert.equal(world.timers.length, 0, `${how} at ${name}`);
      assert.ok(world.requests.every((r) => r.aborted), `${how} at ${name}`);
    }
  }
});

test('a listener that throws harms nobody, and is told where mistakes are told', async (t) => {
  const world = await World.live();
  const later = [];
  t.mock.method(globalThis, 'queueMicrotask', (f) => later.push(f));
  let heard = 0;
  world.stream.on('beat', () => { throw new Error('mine'); });
  world.stream.on('beat', () => heard++);
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.deepEqual([heard, world.stream.state], [1, 'live']);
  assert.throws(() => later.at(-1)(), /mine/);
});

test('closed stays closed, and says so once', async () => {
  const world = await World.live();
  world.stream.on('status', () => { world.stream.close('inner'); world.stream.pause(); world.stream.open(); });
  const {length} = world.statuses;
  world.stream.close('outer');
  world.stream.reload();
  assert.deepEqual(world.statuses.slice(length).map((s) => `${s.state} ${s.reason}`), ['closed outer']);
});

test('reload while it moves begins anew, not with the bookmark that its successor asked with', async () => {
  const world = await World.live();
  await world.request.send('moving', {reason: 'drain'}, 'bm3');
  const successor = world.request;
  world.stream.reload();
  assert.equal(successor.aborted, true);
  await world.pass(soon);
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
});

test('an old stream that says too much while its successor is asked keeps its place', async () => {
  const world = await World.live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'bm3');
  const large = 'x'.repeat(8 << 20);
  for (let i = 0; i < 5; i++) await old.send('rows', [row('A', 10 + i, large)]);
  assert.equal(world.request.aborted, true, 'the successor is given up');
  assert.equal(world.stream.rows.get('A').x.length, large.length);
  assert.equal(world.stream.state, 'live');
});

test('rows after the reset of an empty table are a snapshot', async () => {
  const world = await World.live([]);
  await world.request.send('reset', {reason: 'generation', text: ''});
  await world.request.send('rows', [row('A', 0)], 'g2');
  assert.equal(world.batches.at(-1).phase, 'snapshot');
});

test('words that a server leaves out are empty, not undefined', async () => {
  const world = await World.live();
  await world.request.send('status', {state: 'stale', reason: 'feed'});
  assert.equal(world.stream.status.text, '');
});
