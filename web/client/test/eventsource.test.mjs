// The transport over EventSource, with a fake one: Node 18 has none.

import assert from 'node:assert/strict';
import test from 'node:test';

import {library} from './load.mjs';
import {proof, row, settled, World} from './world.mjs';

class FakeSource extends EventTarget {
  static all = [];
  closed = false;
  lastEventId = '';

  constructor(url) {
    super();
    this.url = url;
    FakeSource.all.push(this);
  }

  close() { this.closed = true; }

  async send(event, data, id) {
    this.lastEventId = id ?? this.lastEventId;
    this.dispatchEvent(new MessageEvent(event, {data: JSON.stringify(data), lastEventId: this.lastEventId}));
    await settled();
  }
}

async function opened(t) {
  globalThis.EventSource = FakeSource;
  t.after(() => { delete globalThis.EventSource; });
  FakeSource.all = [];
  const world = new World({transport: library.eventSource});
  world.stream.open();
  const [source] = FakeSource.all;
  source.onopen();
  await source.send('hello', {protocol: 1, member: 'm', resumed: false, reason: 'new', beat: 1});
  await source.send('rows', [row('A', 1)], 'b1');
  await source.send('live', proof([row('A', 1)]), 'b2');
  return {world, source};
}

test('reads a stream and resumes by the query', async (t) => {
  const {world, source} = await opened(t);
  assert.equal(source.url, '/v1/clients/c1/events?beat=1');
  assert.equal(world.stream.state, 'live');
  source.onerror();
  assert.equal(source.closed, true, 'it never comes back by itself');
  await world.pass(world.wait);
  assert.equal(FakeSource.all[1].url, '/v1/clients/c1/events?beat=1&bookmark=b2');
  world.stream.close();
  assert.equal(FakeSource.all[1].closed, true);
});

test('an id that stands from an earlier event is not taken for one of this event', async (t) => {
  const {world, source} = await opened(t);
  await source.send('reset', {reason: 'generation', text: ''});
  source.onerror();
  await world.pass(world.wait);
  assert.equal(FakeSource.all[1].url, '/v1/clients/c1/events?beat=1', 'the old bookmark has no rows any more');
});
