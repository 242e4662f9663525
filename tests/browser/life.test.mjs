// A page is put aside, frozen, cut off and multiplied, and always ends up with the server's rows.

import assert from 'node:assert/strict';
import {createServer} from 'node:net';
import test, {after} from 'node:test';

import {badge, closeBrowser, counters, deadline, eventually, Feed, table, verified, withServer} from './harness.mjs';

after(closeBrowser);
const limit = {timeout: 3 * deadline};
const positions = () => new Feed().put('AAPL', {price: 190}).put('MSFT', {price: 420.5});
const price = (page, row) => async () => (await table(page))[row]?.Price;
/** As long as people use browsers, not as long as tests do: 60 s in a full run. */
const frozenFor = Number(process.env.BLOTTER_FROZEN_MS || 4000);

test('the back and forward cache keeps the page, and it comes back to the rows of now', limit, async (t) => {
  const flags = {ignoreDefaultArgs: ['--disable-back-forward-cache']};
  await withServer(t, {feed: positions(), flags, mayLose: true}, async ({server, feed, open}) => {
    // The text that is gone to has no icon of its own: the browser asks for one, and must not be told 404.
    assert.match((await fetch(`${server.origin}/favicon.ico`)).headers.get('content-type'), /svg/);
    const page = await open();
    await verified(page, 2);
    await page.evaluate(() => {
      globalThis.samePage = true;
      addEventListener('pageshow', (e) => { globalThis.wasKept = e.persisted; });
    });
    await page.goto(`${server.origin}/healthz`);
    feed.put('NVDA', {price: 800});
    await page.goBack({waitUntil: 'commit'});
    await verified(page, 3);
    assert.deepEqual(await page.evaluate(() => [globalThis.samePage, globalThis.wasKept]), [true, true]);
    await eventually(price(page, 'NVDA'), '800.00');
    assert.equal((await counters(page)).resumes, 1);
  });
});

test('a page that was frozen under load does not show old rows as live', {timeout: limit.timeout + frozenFor}, async (t) => {
  const settings = ['--simulate-clients', '1', '--simulate-rows', '500', '--simulate-rate', '2000'];
  await withServer(t, {feed: 'simulate', settings, mayLose: true}, async ({open}) => {
    const page = await open();
    await badge(page, 'live');
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Page.setWebLifecycleState', {state: 'frozen'});
    await new Promise((resolve) => setTimeout(resolve, frozenFor));  // time itself is what is tested
    await cdp.send('Page.setWebLifecycleState', {state: 'active'});
    await badge(page, 'live');
    await verified(page);
    assert.equal((await counters(page)).mismatches, 0);
    assert.ok(await page.evaluate(() => globalThis.blotter.stream.behind) < 2500);
  });
});

test('offline and back again', limit, async (t) => {
  await withServer(t, {feed: positions(), mayLose: true}, async ({server, feed, open}) => {
    const page = await open();
    await verified(page, 2);
    await page.context().setOffline(true);
    await server.end('SIGKILL');
    await badge(page, 'reconnecting');
    assert.equal(Object.keys(await table(page)).length, 2);
    feed.put('AAPL', {price: 7});
    await server.start();
    await page.context().setOffline(false);
    await badge(page, 'live');
    await eventually(price(page, 'AAPL'), '7.00');
    assert.equal((await counters(page)).mismatches, 0);
  });
});

test('a server that accepts and never answers is waited for, and said so', limit, async (t) => {
  await withServer(t, {feed: positions(), mayLose: true}, async ({server, open}) => {
    const page = await open();
    await verified(page, 2);
    await server.end('SIGKILL');
    const mute = createServer(() => {}).listen(Number(new URL(server.origin).port), '127.0.0.1');
    const sockets = new Set();
    mute.on('connection', (socket) => { sockets.add(socket); socket.on('error', () => {}); });
    await page.waitForSelector('#detail:text("no answer: too many tabs? A browser keeps 6 connections to a server")');
    await badge(page, 'reconnecting');
    assert.equal(Object.keys(await table(page)).length, 2, 'the rows stay');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
    await server.start();
    await badge(page, 'live');
  });
});

test('six tabs say that a seventh must wait; it does, and is live when one of them closes', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const six = [];
    for (let i = 0; i < 6; i++) {
      six.push(await open('#client=c1'));
      await badge(six[i], 'live');
    }
    await six[5].waitForSelector('#crowd:text("6 tabs: another one has to wait")');
    await six[0].waitForSelector('#crowd:text("6 tabs")');
    const {origin} = new URL(six[0].url());
    const seventh = await six[0].context().newPage();
    await seventh.goto(`${origin}/#client=c1`, {waitUntil: 'commit', timeout: 3000}).catch(() => {});
    await six[0].close();
    await badge(seventh, 'live');
    await verified(seventh, 2);
  });
});
