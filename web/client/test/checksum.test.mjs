import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

import {library} from './load.mjs';

const {Checksum, checksumOf} = library;
const vectors = JSON.parse(readFileSync(new URL('../../../docs/checksum-vectors.json', import.meta.url)));

for (const {name, rows, count, checksum} of vectors) {
  test(`checksum of ${name}`, () => {
    assert.equal(rows.length, count);
    assert.equal(checksumOf(rows), checksum);
  });
}

test('what was added and taken away again leaves no trace', () => {
  const sum = new Checksum();
  for (const {rows} of vectors) for (const {key, v} of rows) sum.add(key, v);
  for (const {rows} of [...vectors].reverse()) for (const {key, v} of rows) sum.add(key, v, -1);
  assert.equal(`${sum}`, '0000000000000000');
});
