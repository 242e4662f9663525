// What was built is what is served: its size, its references, its types.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {brotliDecompressSync, gunzipSync} from 'node:zlib';

const page = fileURLToPath(new URL('..', import.meta.url));
const dist = join(page, 'dist');
const files = readdirSync(dist);

test('the page is less than 400 kB in all, compressed', (t) => {
  for (const ending of ['gz', 'br']) {
    const sent = files.filter((name) => /\.(html|js|css|svg)$/.test(name))
      .map((name) => (files.includes(`${name}.${ending}`) ? `${name}.${ending}` : name));
    const bytes = sent.reduce((sum, name) => sum + statSync(join(dist, name)).size, 0);
    t.diagnostic(`${ending}: ${bytes} bytes`);
    assert.ok(bytes < 400_000, `${bytes} bytes`);
    assert.ok(bytes > 50_000);
  }
});

test('compressed files are those beside them', () => {
  for (const name of files) {
    const bytes = readFileSync(join(dist, name));
    if (name.endsWith('.gz')) assert.deepEqual(gunzipSync(bytes), readFileSync(join(dist, name.slice(0, -3))));
    if (name.endsWith('.br')) assert.deepEqual(brotliDecompressSync(bytes), readFileSync(join(dist, name.slice(0, -3))));
  }
});

test('the document names its own files by their hashes and nobody else\'s', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name);
  assert.ok(named.some((name) => /^page-[0-9a-f]{16}\.js$/.test(name)));
  // What the server's settings say comes from the server.
  for (const name of named) assert.ok(files.includes(name) || name === 'page.json', name);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|\son\w+=|style=|https?:/);
});

test('the types of the page hold', () => {
  const done = spawnSync(join(page, 'node_modules/.bin/tsc'), ['--noEmit', '-p', page], {encoding: 'utf8'});
  assert.equal(done.stdout, '');
  assert.equal(done.status, 0);
});

test('lock files name no registry', () => {
  assert.doesNotMatch(readFileSync(join(page, 'package-lock.json'), 'utf8'), /"resolved": "http/);
});
