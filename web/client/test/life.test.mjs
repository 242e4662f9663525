// Dead, late, asleep, hidden, offline: what the clock and the page say.

import assert from 'node:assert/strict';
import test from 'node:test';

import {library} from './load.mjs';
import {proof, row, settled, World} from './world.mjs';

const {firstRetryMax, retryMax} = library;
const both = [row('A', 1), row('B', 2)];

test('a silent connection is given up after 2.5 beats', async () => {
  const world = await World.live();
  await world.pass(2500);
  assert.equal(world.stream.state, 'live');
  await world.pass(250);
  assert.deepEqual(world.at, ['waiting', 'silent']);
});

test('no answer at all is told after 5 seconds and given up after 15', async () => {
  const world = new World();
  world.stream.open();
  await world.pass(6000);
  assert.deepEqual(world.at, ['connecting', 'crowded']);
  await world.pass(10_000);
  assert.ok(world.requests[0].aborted);
  assert.equal(world.stream.status.reason, 'unanswered');
});

test('a stream that answers and never says hello is given up', async () => {
  const world = new World();
  world.stream.open();
  await settled();
  await world.request.accept();
  await world.pass(3000);
  assert.deepEqual(world.at, ['waiting', 'silent']);
});

test('after sleep it does not believe the old stream and resumes at once', async () => {
  const world = await World.live();
  const old = world.request;
  await world.sleep(60_000);
  await world.pass(1);
  assert.equal(old.aborted, true);
  assert.equal(world.requests.length, 2);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
});

test('where names cannot be resolved yet at wake-up it tries again, and still gets only what changed', async () => {
  const world = await World.live();
  await world.sleep(60_000);
  await world.pass(1);
  for (let i = 1; i <= 5; i++) {
    world.request.reject(new TypeError('net::ERR_NAME_NOT_RESOLVED'));
    await settled();
    assert.deepEqual([...world.at, world.shown], ['waiting', 'network', {A: 1, B: 2}]);
    assert.ok(world.wait > 0 && world.wait <= retryMax, `${world.wait} ms`);
    await world.pass(world.wait);
    assert.equal(world.requests.length, 2 + i, 'one try at a time');
  }
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
  await world.greet({resumed: true});
  await world.request.send('rows', [row('B', 7)], 'bm3');
  await world.request.send('live', proof([row('A', 1), row('B', 7)]), 'bm3');
  assert.deepEqual([...world.at, world.shown], ['live', 'current', {A: 1, B: 7}]);
});

test('after sleep even bytes that lay in a buffer are not believed', async () => {
  const world = await World.live();
  const old = world.request;
  world.time += 60_000;
  await old.send('rows', [row('A', 5)], 'bm3');
  assert.deepEqual(world.shown, {A: 1, B: 2});
  assert.equal(world.stream.status.reason, 'slept');
});

test('a sleep that only the wall clock shows is noticed too', async () => {
  const world = new World();
  let wall = 0;
  world.stream.close();
  const sleepy = new World({platform: {now: () => world.time + wall, monotonic: () => sleepy.time,
                                       setTimeout: (f, ms) => { const t = {f, at: sleepy.time + ms}; sleepy.timers.push(t); return t; },
                                       clearTimeout: (t) => { sleepy.timers = sleepy.timers.filter((x) => x !== t); }}});
  sleepy.stream.open();
  await settled();
  await sleepy.greet();
  await sleepy.request.send('live', proof([]), 'b');
  assert.equal(sleepy.stream.state, 'live');
  wall += 3_600_000;
  await sleepy.pass(250);
  assert.equal(sleepy.stream.status.reason, 'slept');
});

test('a page that was busy for a moment gives the stream one beat to prove itself', async () => {
  const world = await World.live();
  await world.sleep(4000);
  assert.deepEqual(world.at, ['stale', 'late'], 'what is shown is 4 s old');
  await world.pass(750);
  assert.equal(world.request.aborted, false);
  await world.pass(500);
  assert.deepEqual(world.at, ['waiting', 'silent']);
});

test('beats that arrive with an old time are late: stale, and live again', async () => {
  const world = await World.live();
  const server = world.time;
  await world.request.send('beat', {time: server, lag: 0});
  assert.equal(world.stream.behind, 0);
  for (let i = 1; i <= 4; i++) {
    await world.pass(1000);
    await world.request.send('beat', {time: server + i * 100, lag: 0});
  }
  assert.deepEqual(world.at, ['stale', 'late']);
  assert.ok(world.stream.behind > 3000);
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.deepEqual(world.at, ['live', 'current']);
});

test('rows that flow without beats do not pass for current', async () => {
  const world = await World.live();
  for (let i = 1; i <= 4; i++) {
    await world.pass(1000);
    await world.request.send('rows', [row('A', 1 + i)], `bm${2 + i}`);
  }
  assert.deepEqual(world.at, ['stale', 'late']);
});

test('a server whose clock is far off, either way, is no less current', async () => {
  for (const wrong of [-86_400_000, 86_400_000]) {
    const world = await World.live();
    for (let i = 0; i < 10; i++) {
      await world.pass(1000);
      await world.request.send('beat', {time: world.time + wrong, lag: 0, ...proof(both)});
    }
    assert.deepEqual(world.at, ['live', 'current']);
  }
});

test('clocks that drift apart do not make a stream late', async () => {
  const world = await World.live();
  for (let i = 0; i < 20_000; i++) {
    world.time += 1000;
    world.timers = [];
    await world.request.raw(`event: beat\ndata: {"time":${Math.round(world.time - i * 0.5)},"lag":0}\n\n`);
  }
  assert.deepEqual(world.at, ['live', 'current']);
  world.stream.close();
});

