// A page behind a gateway: the node that serves it is killed, and nobody who looks at it notices. The same behind HAProxy
// and two gateways, and a page that connects to nodes itself.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {after} from 'node:test';
import {fileURLToPath} from 'node:url';

import {badge, closeBrowser, counters, deadline, eventually, Process, run, verified, withPages} from './harness.mjs';

const limit = {timeout: 6 * deadline};
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'blotter-page-grid-'));

/** Of a stock Kafka or Hazelcast, by its tool in deploy/. */
function stock(name, command, ...flags) {
  const done = spawnSync(join(root, 'deploy', name, name), [...command, ...flags, '--dir', join(folder, name)],
                         {encoding: 'utf8', timeout: 6 * deadline});
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}

const started = [];
let market;
after(async () => {
  market?.kill('SIGKILL');
  await Promise.all(started.map((one) => one.end()));
  stock('hazelcast', ['kill']);
  stock('kafka', ['kill']);
  rmSync(folder, {recursive: true, force: true});
  await closeBrowser();
});

/** A broker with a market of one client, a router that reads it, two nodes, and a gateway before them. */
async function startCluster() {
  const directory = ['--directory', `hazelcast://${stock('hazelcast', ['start'], '--members', '1')}/blotter`];
  const topic = `kafka://${stock('kafka', ['start'])}/market`;
  market = run('feed', ['--to', topic, '--clients', '1', '--rows-per-client', '60', '--rate', '200', '--partitions', '3']);
  const start = async (role, ...flags) => {
    const one = new Process(role, [...directory, ...flags]);
    started.push(one);
    return one.start();
  };
  await start('router', '--member', 'r1', '--link', '127.0.0.1:0', '--feed', topic);
  const nodes = {n1: await start('node', '--member', 'n1'), n2: await start('node', '--member', 'n2')};
  const front = await start('gateway', '--member', 'g1');
  return {nodes, front, start};
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => resolve(port));
  });
});

/** The configuration of deploy/haproxy before two gateways, without what belongs to the machine that it is made for. */
async function startHAProxy(gateways) {
  const from = join(root, 'deploy', 'haproxy');
  const port = await freePort();
  let text = readFileSync(join(from, 'haproxy.cfg'), 'utf8')
    .replaceAll('/etc/haproxy/', `${from}/`).replaceAll('/run/haproxy/', `${folder}/`)
    .replace('log /dev/log local0', 'log stdout format raw local0').replace('maxconn 20000', 'maxconn 500')
    .replace(/^ +(user|group|chroot) .*\n/gm, '').replace('bind :8080', `bind 127.0.0.1:${port}`);
  gateways.forEach((one, i) => { text = text.replaceAll(`10.0.0.1${i + 1}:8080`, new URL(one.origin).host); });
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  const process = spawn('haproxy', ['-db', '-f', file], {stdio: 'ignore'});
  const origin = `http://127.0.0.1:${port}`;
  started.push({end: async () => process.kill('SIGKILL')});
  await eventually(() => fetch(`${origin}/readyz`).then((answer) => answer.status, () => 0), 200, 'HAProxy');
  return {origin};
}

/** Two nodes that want tickets, and a gateway that gives them to pages; beside those of before. */
async function startDirect(start) {
  const keys = join(folder, 'tickets');
  writeFileSync(keys, `${'k'.repeat(40)}\n`);
  const front = await start('gateway', '--member', 'g2', '--ticket-keys', keys, '--node-origin', 'http://127.0.0.1:*');
  const own = ['--ticket-keys', keys, '--cors-origin', front.origin];
  return {front, nodes: {n3: await start('node', '--member', 'n3', ...own), n4: await start('node', '--member', 'n4', ...own)}};
}

const linked = async ({origin}) => {
  const {gateway} = await (await fetch(`${origin}/v1/cluster`)).json();
  return gateway.nodes.filter((node) => node.links > 0 && node.links === node.links_wanted).map(({id}) => id).sort();
};

