// What no server of ours sends.

import assert from 'node:assert/strict';
import test from 'node:test';

import {proof, row, World} from './world.mjs';

test('keys that are names of objects are keys like any other', async () => {
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '', ' ', '\u202e', '<script>'];
  const rows = names.map((name, i) => row(name, i));
  const world = await World.live(rows);
  assert.deepEqual([...world.stream.rows.keys()], names);
  assert.equal(world.stream.verified.ok, true);
  assert.equal({}.x, undefined);
});

test('a row with the key __proto__ in it pollutes nothing', async () => {
  const world = await World.live();
  await world.request.raw('event: rows\ndata: [{"key":"P","v":[0,9],"row":{"__proto__":{"polluted":1},"x":1}}]\n\n');
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(world.stream.rows.get('P')), ['__proto__', 'x']);
});

const impossible = {
  'no JSON': 'event: rows\ndata: [{"key":\n\n',
  'rows that are no list': 'event: rows\ndata: {"key":"A"}\n\n',
  'rows that are null': 'event: rows\ndata: null\n\n',
  'a row without version': 'event: rows\ndata: [{"key":"A","row":{}}]\n\n',
  'a row with a version of text': 'event: rows\ndata: [{"key":"A","v":["x","y"],"row":{}}]\n\n',
  'a row with a key that is no text': 'event: rows\ndata: [{"key":7,"v":[0,9],"row":{}}]\n\n',
  'a good row beside a bad one': 'event: rows\ndata: [{"key":"A","v":[0,9],"row":{"x":9}},{"key":7}]\n\n',
  'a live of null': 'event: live\ndata: null\n\n',
  'a hello of null': 'event: hello\ndata: null\n\n',
  'a status of null': 'event: status\ndata: null\n\n',
  'a reset of null': 'event: reset\ndata: null\n\n',
};

for (const [name, text] of Object.entries(impossible)) {
  test(`${name}: the table is loaded anew, what is shown stays`, async () => {
    const world = await World.live();
    await world.request.raw(text);
    assert.deepEqual(world.codes, ['invalid']);
    assert.deepEqual(world.at, ['waiting', 'invalid']);
    assert.deepEqual(world.shown, {A: 1, B: 2});
    await world.pass(world.wait);
    assert.equal(world.request.headers['Last-Event-ID'], undefined);
    await world.greet();
    await world.request.send('rows', [row('A', 1)], 'x');
    await world.request.send('live', proof([row('A', 1)]), 'x');
    assert.deepEqual(world.shown, {A: 1});
    assert.equal(world.stream.state, 'live');
  });
}

test('an event without end ends the stream and not the page', async () => {
  const world = await World.live();
  const chunk = 'x'.repeat(4 << 20);
  await world.request.raw('data: ');
  for (let i = 0; i < 9 && !world.request.aborted; i++) await world.request.raw(chunk);
  assert.deepEqual(world.codes, ['invalid']);
  assert.deepEqual(world.at, ['waiting', 'invalid']);
});

test('an id that no header can carry is not taken for a bookmark', async () => {
  const world = await World.live();
  await world.request.send('rows', [row('A', 5)], 'Лев');
  await world.request.send('rows', [row('A', 6)], 'x'.repeat(5000));
  await world.request.end();
  await world.pass(world.wait);
  assert.equal(world.request.headers['Last-Event-ID'], 'bm2', 'an older one repeats some rows and harms nothing');
});

test('a beat period that cannot be is not believed', async () => {
  for (const beat of [0, -5, 1e9, 'x', null]) {
    const world = await World.live();
    await world.request.end();
    await world.pass(world.wait);
    await world.greet({resumed: true, beat});
    await world.pass(3000);
    assert.deepEqual(world.at, ['waiting', 'silent'], String(beat));
  }
});

test('a parse that throws leaves out its row, not the stream, and the proof still holds', async () => {
  const parse = (raw, key) => {
    if (raw.x < 0) throw new Error(`negative ${key}`);
    return {x: raw.x * 10};
  };
  const world = await World.live([row('A', 1), row('B', 2, -1)], {parse});
  assert.deepEqual(world.shown, {A: 10});
  assert.equal(world.problems[0].key, 'B');
  assert.equal(world.stream.verified.ok, true);
  assert.equal(world.stream.verify(), true);
  await world.request.send('reset', {reason: 'behind', text: ''});
  await world.request.send('rows', [row('A', 1), row('B', 2, -1)], 'bm3');
  await world.request.send('live', proof([row('A', 1), row('B', 2)]), 'bm3');
  assert.equal(world.stream.verify(), true, 'after a reset too');
  await world.request.send('rows', [row('A', 3, -1), row('B', 4, 4)], 'bm3');
  assert.deepEqual(world.shown, {B: 40});
  assert.deepEqual(world.batches.at(-1).removed, [{key: 'A', before: {x: 10}}]);
  await world.request.send('beat', {time: world.time, lag: 0, ...proof([row('A', 3), row('B', 4)])});
  assert.equal(world.stream.verified.ok, true);
  assert.equal(world.stream.verify(), true);
});
