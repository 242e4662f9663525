import assert from 'node:assert/strict';
import {renameSync, rmSync} from 'node:fs';
import test, {after} from 'node:test';

import {
  badge, cellAt, closeBrowser, counters, deadline, eventually, Feed, picture, rowAt, table, verified, withServer,
} from './harness.mjs';

after(closeBrowser);
const limit = {timeout: 3 * deadline};

/** Does something until it is seen: what shows for half a second can be missed on a busy machine. */
async function seen(page, selector, act) {
  for (let i = 0; i < 10; i++) {
    act(i);
    if (await page.waitForSelector(selector, {timeout: 2000}).catch(() => null)) return;
  }
  assert.fail(`${selector} was never seen`);
}

/** Waits until these rows are shown, in this order. */
const rows = (page, keys) => eventually(async () => Object.keys(await table(page)), keys);

const positions = () => new Feed()
  .put('MSFT', {quantity: 100, price: 420.5, market_value: 42050, price_last_updated: '2026-11-20T10:00:00Z'})
  .put('AAPL', {quantity: -1500, price: 190, market_value: -285000, price_last_updated: '2026-11-20T10:00:01Z'});

test('shows the rows of the first client, live and verified', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await badge(page, 'live');
    await verified(page, 2);
    assert.equal(new URL(page.url()).hash, '#client=c1');
    await rows(page, ['AAPL', 'MSFT']);
    const shown = await table(page);
    assert.deepEqual(Object.keys(shown.AAPL).slice(0, 4), ['Key', 'Quantity', 'Price', 'Market value']);
    assert.deepEqual([shown.AAPL.Quantity, shown.AAPL.Price, shown.MSFT.Price], ['\u22121,500', '190.00', '420.50']);
    assert.match(shown.AAPL['Price last updated'], /^2026-11-2\d \d\d:00:01$/);
    assert.equal(await page.textContent('#count'), '2');
    // A cell that the grid has just replaced has no style.
    await eventually(() => page.$eval(cellAt('AAPL', 'price'), (e) => getComputedStyle(e).textAlign), 'right');
  });
});

test('an update lights its cells by direction, a new row comes in, a deleted row leaves', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT']);
    await seen(page, `${cellAt('AAPL', 'price')}[data-flash="up"]`,
               (i) => feed.put('AAPL', {quantity: -1500, price: 191 + i}));
    await seen(page, `${cellAt('MSFT', 'quantity')}[data-flash="down"]`,
               (i) => feed.put('MSFT', {quantity: 90 - i, price: 420.5}));
    const untouched = await page.getAttribute(cellAt('MSFT', 'price'), 'data-flash');
    assert.ok(!untouched, 'what did not change does not flash');
    feed.put('NVDA', {quantity: 5, price: 800});
    await page.waitForSelector(`${rowAt('NVDA')}[data-state="new"]`);
    feed.remove('MSFT');
    await page.waitForSelector(`${rowAt('MSFT')}[data-state="gone"]`);
    await page.waitForSelector(rowAt('MSFT'), {state: 'detached'});
    const marks = '[data-flash="up"], [data-flash="down"], [data-state="new"]';
    await page.waitForSelector(marks, {state: 'detached'});
    await verified(page, 2);
    await rows(page, ['AAPL', 'NVDA']);
  });
});

test('says stale while the feed is lost, keeps the rows readable, and is live again', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await badge(page, 'live');
    renameSync(feed.path, `${feed.path}.away`);
    await badge(page, 'stale');
    assert.match(await page.textContent('#detail'), /^since \d\d:\d\d:\d\d: ./);
    assert.equal(await page.evaluate(() => document.body.classList.contains('dim')), true);
    await eventually(() => page.$eval(rowAt('AAPL'), (e) => getComputedStyle(e.parentElement.parentElement).opacity), '0.72',
                     'the rows are dimmed');
    await rows(page, ['AAPL', 'MSFT']);
    await picture(page, 'stale');
    renameSync(`${feed.path}.away`, feed.path);
    await badge(page, 'live');
    feed.put('NVDA', {price: 1});
    await verified(page, 3);
    assert.equal((await counters(page)).streams, 1);
  });
});

test('all rows are shown to who comes while the feed is lost, and said to be stale', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 6000; i++) feed.put(`R${i}`, {price: i, note: 'so long that the table takes many events'});
  await withServer(t, {feed}, async ({open}) => {
    const first = await open();
    await verified(first, '6,000');
    renameSync(feed.path, `${feed.path}.away`);
    await badge(first, 'stale');
    const page = await open('#client=c1');
    await badge(page, 'stale');
    await verified(page, '6,000');
    await eventually(() => page.evaluate(() => globalThis.blotter.view.shownRows), 6000);
    renameSync(`${feed.path}.away`, feed.path);
    await badge(page, 'live');
  });
});

