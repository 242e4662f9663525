import assert from 'node:assert/strict';
import test from 'node:test';

import {gone, row, World} from './world.mjs';

test('gives first what is there, then what changes', async () => {
  const world = await World.live();
  const reader = world.stream[Symbol.asyncIterator]();
  const first = await reader.next();
  assert.deepEqual(first.value, {phase: 'snapshot', removed: [],
                                 changed: [{key: 'A', row: {x: 1}, before: undefined}, {key: 'B', row: {x: 2}, before: undefined}]});
  const next = reader.next();
  await world.request.send('rows', [row('A', 5)], 'b');
  assert.deepEqual((await next).value, {phase: 'live', changed: [{key: 'A', row: {x: 5}, before: {x: 1}}], removed: []});
});

test('what comes while the consumer is busy is one batch, and cannot grow', async () => {
  const world = await World.live();
  const reader = world.stream[Symbol.asyncIterator]();
  await reader.next();
  for (let i = 10; i < 1010; i++) await world.request.raw(
    `event: rows\ndata: ${JSON.stringify([row('A', i)])}\n\n`);
  await world.request.send('rows', [row('C', 2000)], 'b');
  await world.request.send('rows', [gone('C', 2001), gone('B', 2002)], 'b');
  await world.request.send('rows', [row('B', 2003)], 'b');
  await world.request.send('rows', [row('D', 2004), gone('A', 2005)], 'b');
  const {value} = await reader.next();
  assert.deepEqual(value.changed, [{key: 'B', row: {x: 2003}, before: {x: 2}}, {key: 'D', row: {x: 2004}, before: undefined}]);
  assert.deepEqual(value.removed, [{key: 'A', before: {x: 1}}]);
});

test('ends with the stream, after what was still to be read', async () => {
  const world = await World.live();
  const seen = [];
  const done = (async () => { for await (const batch of world.stream) seen.push(batch.phase); })();
  await world.request.send('rows', [row('A', 5)], 'b');
  world.stream.close();
  await done;
  assert.deepEqual(seen, ['snapshot', 'live']);
  for await (const batch of world.stream) seen.push(batch.changed.length);
  assert.deepEqual(seen.slice(2), [2], 'a closed stream still gives its rows, once');
});

test('a consumer that leaves is forgotten, others are not', async () => {
  const world = await World.live();
  for await (const batch of world.stream) {
    assert.equal(batch.changed.length, 2);
    break;
  }
  const reader = world.stream[Symbol.asyncIterator]();
  assert.equal((await reader.next()).value.changed.length, 2);
  const next = reader.next();
  await world.request.send('rows', [row('A', 7)], 'b');
  assert.equal((await next).value.changed[0].row.x, 7);
  assert.equal(world.stream.state, 'live', 'leaving the loop does not close the stream');
});