/** Notes at each frame how many rows are in the document, and each kind of the badge that is ever shown. */
const observe = (page) => page.evaluate(() => {
  globalThis.seen = {fewest: Infinity, frames: 0, kinds: [], states: [], dim: 0, changes: 0, sameDocument: true};
  const {seen} = globalThis;
  const frame = () => {
    seen.frames++;
    seen.fewest = Math.min(seen.fewest, [...document.querySelectorAll('.ag-row[data-id^="r:"]')]
      .filter((row) => row.querySelector('.ag-cell')?.textContent).length);
    const {kind} = document.getElementById('badge').dataset;
    if (seen.kinds.at(-1) !== kind) seen.kinds.push(kind);
    if (document.body.classList.contains('dim')) seen.dim++;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.blotter.stream.on('status', ({state}) => seen.states.push(state));
  globalThis.blotter.stream.on('rows', ({phase}) => { if (phase === 'live') seen.changes++; });
});
const seen = (page) => page.evaluate(() => globalThis.seen);
const member = (page) => page.evaluate(() => globalThis.blotter.stream.hello.member);
/** A machine that has just started all this may be late once: from here on nobody may notice anything. */
const settled = async (page) => {
  await badge(page, 'live');
  await page.evaluate(() => Object.assign(globalThis.seen, {kinds: [], states: [], dim: 0}));
};
/** Rows come on. */
const moreChanges = async (page) => {
  const {changes} = await seen(page);
  await page.waitForFunction((had) => globalThis.seen.changes > had, changes + 3);
};

test('behind a gateway nodes and the gateway itself are killed', limit, async (t) => {
  const {nodes, front, start} = await startCluster();
  await eventually(() => linked(front), ['n1', 'n2'], 'links to both nodes');
  await eventually(async () => (await (await fetch(`${front.origin}/v1/clients?limit=1`)).json()).clients?.length, 1);

  await t.test('the node that serves is killed: live all the time, no row gone, the same connection', async (t) => {
    await withPages(t, front, {}, async (open) => {
      const page = await open();
      await badge(page, 'live');
      await verified(page);
      await page.waitForFunction(() => document.querySelectorAll('.ag-row[data-id^="r:"]').length > 20);
      await observe(page);
      await moreChanges(page);
      const first = await member(page);
      assert.ok(nodes[first], first);
      await settled(page);
      await nodes[first].end('SIGKILL');
      await page.waitForFunction((name) => globalThis.blotter.stream.hello.member !== name, first);
      await moreChanges(page);
      await page.waitForFunction((at) => globalThis.blotter.stream.verified?.at > at, Date.now());
      const {fewest, frames, kinds, states, dim, sameDocument} = await seen(page);
      t.diagnostic(`${frames} frames, never fewer than ${fewest} rows`);
      assert.ok(sameDocument && frames > 10 && fewest > 20, `${frames} frames, at least ${fewest} rows`);
      assert.deepEqual([kinds, states, dim], [['live'], [], 0]);
      const now = await counters(page);
      assert.deepEqual([now.connects, now.moves, now.resets, now.mismatches, now.backwards], [1, 1, 0, 0, 0]);
      assert.equal(await page.textContent('#trouble'), '');
      await page.click('#show-history');
      await page.waitForSelector(`#events:has-text("moved from ${first} to ${await member(page)}")`);
      await nodes[first].start();
    });
  });

  await t.test('the gateway is killed and started again: the page heals without a reload', async (t) => {
    await eventually(() => linked(front), ['n1', 'n2'], 'links to both nodes');
    await withPages(t, front, {mayLose: true}, async (open) => {
      const page = await open();
      await verified(page);
      await page.waitForFunction(() => document.querySelectorAll('.ag-row[data-id^="r:"]').length > 20);
      await observe(page);
      await front.end('SIGKILL');
      await badge(page, 'reconnecting');
      await front.start();
      await badge(page, 'live');
      await moreChanges(page);
      await page.waitForFunction((at) => globalThis.blotter.stream.verified?.at > at, Date.now());
      const {fewest, sameDocument} = await seen(page);
      assert.ok(sameDocument && fewest > 20, `at least ${fewest} rows`);
      const now = await counters(page);
      assert.deepEqual([now.resets, now.mismatches, now.backwards], [0, 0, 0]);
      assert.ok(now.resumes >= 1);
    });
  });

  await t.test('behind HAProxy the gateway that carries the page is killed, then its node: it goes on', async (t) => {
    const second = await start('gateway', '--member', 'g3');
    await eventually(() => linked(second), ['n1', 'n2'], 'links to both nodes');
    const proxy = await startHAProxy([front, second]);
    await withPages(t, proxy, {mayLose: true}, async (open) => {
      const page = await open();
      await badge(page, 'live');
      await verified(page);
      await page.waitForFunction(() => document.querySelectorAll('.ag-row[data-id^="r:"]').length > 20);
      await observe(page);
      await moreChanges(page);
      const carries = async (one) => (await (await fetch(`${one.origin}/v1/cluster`)).json()).gateway.viewers > 0;
      await ((await carries(front)) ? front : second).end('SIGKILL');
      await page.waitForFunction(() => globalThis.blotter.stream.counters.connects > 1);
      await badge(page, 'live');
      await moreChanges(page);
      const {connects} = await counters(page);
      const node = await member(page);
      await nodes[node].end('SIGKILL');
      await page.waitForFunction((name) => globalThis.blotter.stream.hello.member !== name, node);
      await moreChanges(page);
      await page.waitForFunction((at) => globalThis.blotter.stream.verified?.at > at, Date.now());
      const {fewest, frames, sameDocument} = await seen(page);
      t.diagnostic(`${frames} frames, never fewer than ${fewest} rows`);
      assert.ok(sameDocument && frames > 10 && fewest > 20, `${frames} frames, at least ${fewest} rows`);
      const now = await counters(page);
      assert.deepEqual([now.connects, now.resets, now.mismatches, now.backwards], [connects, 0, 0, 0]);
      await nodes[node].start();
    });
  });

  await t.test('a page that connects to nodes itself: one leaves, the next is killed, and it never loses its rows', async (t) => {
    await Promise.all(Object.values(nodes).map((one) => one.end('SIGKILL')));  // they would take clients, and ask nobody
    const direct = await startDirect(start);
    await eventually(() => linked(direct.front), ['n3', 'n4'], 'links to both nodes');
    const origins = Object.values(direct.nodes).map((one) => one.origin);
    await withPages(t, direct.front, {mayLose: true, origins}, async (open) => {
      const {clients: [client]} = await (await fetch(`${direct.front.origin}/v1/clients?limit=1`)).json();
      const page = await open(`#client=${client}&direct`);
      await badge(page, 'live');
      await verified(page);
      await page.waitForFunction(() => document.querySelectorAll('.ag-row[data-id^="r:"]').length > 20);
      const first = await member(page);
      assert.ok(direct.nodes[first], first);
      await observe(page);
      await moreChanges(page);
      await settled(page);
      await direct.nodes[first].end('SIGTERM');
      await page.waitForFunction((name) => globalThis.blotter.stream.hello.member !== name, first);
      await moreChanges(page);
      const moved = await seen(page);
      assert.ok(!moved.states.includes('waiting') && !moved.states.includes('stale'), String(moved.states));
      await direct.nodes[first].start();
      await eventually(() => linked(direct.front), ['n3', 'n4'], 'links to both nodes');
      await direct.nodes[await member(page)].end('SIGKILL');
      await page.waitForFunction((name) => globalThis.blotter.stream.hello.member === name, first);
      await badge(page, 'live');
      await moreChanges(page);
      await page.waitForFunction((at) => globalThis.blotter.stream.verified?.at > at, Date.now());
      const {fewest, frames, sameDocument} = await seen(page);
      t.diagnostic(`${frames} frames, never fewer than ${fewest} rows`);
      assert.ok(sameDocument && frames > 10 && fewest > 20, `${frames} frames, at least ${fewest} rows`);
      const now = await counters(page);
      assert.deepEqual([now.resets, now.mismatches, now.backwards], [0, 0, 0]);
    });
  });
});
