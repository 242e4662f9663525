import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

import {Checksum, rowSums} from '../checksum.js';

const vectors = JSON.parse(readFileSync(new URL('../../../docs/checksum-vectors.json', import.meta.url)));

for (const {name, rows, count, checksum} of vectors) {
  test(`checksum of ${name}`, () => {
    const sum = new Checksum();
    for (const {key, v} of rows) sum.add(rowSums(key, v));
    assert.equal(rows.length, count);
    assert.equal(sum.toString(), checksum);
  });
}

test('what was added and removed again leaves no trace', () => {
  const sum = new Checksum();
  for (const {rows} of vectors) for (const {key, v} of rows) sum.add(rowSums(key, v));
  for (const {rows} of vectors.reverse()) for (const {key, v} of rows) sum.remove(rowSums(key, v));
  assert.equal(sum.toString(), '0000000000000000');
});