test('heals without a reload after the server was killed, and gets only what changed', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 200; i++) feed.put(`R${i}`, {price: i});
  await withServer(t, {feed, mayLose: true}, async ({server, open}) => {
    const page = await open();
    await verified(page, 200);
    await page.waitForSelector(rowAt('R7'));
    await page.evaluate(() => {
      const grid = document.getElementById('grid');
      const rowsNow = () => grid.querySelectorAll('.ag-row[data-id^="r:"]').length;
      globalThis.seen = {rowsLeast: rowsNow(), lit: 0};
      new MutationObserver(() => {
        const {seen} = globalThis;
        seen.rowsLeast = Math.min(seen.rowsLeast, rowsNow());
        seen.lit += grid.querySelectorAll('[data-flash]').length;
      }).observe(grid, {subtree: true, childList: true, attributes: true});
    });
    const before = await counters(page);
    await server.end('SIGKILL');
    await badge(page, 'reconnecting');
    assert.equal(Object.keys(await table(page)).length > 20, true, 'the table is never blank');
    await picture(page, 'reconnecting');
    feed.put('R7', {price: 7000}).put('NEW', {price: 1}).remove('R9');
    await server.start();
    await badge(page, 'live');
    await verified(page, 200);
    const now = await counters(page);
    const {rowsLeast, lit} = await page.evaluate(() => globalThis.seen);
    assert.ok(rowsLeast > 20, `without flicker: there were once ${rowsLeast} rows in the document`);
    assert.equal(lit, 0, 'what changed while the page was away does not flash');
    assert.deepEqual([now.rows - before.rows, now.resumes, now.resets, now.mismatches], [3, 1, 0, 0]);
    assert.equal(await page.evaluate(() => globalThis.blotter.stream.rows.get('R7').price), 7000);
    assert.equal(await page.evaluate(() => globalThis.blotter.stream.rows.has('R9')), false);
  });
});

test('a server that ends in order is come back to as well', limit, async (t) => {
  await withServer(t, {feed: positions(), mayLose: true}, async ({server, open}) => {
    const page = await open();
    await badge(page, 'live');
    assert.equal(await server.end('SIGTERM'), 0);
    await badge(page, 'reconnecting');
    await server.start();
    await badge(page, 'live');
    assert.equal((await counters(page)).resumes, 1);
  });
});

test('a server that hangs is noticed by the missing beat', limit, async (t) => {
  await withServer(t, {feed: positions(), mayLose: true}, async ({server, open}) => {
    const page = await open();
    await badge(page, 'live');
    await page.waitForFunction(() => globalThis.blotter.stream.behind !== undefined);
    server.process.kill('SIGSTOP');
    const frozen = Date.now();
    await page.waitForSelector('#badge:not([data-kind="live"])');
    assert.ok(Date.now() - frozen < 6000, 'within 2.5 beats, and some time for a slow machine');
    server.process.kill('SIGCONT');
    await badge(page, 'live');
    await verified(page, 2);
  });
});

test('a table that is not the server\'s is noticed, counted and healed', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await verified(page, 2);
    await page.evaluate(() => {
      const {stream} = globalThis.blotter;
      stream.rows.delete('AAPL');
      stream.verify();
    });
    await page.waitForFunction(() => globalThis.blotter.stream.counters.streams === 2);
    await verified(page, 2);
    await rows(page, ['AAPL', 'MSFT']);
    await page.waitForSelector('#trouble:text("reconnected")');
  });
});

test('a file that was replaced is a reset: the old rows stay in sight until the new ones are here', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await verified(page, 2);
    await page.evaluate(() => {
      globalThis.fewest = Infinity;
      const {stream} = globalThis.blotter;
      stream.on('rows', () => { globalThis.fewest = Math.min(globalThis.fewest, stream.rows.size); });
    });
    const other = new Feed();
    t.after(() => rmSync(other.dir, {recursive: true}));
    for (let i = 0; i < 5; i++) other.put(`N${i}`, {price: i});
    renameSync(other.path, feed.path);
    await verified(page, 5);
    await rows(page, ['N0', 'N1', 'N2', 'N3', 'N4']);
    assert.ok(await page.evaluate(() => globalThis.fewest) >= 2);
    assert.equal((await counters(page)).resets, 1);
  });
});

