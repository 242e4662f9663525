import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {csvOf, tsvOf} = await load('take');
const {Columns} = await load('columns');
const {totalsOf} = await load('totals');
const {settingsOf} = await load('settings');

function tableOf(rows) {
  const columns = new Columns('c1');
  const lines = Object.entries(rows).map(([key, row]) => ({key, row}));
  for (const line of lines) columns.observe(line);
  return {columns, lines};
}

test('text that a spreadsheet would run is defused; numbers are left alone', () => {
  const {columns, lines} = tableOf({'=cmd': {a: '=1+1', b: '@x', c: -5, d: '-5.25', e: '+49 30', f: '\tx'}});
  assert.equal(csvOf(columns.all, lines, 'c1').split('\r\n')[2], "'=cmd,'=1+1,'@x,-5,-5.25,'+49 30,'\tx");
});

test('CSV says of what it is, quotes what must be quoted and starts with the mark Excel looks for', () => {
  const {columns, lines} = tableOf({a: {note: 'say "no",\nthen', nested: {x: 1}, none: null}});
  assert.equal(csvOf(columns.all, lines, 'c1, as of now'),
               '\uFEFF"# c1, as of now"\r\nkey,note,nested.x\r\na,"say ""no"",\nthen",1\r\n');
});

test('a paste has a line a row and a cell a value, whatever they hold', () => {
  const {columns, lines} = tableOf({a: {note: 'two\tcells\nno', n: 1.123456789}});
  assert.equal(tsvOf(columns.all, lines), 'Key\tNote\tN\na\ttwo cells no\t1.123456789\n');
});

test('totals are of quantities and money, never of prices, and never across currencies', () => {
  const one = tableOf({a: {quantity: 1, price: 5, market_value: 5, ccy: 'USD'}, b: {quantity: 2, price: 6, market_value: 12, ccy: 'USD'}});
  assert.deepEqual([...totalsOf(one.columns, one.lines)], [['f:quantity', 3], ['f:market_value', 17]]);
  const two = tableOf({a: {quantity: 1, market_value: 5, ccy: 'USD'}, b: {quantity: 2, market_value: 12, ccy: 'EUR'}});
  assert.deepEqual([...totalsOf(two.columns, two.lines)], [['f:quantity', 3], ['f:market_value', undefined]]);
});

test('of settings only what is understood is taken', () => {
  assert.deepEqual(settingsOf(null), {});
  const {columns, title} = settingsOf({title: 5, columns: [
    null, {title: 'no field'}, {field: 'a', kind: 'script', digits: 99, hidden: 'yes'}, {field: 'b', digits: 2, hidden: true}]});
  assert.equal(title, undefined);
  assert.deepEqual(columns.map(({field, kind, digits, hidden}) => [field, kind, digits, hidden]),
                   [['a', undefined, undefined, undefined], ['b', undefined, 2, true]]);
});
