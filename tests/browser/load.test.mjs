// A large table that never rests stays smooth and small, and a small one is there at once.

import assert from 'node:assert/strict';
import {cpus, loadavg} from 'node:os';
import test, {after} from 'node:test';

import {badge, closeBrowser, counters, deadline, Feed, withServer} from './harness.mjs';

after(closeBrowser);
/** 10 minutes in a full run. */
const seconds = Number(process.env.BLOTTER_LOAD_SECONDS || 10);
const pieceMax = 150;  // s
const limit = {timeout: 8 * deadline + seconds * 2000};

/** Frames, rate and long tasks of some time, as the page itself sees them. */
const watch = (page, seconds) => page.evaluate((forSeconds) => new Promise((resolve) => {
  const from = {at: performance.now(), rows: globalThis.blotter.stream.counters.rows};
  let frames = 0;
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => Math.round(task.duration))))
    .observe({entryTypes: ['longtask']});
  const frame = () => {
    frames++;
    const passed = (performance.now() - from.at) / 1000;
    if (passed < forSeconds) return requestAnimationFrame(frame);
    tasks.sort((a, b) => b - a);
    resolve({fps: Math.round(frames / passed), rate: Math.round((globalThis.blotter.stream.counters.rows - from.rows) / passed),
             longTasks: tasks.length, longest: tasks.slice(0, 5)});
  };
  requestAnimationFrame(frame);
}), seconds);

/** The longest task of the page while `body` runs, in ms of processor time: what others do on the machine is not ours. */
async function longestTask(page, body) {
  const browser = page.context().browser();
  await browser.startTracing(page, {categories: ['disabled-by-default-devtools.timeline', 'toplevel', '__metadata']});
  await body();
  const {traceEvents} = JSON.parse((await browser.stopTracing()).toString());
  const main = new Set(traceEvents.filter(({name, args}) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({pid, tid}) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ph, tdur, pid, tid}) => ph === 'X' && tdur > 0 && main.has(`${pid} ${tid}`));
  return Math.round(Math.max(0, ...tasks.map(({tdur}) => tdur)) / 1000);
}

