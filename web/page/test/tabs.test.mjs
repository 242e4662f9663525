import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {Tabs} = await load('tabs');

class Shelf extends Map {
  get length() { return this.size; }
  key(index) { return [...this.keys()][index] ?? null; }
  getItem(name) { return this.get(name) ?? null; }
  setItem(name, value) { this.set(name, value); }
  removeItem(name) { this.delete(name); }
}

test('tabs count each other, forget who left, and in time who died', () => {
  const shelf = new Shelf([['of others', 'x'], ['blotter.1.tab.dead', '0'], ['blotter.1.tab.odd', 'x']]);
  const tabs = Array.from({length: 6}, () => new Tabs(() => shelf));
  const at = 1_000_000;
  assert.deepEqual(tabs.map((each) => each.count(at)), [1, 2, 3, 4, 5, 6]);
  assert.equal(tabs[0].count(at + 1000), 1, 'it does not look each time');
  assert.equal(tabs[0].count(at + 6000), 6);
  tabs[5].leave();
  assert.equal(tabs[0].count(at + 12_000), 5);
  for (let i = 1; i <= 12; i++) tabs[1].count(at + i * 10_000);
  assert.equal(tabs[1].count(at + 130_000), 1);
  assert.deepEqual([...shelf.keys()].filter((name) => !name.startsWith('blotter.1.tab.')), ['of others']);
});

test('where nothing can be kept a tab knows of itself alone', () => {
  const tabs = new Tabs(() => { throw new Error('shut'); });
  assert.equal(tabs.count(1), 1);
  tabs.leave();
});
