import assert from 'node:assert/strict';
import test from 'node:test';

import {createElement} from 'react';
import {renderToString} from 'react-dom/server';

import {blotterStore, useBlotter} from '../dist/react.js';
import {proof, row, settled, World} from './world.mjs';

/** What React does with a store: reads after each notification, and compares by identity. */
class Renderer {
  renders = 0;

  constructor(store) {
    this.store = store;
    this.shown = store.snapshot();
    this.leave = store.subscribe(() => {
      const next = store.snapshot();
      if (Object.is(next, this.shown)) return;
      this.shown = next;
      this.renders++;
    });
  }
}

/** Frames by hand. */
function frames(t) {
  const asked = [];
  globalThis.requestAnimationFrame = (f) => asked.push(f);
  globalThis.cancelAnimationFrame = (n) => { asked[n - 1] = undefined; };
  globalThis.document = {visibilityState: 'visible'};
  t.after(() => { for (const name of ['requestAnimationFrame', 'cancelAnimationFrame', 'document']) delete globalThis[name]; });
  return () => { for (const f of asked.splice(0)) f?.(); };
}

async function live(world, request = world.request) {
  await world.greet({request});
  await request.send('rows', [row('A', 1)], 'b1');
  await request.send('live', proof([row('A', 1)]), 'b2');
}

test('opens with the first subscriber, and gives the same snapshot until something changes', async (t) => {
  const frame = frames(t);
  const world = new World();
  const store = blotterStore(world.stream);
  assert.equal(world.stream.state, 'idle');
  assert.equal(store.snapshot(), store.snapshot());
  const renderer = new Renderer(store);
  await settled();
  await live(world);
  assert.equal(renderer.renders, 0, 'nothing before the frame');
  frame();
  assert.equal(renderer.renders, 1, 'one render a frame, however much came');
  assert.equal(renderer.shown.status.state, 'live');
  assert.deepEqual(renderer.shown.rows.get('A'), {x: 1});
  frame();
  assert.equal(store.snapshot(), renderer.shown);
  await world.request.send('rows', [row('A', 2)], 'b3');
  frame();
  assert.equal(renderer.renders, 2);
});

test('rests with its last subscriber, and a second mount resumes with its rows', async (t) => {
  const frame = frames(t);
  const world = new World();
  const store = blotterStore(world.stream);
  const one = new Renderer(store);
  const two = new Renderer(store);
  await settled();
  await live(world);
  one.leave();
  one.leave();
  assert.equal(world.stream.state, 'live', 'the other one still looks');
  two.leave();
  assert.deepEqual([world.stream.state, world.timers.length, world.window.count], ['idle', 0, 0]);
  frame();
  assert.equal(two.renders, 0, 'nobody is told after leaving');
  new Renderer(store);
  await settled();
  assert.equal(world.request.headers['Last-Event-ID'], 'b2');
});

test('strict mode, which mounts twice, leaves one connection', async () => {
  const world = new World();
  const store = blotterStore(world.stream);
  new Renderer(store).leave();
  new Renderer(store);
  await settled();
  assert.equal(world.requests.filter((r) => !r.aborted).length, 1);
});

test('React itself renders it, on a server too, where nothing is opened', () => {
  let asked = 0;
  const Table = () => {
    const {rows, status} = useBlotter('/v1/clients/c1/events', {fetch: () => { asked++; }});
    return createElement('p', null, `${status.state} ${rows.size}`);
  };
  assert.equal(renderToString(createElement(Table)), '<p>idle 0</p>');
  assert.equal(asked, 0);
});