test('another client is found by its first letters and has an address of its own', limit, async (t) => {
  const feed = positions().put('ONE', {price: 1}, 'zürich/ü 1').put('TWO', {price: 2}, 'zz');
  await withServer(t, {feed}, async ({open}) => {
    const page = await open();
    await badge(page, 'live');
    await page.keyboard.press('c');
    await page.waitForSelector('#suggestions li');
    await page.fill('#client', 'zü');
    await page.waitForFunction(() => document.querySelectorAll('#suggestions li').length === 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await rows(page, ['ONE']);
    assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('client'), 'zürich/ü 1');
    const other = await open('#client=zz');
    await rows(other, ['TWO']);
    const nobody = await open('#client=nobody');
    await badge(nobody, 'live');
    await nobody.waitForSelector('#empty:text("No rows for nobody")');
    feed.put('THREE', {price: 3}, 'nobody');
    await verified(nobody, 1);
  });
});

test('the rows of the client in the address are asked for before the page\'s script is there, and once', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({server, open}) => {
    const page = await open();
    await verified(page, 2);
    const asked = [];
    page.on('request', (request) => asked.push(request.url().slice(server.origin.length)));
    await page.goto('about:blank');
    await page.route(/page-.*js/, async (route) => {
      await eventually(() => asked.some((url) => url.includes('/events')), true);
      await route.continue();
    });
    await page.goto(`${server.origin}/#client=c1`);
    await verified(page, 2);
    assert.deepEqual(asked.filter((url) => url.includes('/events')), ['/v1/clients/c1/events?beat=1']);
    assert.equal((await counters(page)).connects, 1);
    const other = await open('#client=nobody');
    await badge(other, 'live');
    await other.evaluate(() => { location.hash = 'client=c1'; });
    await verified(other, 2);
  });
});

test('before there is any client the page waits for the first one', limit, async (t) => {
  await withServer(t, {}, async ({feed, open}) => {
    const page = await open();
    await page.waitForSelector('#empty:text("Waiting for the first rows")');
    feed.put('AAPL', {price: 1});
    await verified(page, 1);
  });
});

test('sorts by the column that is clicked, and missing values come last', limit, async (t) => {
  const feed = new Feed().put('A', {price: 2}).put('B', {price: 10}).put('C', {note: 'none'}).put('D', {price: 1});
  await withServer(t, {feed}, async ({open}) => {
    const page = await open();
    await verified(page, 4);
    await page.click('.ag-header-cell-text:text-is("Price")');
    await rows(page, ['B', 'A', 'D', 'C']);
    await page.click('.ag-header-cell-text:text-is("Price")');
    await rows(page, ['D', 'A', 'B', 'C']);
    assert.equal(await page.getAttribute('.ag-header-cell[col-id="f:price"]', 'aria-sort'), 'ascending');
    feed.put('A', {price: 20});
    await rows(page, ['D', 'B', 'A', 'C']);
  });
});

test('a hidden tab touches no cell, and shows everything when it is looked at again', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT']);
    const see = (hidden) => page.evaluate((yes) => {
      Object.defineProperty(document, 'hidden', {value: yes, configurable: true});
      Object.defineProperty(document, 'visibilityState', {value: yes ? 'hidden' : 'visible', configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await see(true);
    feed.put('AAPL', {quantity: 1, price: 1000});
    await page.waitForFunction(() => globalThis.blotter.stream.rows.get('AAPL').price === 1000);
    await page.waitForFunction(() => new Promise((resolve) => setTimeout(() => resolve(true), 300)));
    assert.equal((await table(page)).AAPL.Price, '190.00');
    await see(false);
    await eventually(async () => (await table(page)).AAPL.Price, '1,000.00');
    assert.equal(await page.$('.ag-cell[data-flash="up"]'), null, 'what happened out of sight does not flash');
  });
});

test('a page that is put aside gives its connection back and resumes on return', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await verified(page, 2);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true})));
    assert.equal(await page.evaluate(() => globalThis.blotter.stream.state), 'idle');
    feed.put('NVDA', {price: 1});
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})));
    await verified(page, 3);
    assert.equal((await counters(page)).resumes, 1);
  });
});

test('without motion nothing flashes, and the direction can be read all the same', limit, async (t) => {
  await withServer(t, {feed: positions(), context: {reducedMotion: 'reduce'}}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT']);
    await page.evaluate(() => {
      new MutationObserver((changes) => {
        const lit = changes.find(({target}) => target.dataset.flash === 'up')?.target;
        if (lit) globalThis.look = [getComputedStyle(lit).backgroundColor, getComputedStyle(lit, '::before').content];
      }).observe(document.getElementById('grid'), {subtree: true, attributes: true, attributeFilter: ['data-flash']});
    });
    feed.put('AAPL', {quantity: -1500, price: 191});
    await page.waitForFunction(() => globalThis.look);
    assert.deepEqual(await page.evaluate(() => globalThis.look), ['rgba(0, 0, 0, 0)', '"▲"']);
  });
});