test('the first rows are there soon after opening', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 200; i++) feed.put(`R${i}`, {price: i, quantity: i, note: 'x'});
  await withServer(t, {feed}, async ({server, open}) => {
    const first = await open('#client=c1');
    await badge(first, 'live');
    const page = await first.context().newPage();
    await page.addInitScript(() => {
      const look = () => {
        if (document.querySelector('.ag-row [col-id]')) globalThis.firstRowsAt = performance.now();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    const took = [];
    for (let i = 0; i < 8; i++) {
      await page.goto('about:blank');
      await page.goto(`${server.origin}/#client=c1`);
      await page.waitForFunction(() => globalThis.firstRowsAt > 0);
      took.push(Math.round(await page.evaluate(() => globalThis.firstRowsAt)));
    }
    // The best of all. On a machine that others use too it has to wait for its turn like them.
    const share = Math.max(1, loadavg()[0] / cpus().length);
    t.diagnostic(`first rows after ${took.join(', ')} ms, ${share.toFixed(1)} for each processor`);
    assert.ok(Math.min(...took) < 300 * share, `${took} ms`);
  });
});

test(`100,000 rows at 2,000 changes a second for ${seconds} s, whatever is done with them`, limit, async (t) => {
  const settings = ['--simulate-clients', '1', '--simulate-rows', '100000', '--simulate-rate', '2000'];
  await withServer(t, {feed: 'simulate', settings}, async ({open}) => {
    const page = await open('#client=none-yet');
    page.setDefaultTimeout(3 * deadline);
    const cdp = await page.context().newCDPSession(page);
    const heap = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      return Math.round((await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6);
    };
    /** Half of the time, in pieces, with the heap after each. */
    const rest = async (heaps) => {
      const pieces = Math.ceil(seconds / 2 / pieceMax);
      const seen = [];
      for (let i = 0; i < pieces; i++) {
        seen.push(await watch(page, seconds / 2 / pieces));
        heaps.push(await heap());
        t.diagnostic(`${JSON.stringify(seen[i])}, heap ${heaps.at(-1)} MB`);
      }
      return seen;
    };
    const shown = () => page.evaluate(() => globalThis.blotter.view.shownRows);
    const longest = {};
    const during = async (what, body) => {
      longest[what] = await longestTask(page, async () => {
        await body();
        await watch(page, 3);
      });
    };
    await during('opening', async () => {
      await page.evaluate(async () => {
        const {clients: [first]} = await (await fetch('v1/clients?limit=1')).json();
        location.hash = `client=${first}`;
      });
      await page.waitForFunction(() => globalThis.blotter.stream?.rows.size >= 99_000);
      await badge(page, 'live');
      await page.waitForFunction(() => globalThis.blotter.view.shownRows >= 99_000);
    });
    await page.mouse.move(0, 0);
    const restedHeaps = [await heap()];
    const rested = await rest(restedHeaps);
    // By a value that changes all the time: rows change places, in view and out of it.
    await during('sorting', async () => {
      await page.click('.ag-header-cell-text:text-is("Price")');
      await page.waitForSelector('.ag-header-cell[col-id="f:price"][aria-sort="descending"]');
      await page.mouse.move(0, 0);
    });
    const ranks = await page.evaluate(() => globalThis.blotter.view.shownLines().map(({ranks}) => ranks[0]));
    assert.ok(ranks.every((rank, i) => i === 0 || ranks[i - 1] >= rank), 'sorted by price');
    const words = await page.evaluate(() => [...globalThis.blotter.stream.rows.keys()][50_000].slice(0, 3));
    await during('searching', async () => {
      await page.focus('#find');
      await page.keyboard.type(words, {delay: 50});
    });
    assert.ok(await shown() > 0 && await shown() < 99_000);
    await during('filtering', async () => {
      await page.fill('#find', '');
      await page.hover('.ag-header-cell[col-id="f:price"]');
      await page.click('.ag-header-cell[col-id="f:price"] .ag-header-cell-filter-button');
      await page.fill('.ag-filter .ag-filter-from input', '100');
      await page.click('.ag-filter .ag-picker-field-wrapper');
      await page.click('.ag-list-item:has-text("Greater than"):not(:has-text("equal"))');
    });
    assert.ok(await shown() > 0 && await shown() < 99_000);
    await during('all again', () => page.click('#unfilter'));
    assert.ok(await shown() >= 99_000);
    await during('scrolling', async () => {
      await page.mouse.move(640, 360);
      for (let i = 0; i < 20; i++) await page.mouse.wheel(0, 40_000);
    });
    await page.mouse.move(0, 0);
    const sortedHeaps = [await heap()];
    const sorted = await rest(sortedHeaps);
    t.diagnostic(JSON.stringify({longestTaskMs: longest, restedHeaps, sortedHeaps}));
    for (const {rate, fps} of [...rested, ...sorted]) {
      assert.ok(rate > 500, `${rate} changes/s`);
      assert.ok(fps > 15, `${fps} frames/s`);
    }
    for (const [what, ms] of Object.entries(longest)) assert.ok(ms > 0 && ms <= 200, `a task of ${ms} ms while ${what}`);
    for (const heaps of [restedHeaps, sortedHeaps]) {
      assert.ok(heaps.at(-1) < heaps[0] * 1.1 + 3, `the heap grew: ${heaps} MB`);
    }
    assert.ok(await page.$$eval('.ag-row', (all) => all.length) < 100);
    await page.waitForFunction(() => globalThis.blotter.stream.verified?.ok);
    assert.equal((await counters(page)).mismatches, 0);
  });
});

for (const [size, width, height] of [['wide', 1680, 900], ['desk', 1280, 720], ['phone', 390, 780]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`a picture at ${width} pixels in ${colorScheme} colours`, limit, async (t) => {
      const {picture} = await import('./harness.mjs');
      const settings = ['--simulate-clients', '20', '--simulate-rows', '60', '--simulate-rate', '160'];
      const context = {colorScheme, viewport: {width, height}, ...(size === 'phone' && {isMobile: true, hasTouch: true})};
      await withServer(t, {feed: 'simulate', settings, context}, async ({open}) => {
        const page = await open();
        await badge(page, 'live');
        await page.waitForSelector('.ag-cell[data-flash="up"], .ag-cell[data-flash="down"]');
        await page.waitForFunction(() => document.getElementById('rate').textContent !== '');
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing hangs over');
        await picture(page, `page-${size}-${colorScheme}`);
      });
    });
  }
}
