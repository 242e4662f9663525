// Answers that are no stream, and tokens.

import assert from 'node:assert/strict';
import test from 'node:test';

import {library} from './load.mjs';
import {proof, row, settled, World} from './world.mjs';

const {retryMax} = library;
const json = {'content-type': 'application/problem+json'};

async function open(options) {
  const world = new World(options);
  world.stream.open();
  await settled();
  return world;
}

test('an answer that will never be another ends the stream with its reason', async () => {
  const world = await open();
  await world.request.answer(400, json, '{"status":400,"title":"Bad Request","detail":"client id is too long"}');
  assert.deepEqual([...world.at, world.stream.status.text], ['closed', 'refused', '400 client id is too long']);
  const {code, status, retryable, problem} = world.problems[0];
  assert.deepEqual([code, status, retryable, problem.title], ['refused', 400, false, 'Bad Request']);
});

test('a server that is not ready yet is asked again when it says, in seconds or by a date', async () => {
  const world = await open();
  await world.request.answer(503, {'retry-after': '7'}, '{"title":"loading"}');
  assert.equal(world.wait, 7125);
  const dated = await open();
  await dated.request.answer(429, {'retry-after': new Date(Date.now() + 60_000).toUTCString()}, '');
  assert.ok(dated.wait > 55_000 && dated.wait < 61_000, String(dated.wait));
});

test('a Retry-After of a year does not stop the stream for a year', async () => {
  const world = await open();
  await world.request.answer(503, {'retry-after': '31536000'}, '');
  assert.ok(world.wait <= 300_125, String(world.wait));
});

test('404 may pass, three times it does not', async () => {
  const world = await open();
  for (let i = 0; i < 3; i++) {
    assert.notEqual(world.stream.state, 'closed');
    await world.request.answer(404, json, '{}');
    if (i < 2) await world.pass(world.wait);
  }
  assert.deepEqual(world.at, ['closed', 'refused']);
});

test('a 200 that is no stream, from a login page say, is tried again', async () => {
  const world = await open();
  await world.request.answer(200, {'content-type': 'text/html'}, '<h1>log in</h1>');
  assert.deepEqual(world.at, ['waiting', 'refused']);
  assert.ok(world.wait <= retryMax);
});

test('a problem of endless text is cut off', async () => {
  const world = await open();
  let chunks = 0;
  const body = new ReadableStream({
    pull(c) { if (++chunks > 1000) c.close(); else c.enqueue(new Uint8Array(4096).fill(32)); },
  });
  await world.request.answer(500, json, body);
  await settled();
  assert.equal(world.stream.state, 'waiting');
  assert.ok(chunks < 20, `${chunks} chunks read`);
  assert.equal(world.requests[0].aborted, true, 'and the connection is given back');
});

test('a token is asked for before each connect and sent', async () => {
  const why = [];
  const world = await open({token: (w) => { why.push(w); return `t${why.length}`; }});
  assert.equal(world.request.headers['Authorization'], 'Bearer t1');
  await world.greet();
  await world.request.end();
  await world.pass(500);
  assert.equal(world.request.headers['Authorization'], 'Bearer t2');
  assert.deepEqual(why, ['connect', 'connect']);
});

test('after a 401 a fresh token is asked for at once; the next 401 waits, the third ends', async () => {
  const why = [];
  const world = await open({token: async (w) => { why.push(w); return `t${why.length}`; }});
  await world.request.answer(401, json, '{}');
  assert.equal(world.wait, 0);
  await world.pass(1);
  assert.equal(world.request.headers['Authorization'], 'Bearer t2');
  await world.request.answer(401, json, '{}');
  assert.ok(world.wait > 0);
  await world.pass(world.wait);
  await world.request.answer(401, json, '{}');
  assert.deepEqual(world.at, ['closed', 'refused']);
  assert.deepEqual(why, ['connect', 'refused', 'refused']);
});

test('a token that expires while the stream runs is replaced, and costs no row', async () => {
  const why = [];
  const world = await World.live([row('A', 1)], {token: (w) => { why.push(w); return `t${why.length}`; }});
  await world.request.end();
  await world.pass(world.wait);
  await world.request.answer(401, json, '{"detail":"the token has expired"}');
  assert.deepEqual([world.wait, world.shown], [0, {A: 1}]);
  await world.pass(1);
  assert.deepEqual([world.request.headers['Authorization'], world.request.headers['Last-Event-ID']], ['Bearer t3', 'bm2']);
  await world.greet({resumed: true});
  await world.request.send('live', proof([row('A', 1)]), 'bm3');
  assert.deepEqual([...world.at, why], ['live', 'current', ['connect', 'connect', 'refused']]);
});

test('a fresh token that is taken makes the next 401 a first one again', async () => {
  const why = [];
  const world = await open({token: (w) => { why.push(w); return 't'; }});
  for (let i = 0; i < 4; i++) {
    await world.request.answer(401, json, '{}');
    await world.pass(1);
    await world.greet({resumed: i > 0});
    await world.request.end();
    await world.pass(world.wait);
  }
  assert.notEqual(world.stream.state, 'closed');
  assert.deepEqual(why, Array(4).fill(['connect', 'refused']).flat().concat('connect'));
});

test('a token callback that fails is told and asked again later', async () => {
  let fail = true;
  const world = await open({token: () => { if (fail) throw new Error('no session'); return 't'; }});
  assert.deepEqual(world.codes, ['token']);
  assert.deepEqual(world.at, ['waiting', 'token']);
  fail = false;
  await world.pass(world.wait);
  assert.equal(world.requests.length, 1);
  assert.equal(world.request.headers['Authorization'], 'Bearer t');
});

test('a token that comes after close is not used', async () => {
  let give;
  const world = await open({token: () => new Promise((r) => { give = r; })});
  world.stream.close();
  give('late');
  await settled();
  assert.equal(world.requests.length, 0);
});

test('a token is asked for once at a time', async () => {
  let asked = 0;
  let give;
  const world = await open({token: () => { asked++; return new Promise((r) => { give = r; }); }});
  world.stream.pause();
  world.stream.open();
  await settled();
  assert.equal(asked, 1);
  give('t');
  await settled();
  assert.equal(world.requests.length, 1);
});
