// Rows from somebody who means harm: all of it is text, and none of it does anything.

import assert from 'node:assert/strict';
import test, {after} from 'node:test';

import {closeBrowser, deadline, eventually, Feed, rowAt, shows, table, verified, withServer} from './harness.mjs';

after(closeBrowser);
const limit = {timeout: 3 * deadline};
/** What stands in the key column, of the rows in view. */
const keys = (page, expected) => eventually(
  () => page.$$eval('.ag-row[data-id^="r:"] [col-id="key"]', (all) => all.map((e) => e.textContent).sort()), expected.sort());

test('HTML and script in every field, names of every object and odd text are shown as text', limit, async (t) => {
  const attack = '<img src=x onerror="globalThis.harm=1"><script>globalThis.harm=1</script>';
  const feed = new Feed('<b>c</b>')
    .put('<i>row</i>', {[attack]: attack, note: `"'\`><svg/onload=globalThis.harm=1>`, link: 'javascript:globalThis.harm=1'})
    .put('__proto__', {constructor: 'x', toString: 1, hasOwnProperty: false, price: 1})
    .put('constructor', JSON.parse('{"__proto__": {"polluted": "yes"}, "price": 2}'))
    .put('שלום', {note: 'مرحبا \u202Eevil\u202C \u0000\u0007', price: 3});
  await withServer(t, {feed}, async ({open}) => {
    const page = await open();
    await verified(page, 4);
    await keys(page, ['<i>row</i>', '__proto__', 'constructor', 'שלום']);
    const shown = await table(page);
    const titleOf = (text) => Object.keys(shown['<i>row</i>']).find((title) => title.toLowerCase().includes(text));
    assert.ok(titleOf('<img'), 'the name of a field is shown as it is');
    assert.equal(shown['<i>row</i>'][titleOf('<img')], attack);
    await page.evaluate(() => {
      new MutationObserver(() => { globalThis.lit = true; })
        .observe(document.getElementById('grid'), {subtree: true, attributes: true, attributeFilter: ['data-flash']});
    });
    feed.put('<i>row</i>', {note: 'changed'});
    await page.waitForFunction(() => globalThis.lit);
    assert.ok(await page.$(rowAt('<i>row</i>')));
    assert.match(shown['שלום'].Note, /^مرحبا/);
    assert.equal(await page.evaluate(() => [globalThis.harm, {}.polluted, Object.prototype.price].join()), ',,');
    assert.equal(await page.$$eval('#grid img, #grid script, #grid svg[onload], #suggestions b', (all) => all.length), 0);
    await page.click('#show-columns');
    await page.waitForSelector('#column-list li');
    assert.equal(await page.$$eval('#columns img, #columns script', (all) => all.length), 0);
    // Text that runs from the right stays in its cell: what stands beside it keeps its order.
    assert.equal(await page.$eval('.ag-cell-value', (e) => getComputedStyle(e).unicodeBidi), 'isolate');
  });
});

test('numbers beyond all measure, and what only looks like one', limit, async (t) => {
  const feed = new Feed().put('a', {n: 1.5, big: 1e300, small: 1e-300, text: 'NaN', infinite: '1e999'})
    .put('b', {n: 'NaN', big: -1, small: 1, text: 'x', infinite: 'Infinity'})
    .put('c', {n: 12345678901234567890, big: 2});
  await withServer(t, {feed}, async ({open}) => {
    const page = await open();
    await verified(page, 3);
    await keys(page, ['a', 'b', 'c']);
    const shown = await table(page);
    assert.match(shown.a.Big, /^1\.0*e\+300$/);
    assert.equal(shown.b.N, 'NaN');
    for (const title of ['N', 'Big', 'Small']) {
      await page.click(`.ag-header-cell-text:text-is("${title}")`);
      await keys(page, ['a', 'b', 'c']);
    }
  });
});

test('a cell of nearly a megabyte and a row of nearly a thousand fields', limit, async (t) => {
  const wide = Object.fromEntries(Array.from({length: 990}, (_, i) => [`field_${i}`, i]));
  const feed = new Feed().put('huge', {note: 'y'.repeat(900_000), price: 1}).put('wide', {...wide, price: 2});
  await withServer(t, {feed}, async ({feed: its, open}) => {
    const page = await open();
    await eventually(async () => Object.keys(await table(page)).length > 0, true);
    const size = await page.evaluate(() => globalThis.blotter.stream.rows.size);
    assert.equal(size, 2, 'both rows are within what the server takes');
    await keys(page, ['huge', 'wide']);
    const longest = await page.$$eval('.ag-cell', (all) => Math.max(...all.map((e) => e.textContent.length)));
    assert.ok(longest < 1000, `${longest} characters in the document`);
    assert.ok(await page.$$eval('.ag-cell', (all) => all.length) < 200, 'columns out of sight have no cells');
    its.put('more', {price: 3});
    await keys(page, ['huge', 'wide', 'more']);
    await page.click('#show-columns');
    await page.fill('#find-column', 'field_98');
    await page.waitForFunction(() => document.querySelectorAll('#column-list li').length === 11);
  });
});

test('rows of 10,000 columns: flat the server refuses and counts them, nested the page shows some and says so', limit, async (t) => {
  const fields = (name, count) => Object.fromEntries(Array.from({length: count}, (_, i) => [`${name}${i}`, i]));
  const deep = (add) => Object.fromEntries(Array.from({length: 100}, (_, i) => [`group${i}`, fields(`f${add}_`, 100)]));
  const feed = new Feed().put('calm', {price: 1}).put('deep', {...deep(''), price: 2}).put('flat', fields('f', 10_000));
  await withServer(t, {feed}, async ({server, feed: its, open}) => {
    const page = await open();
    await verified(page, 2);
    await keys(page, ['calm', 'deep']);
    const metrics = await (await fetch(`${server.origin}/metrics`)).text();
    assert.match(metrics, /^blotter_feed_rejects_total\{[^}]*reason="too_many_fields"[^}]*\} 1$/m);
    await shows(page, '#columns-label', /^\d+ of 10,00\d columns$/);
    assert.ok(await page.$$eval('.ag-cell', (all) => all.length) < 200, 'columns out of sight have no cells');
    await page.click('#show-columns');
    await shows(page, '#column-note', /^Rows have 10,00\d fields: the first 1,000 are columns\. 300 of 1,001 are listed/);
    await page.keyboard.press('Escape');

    // It goes on as ever: a change of such a row, rows whose names are never the same twice, a sort, words to find.
    await page.evaluate(() => {
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const {duration} of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
      }).observe({type: 'longtask', buffered: true});  // those of opening the page too
    });
    for (let i = 0; i < 20; i++) its.put('deep', {...deep(`${i}_`), price: 3 + i});
    its.put('calm', {price: 7});
    await page.waitForFunction(() => globalThis.blotter.stream.rows.get('calm').price === 7);
    await verified(page, 2);
    await page.click('.ag-header-cell-text:text-is("Key")');
    await page.fill('#find', 'calm');
    await keys(page, ['calm']);
    await page.fill('#find', '');
    await keys(page, ['calm', 'deep']);
    const longest = await page.evaluate(() => globalThis.longest);
    t.diagnostic(`longest task ${Math.round(longest)} ms`);
    assert.ok(longest < 1000, `a task of ${longest} ms`);
  });
});
