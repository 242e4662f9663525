import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {Columns} = await load('columns');
const {Line} = await load('line');
const {Order} = await load('order');
const {passesOf, wordsOf} = await load('filters');
const {Selection} = await load('selection');

/** Lines of rows by key, with their columns. */
function tableOf(rows) {
  const columns = new Columns('c1');
  const all = new Map();
  for (const [key, row] of Object.entries(rows)) {
    columns.observe({key, row});
    all.set(key, new Line(key, row));
  }
  return {columns, all, order: new Order(all), by: (id, descending = false) => ({column: columns.byId(id), descending})};
}
const every = () => true;
const never = () => false;
const keys = (order) => order.lines.map(({key}) => key).join('');
function show(line, row) {
  line.news = row;
  line.catchUp();
  return line;
}

test('lines are ordered by several columns, missing values last either way, and equal ones by their keys', () => {
  const {order, by} = tableOf({a: {x: 1, y: 2}, b: {x: 1, y: 3}, c: {y: 1}, e: {x: 2, y: 9}, d: {x: 2, y: 9}});
  order.begin({sorts: [by('f:x'), by('f:y', true)], passes: every});
  assert.ok(order.work(never));
  assert.equal(keys(order), 'badec');
  order.begin({sorts: [by('f:x', true)], passes: every});
  order.work(never);
  assert.equal(keys(order), 'deabc');
  order.begin({sorts: [by('key', true)], passes: every});
  order.work(never);
  assert.equal(keys(order), 'edcba');
});

test('what came, left and changed is put into its place, and nothing else is touched', () => {
  const {order, all, by} = tableOf({a: {x: 1}, b: {x: 2}, c: {x: 3}, d: {x: 4}});
  order.begin({sorts: [by('f:x')], passes: ({key}) => key !== 'z'});
  order.work(never);
  order.touch(show(all.get('a'), {x: 10}));
  order.touch(all.get('c'));
  all.delete('c');
  for (const [key, x] of [['e', 0], ['z', 1]]) {
    all.set(key, new Line(key, {x}));
    order.touch(all.get(key));
  }
  assert.equal(keys(order), 'abcd', 'not before it is asked to');
  assert.equal(order.waiting, 4);
  assert.ok(order.place());
  assert.equal(keys(order), 'ebda');
  assert.equal(order.waiting, 0);
});

test('a line that changed but was not placed yet does not lead others astray', () => {
  const {order, all, by} = tableOf({a: {x: 1}, b: {x: 2}, c: {x: 3}});
  order.begin({sorts: [by('f:x')], passes: every});
  order.work(never);
  show(all.get('b'), {x: 100});  // nobody said so: it keeps the rank by which it was placed
  all.set('d', new Line('d', {x: 2.5}));
  order.touch(all.get('d'));
  order.place();
  assert.equal(keys(order), 'abdc');
});

test('a new order is worked out in slices, and what changes meanwhile is placed afterwards', () => {
  const rows = Object.fromEntries(Array.from({length: 20_000}, (_, i) => [`k${i}`, {x: (i * 7919) % 20_011}]));
  const {order, all, by} = tableOf(rows);
  order.begin({sorts: [], passes: every});
  order.work(never);
  const first = order.lines;
  order.begin({sorts: [by('f:x')], passes: every});
  let slices = 0;
  while (!order.work(() => true)) {
    assert.equal(order.lines, first, 'the old one is shown meanwhile');
    if (++slices === 5) order.touch(show(all.get('k3'), {x: -1}));
    if (slices === 30) {
      order.touch(all.get('k4'));
      all.delete('k4');
    }
    assert.equal(order.place(), false);
  }
  assert.ok(slices > 50, `${slices} slices`);
  assert.ok(order.place());
  assert.equal(order.lines.length, 19_999);
  assert.equal(order.lines[0].key, 'k3');
  const xs = order.lines.map(({row}) => row.x);
  assert.ok(xs.every((x, i) => i === 0 || xs[i - 1] <= x));
});

