import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {Batcher, waitMin, waitMax} = await load('batcher');

/** A world whose time moves when it is told to. */
function world({cost = 0} = {}) {
  const w = {time: 1000, isHidden: false, timers: [], batches: []};
  const clock = {
    now: () => w.time,
    hidden: () => w.isHidden,
    after: (ms, then) => w.timers.push({at: w.time + ms, then}),
  };
  w.batcher = new Batcher((items) => {
    w.batches.push([...items]);
    w.time += w.cost;
  }, clock);
  w.cost = cost;
  w.run = () => {
    const {at, then} = w.timers.shift();
    w.time = Math.max(w.time, at);
    then();
  };
  return w;
}

test('what changes often between two batches is in the next one once', () => {
  const w = world();
  for (let i = 0; i < 10; i++) w.batcher.add('a');
  w.batcher.add('b');
  w.run();
  assert.deepEqual(w.batches, [['a', 'b']]);
  assert.equal(w.timers.length, 0);
});

test('batches keep their distance, and dear ones a longer one, up to a bound', () => {
  const w = world({cost: 60});
  const start = () => { w.batcher.add('x'); const before = w.time; w.run(); return w.time - w.cost - before; };
  assert.equal(start(), 0);
  assert.equal(start(), 4 * 60);
  w.cost = 5000;
  start();
  assert.equal(start(), waitMax);
  w.cost = 0;
  start();
  assert.equal(start(), waitMin);
});

test('first rows wait for no batch before them, nor do the first of another table', () => {
  const w = world({cost: 60});
  const first = () => {
    w.batcher.wake();
    w.run();
    w.batcher.add('x');
    const before = w.time;
    w.run();
    return w.time - w.cost - before;
  };
  assert.equal(first(), 0);
  assert.equal(first(), 4 * 60);
  w.batcher.clear();
  assert.equal(first(), 0);
  assert.deepEqual(w.batches, [[], ['x'], [], ['x'], [], ['x']]);
});

test('a hidden page gets no batch, and all of it once it is seen', () => {
  const w = world();
  w.isHidden = true;
  w.batcher.add('a');
  assert.equal(w.timers.length, 0);
  w.isHidden = false;
  w.batcher.wake();
  w.run();
  assert.deepEqual(w.batches, [['a']]);
});

test('nothing is handed on while held', () => {
  const w = world();
  w.batcher.add('a');
  w.batcher.hold(true);
  w.run();
  assert.deepEqual([w.batches, w.batcher.pending], [[], 1]);
  w.batcher.hold(false);
  w.run();
  assert.deepEqual(w.batches, [['a']]);
});

test('a batch that fails does not stop those after it', () => {
  const w = world();
  const broken = new Batcher(() => { throw new Error('broken'); }, {
    now: () => 0, hidden: () => false, after: (ms, then) => w.timers.push({at: 0, then})});
  broken.add('a');
  assert.throws(() => w.run(), /broken/);
  broken.add('b');
  assert.equal(w.timers.length, 1);
});
