// Everybody can use it: axe finds nothing serious, the keyboard alone is enough, a screen reader hears states only.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import test, {after} from 'node:test';

import {badge, closeBrowser, deadline, eventually, Feed, rowAt, table, verified, withServer} from './harness.mjs';

after(closeBrowser);
const limit = {timeout: 3 * deadline};
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe thinks serious or worse, as "rule: element". */
const serious = (page) => page.evaluate(async (source) => {
  if (!globalThis.axe) (0, eval)(source);
  const {violations} = await globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations']});
  return violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.slice(0, 3).map(({html, failureSummary}) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`));
}, axe);

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious in ${colorScheme} colours`, limit, async (t) => {
    const feed = new Feed().put('AAPL', {quantity: 10, price: 190, open: true, at: '2026-11-20T10:00:00Z'})
      .put('MSFT', {quantity: -20, price: 420.5, note: 'text'});
    const context = {colorScheme, bypassCSP: true, reducedMotion: 'reduce'};
    await withServer(t, {feed, context, mayLose: true}, async ({server, feed: its, open}) => {
      const page = await open();
      await verified(page, 2);
      await eventually(async () => Object.keys(await table(page)).length, 2);
      its.put('AAPL', {quantity: 9, price: 191});
      await eventually(async () => (await table(page)).AAPL.Price, '191.00');
      assert.deepEqual(await serious(page), []);
      for (const panel of ['columns', 'views', 'options', 'history']) {
        await page.click(`#show-${panel}`);
        await page.waitForSelector(`#${panel}:popover-open`);
        assert.deepEqual(await serious(page), [], panel);
        await page.keyboard.press('Escape');
      }
      await server.end('SIGKILL');
      await badge(page, 'reconnecting');
      assert.deepEqual(await serious(page), []);
    });
  });
}

test('with the keyboard alone one gets everywhere, and out again', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 50; i++) feed.put(`R${i}`, {price: i, quantity: i});
  await withServer(t, {feed}, async ({open}) => {
    const page = await open();
    await verified(page, 50);
    await eventually(async () => Object.keys(await table(page)).length > 10, true);
    const focused = () => page.evaluate(() => document.activeElement.closest('[data-id]')?.dataset.id ?? document.activeElement.id);
    await page.keyboard.press('g');
    assert.equal(await focused(), 'r:R0');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'r:R2');
    await page.keyboard.press('Space');
    await page.waitForSelector(`${rowAt('R2')}[aria-selected="true"]`);
    await eventually(async () => { await page.keyboard.press('PageDown'); return focused(); }, 'r:R49');
    await page.keyboard.press('/');
    assert.equal(await focused(), 'find');
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    assert.equal(await focused(), 'client');
    await page.keyboard.press('Escape');
    // Around the page by Tab, and into no trap.
    const seen = new Set();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      seen.add(await focused());
    }
    for (const id of ['client', 'find', 'pause', 'show-columns', 'show-options', 'verified', 'show-history']) {
      assert.ok(seen.has(id), `${id} is reached by Tab, not only ${[...seen].join()}`);
    }
  });
});

test('a screen reader hears of states and of nothing else', limit, async (t) => {
  await withServer(t, {feed: new Feed().put('AAPL', {price: 1}), mayLose: true}, async ({server, feed, open}) => {
    const page = await open();
    await verified(page, 1);
    await badge(page, 'live');
    await eventually(async () => Object.keys(await table(page)), ['AAPL']);
    await page.evaluate(() => {
      globalThis.heard = [];
      for (const e of document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')) {
        if (e.getAttribute('aria-live') === 'off') continue;
        new MutationObserver(() => { if (e.textContent.trim()) globalThis.heard.push(e.textContent.trim()); })
          .observe(e, {childList: true, characterData: true, subtree: true});
      }
    });
    for (let i = 2; i < 6; i++) {
      feed.put('AAPL', {price: i});
      await eventually(async () => (await table(page)).AAPL.Price, `${i}`);
    }
    assert.deepEqual(await page.evaluate(() => globalThis.heard), []);
    await server.end('SIGKILL');
    await badge(page, 'reconnecting');
    await server.start();
    await badge(page, 'live');
    const heard = await page.evaluate(() => globalThis.heard);
    assert.deepEqual([heard[0], heard.at(-1)], ['Reconnecting', 'Live']);
  });
});
