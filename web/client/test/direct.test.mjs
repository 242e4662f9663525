// The transport that asks a gateway for the node, and connects there.

import assert from 'node:assert/strict';
import test from 'node:test';

import {library} from './load.mjs';
import {proof, row, settled, World} from './world.mjs';

const place = (node, ticket) => ({url: `http://${node}:1/v1/clients/c1/events`, ticket, member: node});

/** A stream that is being opened; the gateway has been asked. */
async function asked(options = {}) {
  const world = new World((fetch) => ({transport: library.direct(fetch), ...options}));
  world.stream.open();
  await settled();
  return world;
}

async function placed(world, node, ticket) {
  await world.request.answer(200, {'content-type': 'application/json'}, JSON.stringify(place(node, ticket)));
}

async function live(options) {
  const world = await asked(options);
  await placed(world, 'n1', 't1');
  await world.greet();
  await world.request.send('rows', [row('A', 1)], 'b1');
  await world.request.send('live', proof([row('A', 1)]), 'b2');
  assert.deepEqual(world.at, ['live', 'current']);
  return world;
}

test('asks the gateway for the place, with the token, and shows the node nothing but the ticket', async () => {
  const world = await asked({token: 'secret'});
  assert.equal(world.request.url, '/v1/clients/c1/place');
  assert.equal(world.request.headers.Authorization, 'Bearer secret');
  await placed(world, 'n1', 't1');
  assert.equal(world.request.url, 'http://n1:1/v1/clients/c1/events?beat=1&ticket=t1');
  assert.equal(world.request.headers.Authorization, undefined);
  world.stream.close();
});

test('a stream that is lost goes on at the next place, with its bookmark and a new ticket', async () => {
  const world = await live();
  await world.request.end();
  await world.pass(world.wait);
  assert.equal(world.request.url, '/v1/clients/c1/place');
  assert.equal(world.request.headers['Last-Event-ID'], undefined);
  await placed(world, 'n2', 't2');
  assert.equal(world.request.url, 'http://n2:1/v1/clients/c1/events?beat=1&ticket=t2');
  assert.equal(world.request.headers['Last-Event-ID'], 'b2');
  await world.greet({resumed: true, member: 'n2'});
  await world.request.send('live', proof([row('A', 1)]), 'b2');
  assert.deepEqual([world.at, world.shown], [['live', 'current'], {A: 1}]);
  world.stream.close();
});

test('moves: the old stream goes on until the new one speaks', async () => {
  const world = await live();
  const old = world.request;
  await old.send('moving', {reason: 'drain'}, 'b2');
  assert.equal(world.request.url, '/v1/clients/c1/place');
  assert.equal(old.aborted, false);
  assert.equal(world.stream.state, 'live');
  await placed(world, 'n2', 't2');
  assert.equal(old.aborted, false);
  await world.greet({resumed: true, member: 'n2'});
  assert.equal(old.aborted, true);
  assert.equal(world.stream.counters.moves, 1);
  world.stream.close();
});

test('a fleet that is full is asked again when it said', async () => {
  const world = await asked();
  await world.request.answer(503, {'retry-after': '7'}, JSON.stringify({title: 'no node takes the client now'}));
  assert.deepEqual(world.at, ['waiting', 'refused']);
  assert.ok(world.wait >= 7000, `${world.wait}`);
  assert.match(world.stream.status.text, /no node takes the client now/);
  world.stream.close();
});

test('a ticket that nodes do not take is no answer of the gateway: the place is asked for again, for as long as it takes', async () => {
  const world = await asked();
  for (let i = 1; i <= 5; i++) {
    await placed(world, 'n1', `t${i}`);
    await world.request.answer(403, {}, JSON.stringify({detail: 'the ticket is for another node'}));
    assert.deepEqual(world.at, ['waiting', 'refused']);
    assert.match(world.stream.status.text, /403 the ticket is for another node/);
    await world.pass(world.wait);
    assert.equal(world.request.url, '/v1/clients/c1/place');
  }
  await placed(world, 'n1', 't6');
  await world.greet();
  assert.equal(world.stream.state, 'loading');
  world.stream.close();
});

test('a gateway that refuses three times ends the stream', async () => {
  const world = await asked();
  for (let i = 1; i <= 2; i++) {
    await world.request.answer(403, {}, '{}');
    await world.pass(world.wait);
  }
  await world.request.answer(403, {}, '{}');
  assert.deepEqual(world.at, ['closed', 'refused']);
});

test('an answer that is no place is told, and asked for again', async () => {
  const world = await asked();
  await world.request.answer(200, {'content-type': 'text/html'}, '<html>');
  assert.deepEqual([world.at, world.codes], [['waiting', 'invalid'], ['invalid']]);
  world.stream.close();
});

test('closed while it is asked: nothing more is opened, and nothing said', async () => {
  const world = await asked();
  world.stream.close();
  assert.equal(world.request.aborted, true);
  await settled();
  assert.equal(world.requests.length, 1);
  assert.deepEqual(world.codes, []);
});

test('closed between the answer and the stream: the stream is not opened', async () => {
  const world = await asked();
  const answering = placed(world, 'n1', 't1');
  world.stream.close();
  await answering;
  assert.equal(world.requests.length, 1);
});
