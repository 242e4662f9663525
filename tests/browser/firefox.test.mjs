// What differs between browsers is how a stream breaks and comes back: once through in Debian's Firefox.

import assert from 'node:assert/strict';
import {rmSync} from 'node:fs';
import test, {after, before} from 'node:test';

import {Firefox} from './firefox.mjs';
import {deadline, eventually, Feed, Process} from './harness.mjs';

const limit = {timeout: 6 * deadline};
let firefox;
before(async () => { firefox = await Firefox.start(); }, limit);
after(() => firefox?.end());

const kind = () => firefox.evaluate(() => document.getElementById('badge').dataset.kind);
const text = (selector) => firefox.evaluate((where) => document.querySelector(where)?.innerText ?? null, selector);
const price = (key) => text(`.ag-row[data-id="r:${key}"] [col-id="f:price"]`);
const proven = async (rows) => (await text('#verified')).startsWith(`verified ✓ ${rows} row`);

/** A server on a feed of its own, both gone with the test. */
async function serve(t, feed) {
  const server = new Process('up', ['--feed', `file:${feed.path}`]);
  t.after(async () => {
    await server.end();
    rmSync(feed.dir, {recursive: true, force: true});
  });
  return server.start();
}

test('Firefox opens the page, shows what changes, and resumes after the server was killed', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 200; i++) feed.put(`R${i}`, {price: i});
  const server = await serve(t, feed);
  await firefox.open(server.origin);
  await eventually(kind, 'live');
  await eventually(() => proven(200), true);
  await eventually(() => price('R1'), '1');
  await firefox.evaluate(() => {
    globalThis.lit = '';
    new MutationObserver((all) => {
      for (const {target} of all) globalThis.lit ||= target.dataset.flash ?? '';
    }).observe(document.getElementById('grid'), {subtree: true, attributes: true, attributeFilter: ['data-flash']});
  });
  feed.put('R1', {price: 1000});
  await eventually(() => price('R1'), '1,000');
  await eventually(() => firefox.evaluate(() => globalThis.lit), 'up');
  assert.deepEqual(firefox.complaints, []);

  const before = await firefox.evaluate(() => globalThis.blotter.stream.counters);
  await server.end('SIGKILL');
  await eventually(kind, 'reconnecting');
  assert.equal(await price('R1'), '1,000', 'the table is never blank');
  feed.put('R2', {price: 2000}).put('NEW', {price: 1}).remove('R9');
  await server.start();
  await eventually(kind, 'live');
  await eventually(() => proven(200), true);
  await eventually(() => price('R2'), '2,000');
  const now = await firefox.evaluate(() => globalThis.blotter.stream.counters);
  assert.deepEqual([now.rows - before.rows, now.resumes, now.resets, now.mismatches], [3, 1, 0, 0]);
  assert.ok(await firefox.evaluate(() => typeof globalThis.lit === 'string'), 'without a reload');
});
