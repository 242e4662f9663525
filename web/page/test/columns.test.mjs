import assert from 'node:assert/strict';
import test from 'node:test';

import {Columns, columnsMax, compareRanks} from '../columns.js';

const columnsOf = (rows, client = 'c1') => {
  const columns = new Columns(client);
  for (const [key, row] of Object.entries(rows)) columns.observe({key, row});
  return columns;
};
const kinds = (columns) => Object.fromEntries(columns.all.map((c) => [c.name ?? 'key', c.kind]));

test('columns are the union of all fields, key first', () => {
  const columns = columnsOf({a: {x: 1}, b: {y: 2, x: 3}});
  assert.deepEqual(columns.all.map((c) => c.title), ['Key', 'X', 'Y']);
});

test('kinds follow the values', () => {
  const columns = columnsOf({a: {
    price: 1.5, amount: '12.50', price_last_updated: '2026-11-22T10:00:00.123Z', traded_at: 1763800000000,
    isin: '0123', account_id: '4711', open: true, legs: [1], side: 'buy', none: null}});
  assert.deepEqual(kinds(columns), {
    key: 'text', price: 'number', amount: 'number', price_last_updated: 'time', traded_at: 'time',
    isin: 'text', account_id: 'text', open: 'flag', legs: 'json', side: 'text', none: null});
});

test('a column of mixed values is text, and one value more never breaks it', () => {
  const columns = columnsOf({a: {x: 1}, b: {x: 'n/a'}, c: {x: {deep: []}}, d: {x: null}});
  assert.equal(kinds(columns).x, 'text');
  assert.equal(columns.all[1].text({deep: []}), '{"deep":[]}');
});

test('numbers of a column have the same digits after the point, and a true minus', () => {
  const columns = columnsOf({a: {x: 1.25}, b: {x: -3}});
  assert.match(columns.all[1].text(-3), /^\u22123[.,]00$/);
});

test('times of today are a clock, others have their day', () => {
  const columns = columnsOf({a: {t: '2026-11-22 10:00:00Z'}});
  const at = new Date('2026-11-22T10:00:00Z');
  assert.match(columns.all[1].text('2026-11-22 10:00:00Z', at), /^\d\d:00:00$/);
  assert.match(columns.all[1].text('2026-11-22 10:00:00Z', new Date(0)), /^2026-11-22 \d\d:00:00$/);
});

test('a column that only repeats client or key is hidden until it says something else', () => {
  const columns = columnsOf({AAPL: {clientId: 'c1', ticker: 'AAPL', x: 1}});
  assert.deepEqual(columns.shown(false).map((c) => c.title), ['Key', 'X']);
  assert.equal(columns.shown(true).length, 4);
  assert.equal(columns.observe({key: 'MSFT', row: {ticker: 'other'}}), true);
  assert.deepEqual(columns.shown(false).map((c) => c.title), ['Key', 'Ticker', 'X']);
});

test('ten thousand fields do not become ten thousand columns', () => {
  const row = Object.fromEntries(Array.from({length: 10_000}, (_, i) => [`f${i}`, i]));
  assert.equal(columnsOf({a: row}).all.length, columnsMax);
});

test('fields named like parts of every object are ordinary fields', () => {
  const columns = columnsOf({a: JSON.parse('{"__proto__":1,"constructor":2,"toString":3}')});
  assert.equal(columns.all.length, 4);
  assert.equal(columns.all[2].text(2), '2');
});

test('what is missing comes last whichever way one sorts', () => {
  const ranks = [3, undefined, 1];
  assert.deepEqual([...ranks].sort((a, b) => compareRanks(a, b, false)).slice(0, 2), [1, 3]);
  assert.deepEqual([0, 1].map((d) => compareRanks(undefined, 1, Boolean(d))), [1, 1]);
});