test('after any changes the order is the one that sorting anew gives', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
  const {order, all, by} = tableOf(Object.fromEntries(Array.from({length: 300}, (_, i) => [`k${i}`, {x: i, g: `g${i % 5}`}])));
  const rule = {sorts: [by('f:g', true), by('f:x')], passes: ({row}) => (row.x ?? 0) % 10 !== 3};
  order.begin(rule);
  order.work(never);
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < random(40); i++) {
      const key = `k${random(350)}`;
      const line = all.get(key) ?? new Line(key, {});
      if (random(4) === 0) all.delete(key);
      else all.set(key, show(line, {x: random(8) ? random(100) : undefined, g: `g${random(5)}`}));
      order.touch(line);
    }
    if (random(9) === 0) order.begin();
    while (!order.work(() => random(2) === 0));
    order.place();
    const placed = keys(order);
    const other = new Order(all);
    other.begin(rule);
    other.work(never);
    assert.equal(placed, keys(other), `round ${round}`);
    order.begin();
    order.work(never);
  }
});

test('words are found in keys and texts, all of them, and not in numbers', () => {
  const {columns, all} = tableOf({AAPL: {s: 'Tech', n: 42, q: {t: 'Deep'}}, XOM: {s: 'Energy', n: 7}});
  const found = (text) => [...all.values()].filter(passesOf(columns, wordsOf(text), {})).map(({key}) => key).join();
  assert.equal(found('tech'), 'AAPL');
  assert.equal(found('xo ENER'), 'XOM');
  assert.equal(found('xo tech'), '');
  assert.equal(found('deep'), 'AAPL');
  assert.equal(found('42'), '');
  show(all.get('AAPL'), {s: 'Food'});
  assert.equal(found('tech'), '', 'what it is found by changes with it');
  assert.equal(passesOf(columns, [], {}), null);
});

test('columns are filtered as the menus of the grid say', () => {
  const {columns, all} = tableOf({a: {n: 1, s: 'Alpha'}, b: {n: 2, s: 'beta'}, c: {n: 3, s: 'Alphabet'}, d: {o: 1}});
  const found = (column, condition) => [...all.values()]
    .filter(passesOf(columns, [], {[column]: condition}) ?? every).map(({key}) => key).join('');
  const numbers = {equals: 'b', notEqual: 'acd', lessThan: 'a', lessThanOrEqual: 'ab', greaterThan: 'c', greaterThanOrEqual: 'bc'};
  for (const [type, expected] of Object.entries(numbers)) assert.equal(found('f:n', {type, filter: 2}), expected, type);
  assert.equal(found('f:n', {type: 'inRange', filter: 2, filterTo: 3}), 'bc');
  const texts = {contains: 'ac', notContains: 'bd', equals: 'a', notEqual: 'bcd', startsWith: 'ac', endsWith: 'a'};
  for (const [type, expected] of Object.entries(texts)) assert.equal(found('f:s', {type, filter: 'alpha'}), expected, type);
  assert.equal(found('f:n', {type: 'blank'}), 'd');
  assert.equal(found('f:s', {type: 'notBlank'}), 'abc');
  const conditions = [{type: 'lessThan', filter: 2}, {type: 'greaterThan', filter: 2}];
  assert.equal(found('f:n', {operator: 'OR', conditions}), 'ac');
  assert.equal(found('f:n', {operator: 'AND', conditions}), '');
  assert.equal(found('f:n', {type: 'of tomorrow', filter: 2}), 'abcd', 'what is not understood hides nothing');
  assert.equal(found('f:gone', {type: 'equals', filter: 2}), 'abcd');
});

test('lines are selected by click, Ctrl and Shift, and stay so when they move', () => {
  const lines = ['a', 'b', 'c', 'd', 'e'].map((key) => new Line(key, {}));
  let shown = lines;
  const heard = [];
  const selection = new Selection(() => shown, (line) => heard.push(line?.key ?? '-'));
  const selected = () => selection.lines().map(({key}) => key).join('');
  const with_ = (keys) => ({shiftKey: false, ctrlKey: false, metaKey: false, ...keys});
  selection.click(lines[1], with_({}));
  selection.click(lines[3], with_({shiftKey: true}));
  assert.equal(selected(), 'bcd');
  selection.click(lines[2], with_({ctrlKey: true}));
  assert.equal(selected(), 'bd');
  shown = [...lines].reverse();
  assert.equal(selected(), 'db', 'in the order shown');
  selection.click(lines[0], with_({shiftKey: true}));
  assert.equal(selected(), 'cba', 'from the line that was last chosen alone');
  selection.drop(lines[1]);
  assert.equal(selected(), 'ca');
  selection.click(lines[4], with_({metaKey: true}));
  assert.equal(selected(), 'eca');
  selection.click(lines[4], with_({}));
  selection.clear();
  assert.deepEqual([selected(), heard.join('')], ['', 'bd-aee-']);
});
