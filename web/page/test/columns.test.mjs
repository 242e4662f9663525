import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {Columns, columnsMax, compareRanks, natural} = await load('columns');

const columnsOf = (rows, client = 'c1') => {
  const columns = new Columns(client);
  for (const [key, row] of Object.entries(rows)) columns.observe({key, row});
  return columns;
};
const kinds = (columns) => Object.fromEntries(columns.all.map((c) => [c.isKey ? 'key' : c.name, c.kind]));

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
    isin: 'text', account_id: 'text', open: 'flag', legs: 'json', side: 'text'}, 'a field without a value is no column yet');
});

test('a column of mixed values is text, and one value more never breaks it', () => {
  const columns = columnsOf({a: {x: 1}, b: {x: 'n/a'}, c: {x: []}, d: {x: null}});
  assert.equal(kinds(columns).x, 'text');
  assert.equal(columns.all[1].text([{deep: 1}]), '[{"deep":1}]');
});

test('numbers of a column have the same digits after the point, and a true minus', () => {
  const columns = columnsOf({a: {x: 1.25}, b: {x: -3}});
  assert.match(columns.all[1].text(-3), /^\u22123[.,]00$/);
});

test('a column is as wide as the widest text in it, its days included', () => {
  const chars = (value) => columnsOf({a: {at: value}}).all[1].chars;
  assert.equal(chars(new Date().toISOString().slice(0, 19) + 'Z'), 8);
  assert.equal(chars('2020-11-20T10:00:00Z'), 19);
  assert.equal(columnsOf({a: {x: 5}, b: {x: -12345}}).all[1].chars, 7);
});

test('times of today are a clock, others have their day', () => {
  const columns = columnsOf({a: {t: '2026-11-22 10:00:00Z'}});
  const at = new Date('2026-11-22T10:00:00Z');
  assert.match(columns.all[1].text('2026-11-22 10:00:00Z', at), /^\d\d:00:00$/);
  assert.match(columns.all[1].text('2026-11-22 10:00:00Z', new Date(0)), /^2026-11-22 \d\d:00:00$/);
});

const shown = (columns) => columns.all.filter((c) => columns.isShown(c)).map((c) => c.title);

test('a column that only repeats client or key is hidden until it says something else', () => {
  const columns = columnsOf({AAPL: {clientId: 'c1', ticker: 'AAPL', x: 1}});
  assert.deepEqual(shown(columns), ['Key', 'X']);
  assert.equal(columns.all.length, 4);
  assert.equal(columns.observe({key: 'MSFT', row: {ticker: 'other'}}), true);
  assert.deepEqual(shown(columns), ['Key', 'Ticker', 'X']);
});

test('ten thousand fields do not become ten thousand columns, and few of them are shown', () => {
  const row = Object.fromEntries(Array.from({length: 10_000}, (_, i) => [`f${i}`, i]));
  const columns = columnsOf({a: row});
  assert.equal(columns.all.length, columnsMax + 1);
  assert.ok(shown(columns).length < 100);
  assert.deepEqual([columns.leftOut, columns.fields], [9000, 10_000]);
  columns.observe({key: 'b', row: {other: 1, f1: 2}});
  assert.equal(columns.leftOut, 9000, 'of the row that has most');
});

test('an object inside a row is dotted columns, down to a depth', () => {
  const columns = columnsOf({a: {risk: {delta: 1.5, by: {desk: 'x'}}, 'risk.delta': 2}});
  assert.deepEqual(columns.all.slice(1).map((c) => c.name), ['risk.delta', 'risk.by.desk', 'risk.delta']);
  assert.equal(new Set(columns.all.map((c) => c.id)).size, 4);
  const row = {key: 'a', row: {risk: {delta: 3}, 'risk.delta': 4}};
  assert.deepEqual(columns.all.slice(1).map((c) => c.of(row)), [3, undefined, 4]);
  let deep = {end: 1};
  for (let i = 0; i < 50; i++) deep = {deep};
  assert.equal(columnsOf({a: deep}).all.length, 2);
});

test('numbers beyond all measure are shown, not invented', () => {
  const [, x] = columnsOf({a: {x: 1}}).all;
  assert.equal(x.text(Infinity), 'Infinity');
  assert.equal(x.text('NaN'), 'NaN');
  assert.match(x.text(-1e300), /^\u22121\.0+e\+300$/);
  assert.equal(x.rank('NaN'), undefined);
});

test('a huge text is cut for the eye alone', () => {
  const [, x] = columnsOf({a: {x: 'y'}}).all;
  assert.ok(x.text('z'.repeat(1e6)).length < 500);
});

test('the settings name, order, format and hide columns', () => {
  const columns = new Columns('c1', {columns: [
    {field: 'b', title: 'Bee', digits: 4}, {field: 'a', hidden: true}, {field: 'n', kind: 'text'}]});
  columns.observe({key: 'k', row: {a: 1, b: 2, n: 5, z: 9}});
  assert.deepEqual(columns.ordered().map((c) => c.title), ['Key', 'Bee', 'A', 'N', 'Z']);
  assert.match(columns.byId('f:b').text(2), /^2[.,]0000$/);
  assert.equal(columns.isShown(columns.byId('f:a')), false);
  assert.equal(columns.byId('f:n').kind, 'text');
  const shown = ({columns: named, others}) => {
    const all = new Columns('c1', {columns: named, others});
    all.observe({key: 'k', row: {a: 1, b: 2, id: 'k'}});
    return all.ordered().filter((c) => all.isShown(c)).map((c) => c.name).join();
  };
  assert.equal(shown({columns: [{field: 'b'}]}), ',b', 'what is not named is hidden');
  assert.equal(shown({columns: [{field: 'b'}, {field: 'id'}]}), ',b,id', 'what is named is shown');
  assert.equal(shown({columns: [{field: 'b'}], others: 'shown'}), ',b,a');
  assert.equal(shown({columns: [{field: 'key', title: 'K'}, {field: 'b', hidden: true}]}), ',a', 'no column is named to be shown');
});

test('text sorts as people count', () => {
  assert.deepEqual(['R10', 'R9', 'r1'].sort((a, b) => (natural(a) < natural(b) ? -1 : 1)), ['r1', 'R9', 'R10']);
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