test('beats late for long make it begin a new stream, and a clock that changed is then believed', async () => {
  const world = await World.live();
  await world.request.send('beat', {time: world.time, lag: 0});
  for (let i = 0; i < 40 && world.requests.length === 1; i++) {
    await world.pass(1000);
    if (!world.requests[0].aborted) await world.requests[0].send('beat', {time: world.time - 3_600_000, lag: 0});
  }
  assert.ok(world.statuses.some((s) => s.state === 'waiting' && s.reason === 'late'));
  await world.greet({resumed: true});
  await world.request.send('live', proof(both), 'bm3');
  await world.request.send('beat', {time: world.time - 3_600_000, lag: 0});
  assert.deepEqual(world.at, ['live', 'current']);
});

test('a hidden page asks for fewer beats, and for more once somebody looks, without a gap', async () => {
  const world = new World();
  world.document.visibilityState = 'hidden';
  world.stream.open();
  await settled();
  assert.match(world.request.url, /beat=10$/);
  await world.greet({beat: 10});
  await world.request.send('live', proof([]), 'b1');
  const old = world.request;
  world.document.visibilityState = 'visible';
  await world.document.fire('visibilitychange');
  assert.match(world.request.url, /beat=1$/);
  assert.equal(old.aborted, false);
  await world.greet({resumed: true});
  await world.request.send('live', proof([]), 'b1');
  assert.equal(old.aborted, true);
  assert.ok(!world.states.includes('waiting'));
  await world.document.fire('visibilitychange');
  assert.equal(world.requests.length, 2, 'once');
});

test('timers held back in a hidden page prove nothing while beats come', async () => {
  const world = await World.live();
  world.document.visibilityState = 'hidden';
  const held = world.timers;
  world.timers = [];
  for (let i = 0; i < 60; i++) {
    world.time += 1000;
    await world.request.send('beat', {time: world.time, lag: 0});
  }
  world.timers = held;
  await world.fire();
  assert.equal(world.requests.length, 1);
  assert.deepEqual(world.at, ['live', 'current']);
});

test('the back/forward cache gets a page without a connection, and the page gets its rows back', async () => {
  const world = await World.live();
  await world.window.fire('pagehide', {persisted: true});
  assert.deepEqual(world.at, ['idle', 'hidden']);
  assert.deepEqual([world.request.aborted, world.timers.length], [true, 0]);
  world.time += 3_600_000;
  await world.window.fire('pageshow', {persisted: false});
  assert.equal(world.requests.length, 1);
  await world.window.fire('pageshow', {persisted: true});
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
  assert.deepEqual(world.shown, {A: 1, B: 2});
});

test('a frozen page holds no connection and resumes at once', async () => {
  const world = await World.live();
  await world.document.fire('freeze');
  assert.deepEqual(world.at, ['idle', 'frozen']);
  world.time += 60_000;
  await world.document.fire('resume');
  assert.equal(world.stream.state, 'connecting');
  assert.equal(world.requests.length, 2);
});

test('what a user paused, no page event opens', async () => {
  const world = await World.live();
  world.stream.pause();
  await world.window.fire('pageshow', {persisted: true});
  await world.document.fire('resume');
  await world.window.fire('online');
  assert.equal(world.requests.length, 1);
});

test('offline it tries seldom, online at once', async () => {
  const world = await World.live();
  world.navigator.onLine = false;
  world.request.body.error(new TypeError('network'));
  await settled();
  assert.deepEqual(world.at, ['waiting', 'offline']);
  assert.equal(world.wait, retryMax);
  await world.pass(firstRetryMax * 2);
  assert.equal(world.requests.length, 1);
  world.navigator.onLine = true;
  await world.window.fire('online');
  assert.equal(world.requests.length, 2);
  assert.equal(world.timers.length, 1);
});

test('a network that came back gets a new stream before the old one is dropped', async () => {
  const world = await World.live();
  const old = world.request;
  await world.window.fire('online');
  assert.equal(world.requests.length, 2);
  assert.equal(old.aborted, false);
  await world.greet({resumed: true});
  assert.equal(old.aborted, true);
});

test('an attempt that hangs is begun anew when the network comes back', async () => {
  const world = new World();
  world.stream.open();
  await world.pass(3000);
  await world.window.fire('online');
  await world.pass(1);
  assert.equal(world.requests[0].aborted, true);
  assert.equal(world.requests.length, 2);
});

test('somebody who looks does not wait', async () => {
  const world = await World.live();
  await world.request.end();
  assert.equal(world.stream.state, 'waiting');
  await world.document.fire('visibilitychange');
  assert.equal(world.stream.state, 'connecting');
  assert.equal(world.timers.length, 1);
});

test('another member has another clock', async () => {
  const world = await World.live();
  await world.request.send('beat', {time: world.time + 3_600_000, lag: 0});
  await world.request.send('moving', {reason: 'drain'}, 'bm3');
  await world.greet({resumed: true, member: 'm-2'});
  await world.request.send('live', proof(both), 'bm4');
  await world.request.send('beat', {time: world.time, lag: 0});
  assert.deepEqual(world.at, ['live', 'current']);
});

test('a name that cannot be resolved after waking up is asked for until it can', async () => {
  const world = await World.live();
  await world.sleep(3_600_000);
  await world.pass(1);
  for (let i = 0; i < 6; i++) {
    world.request.reject(new TypeError('getaddrinfo EAI_AGAIN'));
    await settled();
    assert.deepEqual(world.at, ['waiting', 'network']);
    await world.pass(world.wait);
  }
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2');
  await world.greet({resumed: true});
  await world.request.send('live', proof(both), 'bm3');
  assert.deepEqual(world.at, ['live', 'current']);
});
