// What a person does with the table.

import assert from 'node:assert/strict';
import {readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {after} from 'node:test';

import {
  badge, cellAt, closeBrowser, deadline, eventually, Feed, rowAt, shows, table, verified, withServer,
} from './harness.mjs';

after(closeBrowser);
const limit = {timeout: 3 * deadline};
const rows = (page, keys) => eventually(async () => Object.keys(await table(page)), keys);
const totals = (page) => page.$$eval('.ag-row-pinned .ag-cell', (all) =>
  Object.fromEntries(all.map((e) => [e.getAttribute('col-id'), e.textContent]).filter(([, text]) => text)));
const titles = (page) => page.$$eval('.ag-header-cell[col-id]', (all) =>
  all.sort((a, b) => a.ariaColIndex - b.ariaColIndex).map((e) => e.querySelector('.ag-header-cell-text').textContent));

const positions = () => new Feed()
  .put('AAPL', {quantity: 10, price: 190, market_value: 1900, sector: 'Tech', ccy: 'USD'})
  .put('MSFT', {quantity: 20, price: 420.5, market_value: 8410, sector: 'Tech', ccy: 'USD'})
  .put('XOM', {quantity: 30, price: 100, market_value: 3000, sector: 'Energy', ccy: 'EUR'});

test('finds rows by any of their words, says how many, and can be linked to', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.keyboard.press('/');
    await page.keyboard.type('tech ms');
    await rows(page, ['MSFT']);
    assert.equal(await page.textContent('#count'), '1 of 3');
    assert.match(page.url(), /find=tech\+ms/);
    const other = await open(new URL(page.url()).hash);
    await rows(other, ['MSFT']);
    await page.keyboard.press('Escape');
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    assert.doesNotMatch(page.url(), /find/);
    await other.click('#unfilter');
    await rows(other, ['AAPL', 'MSFT', 'XOM']);
  });
});

test('totals are of what is filtered, and never across currencies', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await eventually(() => totals(page), {key: 'Total', 'f:quantity': '60', 'f:market_value': 'mixed'});
    await page.fill('#find', 'tech');
    await eventually(() => totals(page), {key: 'Total', 'f:quantity': '30', 'f:market_value': '10,310'});
    feed.put('AAPL', {quantity: 15, price: 190, market_value: 2850, sector: 'Tech', ccy: 'USD'});
    await eventually(() => totals(page), {key: 'Total', 'f:quantity': '35', 'f:market_value': '11,260'});
  });
});

test('a column is filtered from its head', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    const head = '.ag-header-cell[col-id="f:quantity"]';
    await page.hover(head);
    await page.click(`${head} .ag-header-cell-filter-button`);
    await page.fill('.ag-filter input[type="number"], .ag-filter .ag-filter-from input', '20');
    await rows(page, ['MSFT']);
    await page.click('#unfilter');
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
  });
});

test('columns are hidden, moved and pinned by keyboard alone, and stay so in this browser', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    assert.deepEqual(await titles(page), ['Key', 'Quantity', 'Price', 'Market value', 'Sector', 'Ccy']);
    await page.focus('#show-columns');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#column-list li');
    await page.fill('#find-column', 'sector');
    await page.waitForFunction(() => document.querySelectorAll('#column-list li').length === 1);
    await page.focus('#column-list input');
    await page.keyboard.press('Space');
    await eventually(() => titles(page), ['Key', 'Quantity', 'Price', 'Market value', 'Ccy']);
    await page.fill('#find-column', 'ccy');
    await page.focus('#column-list input');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Alt+ArrowUp');
    await eventually(async () => (await titles(page)).indexOf('Ccy') < (await titles(page)).indexOf('Price'), true);
    const arranged = await titles(page);
    await page.reload();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await eventually(() => titles(page), arranged);
    await page.click('#show-columns');
    await page.click('#reset-columns');
    await eventually(() => titles(page), ['Key', 'Quantity', 'Price', 'Market value', 'Sector', 'Ccy']);
  });
});

test('selected rows are copied as lines of tabs, and what is shown is saved as CSV', limit, async (t) => {
  const context = {permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true};
  await withServer(t, {feed: positions().put('=1+1', {quantity: 1, price: 1}), context}, async ({open}) => {
    const page = await open();
    await page.click(cellAt('AAPL', 'price'));
    await page.click(cellAt('XOM', 'price'), {modifiers: ['Control']});
    await page.keyboard.press('Control+c');
    await page.waitForSelector('#toast:text("copied 2 rows")');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
                 'Key\tQuantity\tPrice\tMarket value\tSector\tCcy\n' +
                 'AAPL\t10\t190\t1900\tTech\tUSD\nXOM\t30\t100\t3000\tEnergy\tEUR\n');
    await page.fill('#find', '=');
    await rows(page, ['=1+1']);
    await page.click('#show-options');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#csv')]);
    assert.match(download.suggestedFilename(), /^c1-\d{4}-.*\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8').split('\r\n');
    assert.match(lines[0], /^\uFEFF"# c1, as of .*, Live, 1 of 4 rows, filtered"$/);
    assert.deepEqual(lines.slice(1), ['key,quantity,price,market_value,sector,ccy', "'=1+1,1,1,,,", '']);
  });
});

test('a row that grows new fields grows new columns, also inside objects', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    feed.put('AAPL', {quantity: 10, price: 190, risk: {delta: 0.25, greeks: {gamma: 2}}, note: 'new'});
    await eventually(() => titles(page),
                     ['Key', 'Quantity', 'Price', 'Market value', 'Sector', 'Ccy', 'Risk · delta', 'Risk · greeks · gamma', 'Note']);
    await eventually(async () => (await table(page)).AAPL['Risk · delta'], '0.25');
    assert.equal((await table(page)).MSFT['Risk · delta'], '');
    await verified(page, 3);
  });
});

test('a settings file on the server names, orders, formats and hides columns', limit, async (t) => {
  const feed = positions();
  const path = join(feed.dir, 'page.json');
  writeFileSync(path, JSON.stringify({title: 'Positions', columns: [
    {field: 'price', title: 'Last', digits: 4}, {field: 'quantity', title: 'Qty', total: 'none'}, {field: 'ccy', hidden: true}]}));
  await withServer(t, {feed, settings: ['--page-columns', path]}, async ({open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await eventually(() => titles(page), ['Key', 'Last', 'Qty']);
    assert.equal((await table(page)).MSFT.Last, '420.5000');
    assert.equal(await page.textContent('#title'), 'Positions');
    assert.equal((await totals(page))['f:quantity'], undefined);
    // What the file does not name waits at the end of the list until it is asked for.
    await page.click('#show-columns');
    await eventually(() => page.$$eval('#column-list label', (all) => all.map((e) => e.textContent)),
                     ['Key', 'Last', 'Qty', 'Ccy', 'Client id', 'Ticker', 'Market value', 'Sector']);
    await page.check('#column-list li[data-id="f:sector"] input');
    await eventually(() => titles(page), ['Key', 'Last', 'Qty', 'Sector']);
  });
});

test('while somebody points at the rows they keep their places, values go on, and one key lets them move', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.click('.ag-header-cell-text:text-is("Quantity")');
    await rows(page, ['XOM', 'MSFT', 'AAPL']);
    let x = 300;
    const point = () => page.mouse.move(x++, 100);
    await point();
    feed.put('AAPL', {quantity: 99, price: 190});
    await eventually(async () => { await point(); return (await table(page)).AAPL.Quantity; }, '99');
    await eventually(async () => { await point(); return page.isVisible('#held'); }, true);
    assert.deepEqual(Object.keys(await table(page)), ['XOM', 'MSFT', 'AAPL']);
    await page.keyboard.press('m');
    await rows(page, ['AAPL', 'XOM', 'MSFT']);
    await page.waitForSelector('#held', {state: 'hidden'});
  });
});

test('a reset keeps the selection and the place', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await page.click(cellAt('MSFT', 'price'));
    const other = new Feed();
    t.after(() => rmSync(other.dir, {recursive: true}));
    other.put('MSFT', {quantity: 5, price: 1}).put('AAA', {quantity: 1, price: 2});
    renameSync(other.path, feed.path);
    await page.mouse.move(0, 0);
    await rows(page, ['AAA', 'MSFT']);
    await page.waitForSelector(`${rowAt('MSFT')}[aria-selected="true"]`);
    await eventually(async () => (await table(page)).MSFT.Quantity, '5');
    assert.equal(await page.evaluate(() => globalThis.blotter.stream.counters.resets), 1);
  });
});

test('paused, nothing moves; caught up, everything is there at once', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.keyboard.press('p');
    await badge(page, 'paused');
    feed.put('AAPL', {quantity: 77, price: 1});
    await page.waitForFunction(() => globalThis.blotter.stream.rows.get('AAPL').quantity === 77);
    await page.waitForSelector('#detail:text("1 row changed")');
    assert.equal((await table(page)).AAPL.Quantity, '10');
    await page.click('#pause');
    await eventually(async () => (await table(page)).AAPL.Quantity, '77');
    await badge(page, 'live');
  });
});

test('the row that is selected is told to the desktop', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await page.evaluate(() => { globalThis.fdc3 = {broadcast: (context) => { (globalThis.told ??= []).push(context); }}; });
    await page.click(cellAt('MSFT', 'price'));
    await page.waitForFunction(() => globalThis.told?.length === 1);
    assert.deepEqual(await page.evaluate(() => globalThis.told[0]), {type: 'fdc3.instrument', id: {ticker: 'MSFT'}});
  });
});

test('the instrument that is chosen on the desktop is looked for here, but not the one that we told', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.evaluate(() => {
      const heard = [];
      globalThis.chosen = (id, type = 'fdc3.instrument') => heard.forEach((each) => each({type, id}));
      globalThis.fdc3 = {
        addContextListener: async (type, listener) => { if (type === 'fdc3.instrument') heard.push(listener); },
        broadcast: async ({id}) => globalThis.chosen(id),
      };
      dispatchEvent(new Event('fdc3Ready'));
    });
    await page.click(cellAt('MSFT', 'price'));
    await page.evaluate(() => globalThis.chosen({ticker: 'XOM'}, 'fdc3.contact'));
    await page.evaluate(() => globalThis.chosen({ticker: 'NOBODY'}));
    await page.evaluate(() => globalThis.chosen({ticker: {hostile: true}}));
    assert.equal(await page.inputValue('#find'), '');
    await page.evaluate(() => globalThis.chosen({ISIN: 'US0378331005', ticker: 'AAPL'}));
    await rows(page, ['AAPL']);
    assert.equal(await page.inputValue('#find'), 'AAPL');
    await page.click('#unfilter');
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.click('#show-history');
    await shows(page, '#events', /the desktop asks for AAPL[^]*asks for NOBODY: no such row/);
  });
});

test('a view that was named is come back to: columns, sort, filters and words, by its address too', limit, async (t) => {
  await withServer(t, {feed: positions()}, async ({feed, open}) => {
    const page = await open();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    const quantityFirst = ['Key', 'Price', 'Market value', 'Sector', 'Ccy'];
    await page.click('#show-columns');
    await page.uncheck('#column-list li[data-id="f:quantity"] input');
    await page.keyboard.press('Escape');
    await page.click('.ag-header-cell-text:text-is("Price")');
    await page.keyboard.press('/');
    await page.keyboard.type('tech');
    await rows(page, ['MSFT', 'AAPL']);
    await page.click('#show-views');
    await page.fill('#view-name', 'Dear <b>tech</b>');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#views-label:text-is("Dear <b>tech</b>")');
    const address = new URL(page.url()).hash;
    assert.match(address, /view=Dear/);

    const asIs = async (where) => {
      await eventually(() => titles(where), quantityFirst);
      await rows(where, ['MSFT', 'AAPL']);
      assert.equal(await where.getAttribute('.ag-header-cell[col-id="f:price"]', 'aria-sort'), 'descending');
    };
    await page.click('#show-views');
    await page.click('#view-list li[data-name=""] .choose');
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    assert.doesNotMatch(page.url(), /view=|find=/);
    await page.click('#show-views');
    await page.click('#view-list li[data-name^="Dear"] .choose');
    await asIs(page);
    // A field that the view does not know stays out of it.
    feed.put('MSFT', {price: 421, sector: 'Tech', novelty: 1});
    await page.waitForFunction(() => globalThis.blotter.stream.rows.get('MSFT').novelty === 1);
    await eventually(async () => (await table(page)).MSFT.Price, '421.00');
    const other = await open(address);
    await asIs(other);
    await other.click('#show-views');
    await other.click('#view-list [data-act="drop"]');
    await other.reload();
    await eventually(async () => (await titles(other)).includes('Price'), true);
    await other.click('#show-views');
    await eventually(() => other.$$eval('#view-list li', (all) => all.length), 1);
  });
});

test('theme, density and colours are as chosen, also next time; clients of late are offered', limit, async (t) => {
  await withServer(t, {feed: positions().put('ONE', {price: 1}, 'zz')}, async ({open}) => {
    const page = await open('#client=zz');
    await rows(page, ['ONE']);
    await page.evaluate(() => { location.hash = '#client=c1'; });
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    await page.click('#show-options');
    await page.check('input[name="theme"][value="dark"]');
    await page.check('input[name="density"][value="normal"]');
    await page.check('input[name="colours"][value="green-red"]');
    await page.reload();
    await rows(page, ['AAPL', 'MSFT', 'XOM']);
    const look = () => page.$eval(rowAt('AAPL'), (e) => [e.offsetHeight, getComputedStyle(document.body).backgroundColor]);
    await eventually(look, [30, 'rgb(16, 22, 29)']);
    await page.keyboard.press('c');
    await page.waitForSelector('#suggestions li.recent:text("zz")');
  });
});

test('what happened can be read, with its time', limit, async (t) => {
  await withServer(t, {feed: positions(), mayLose: true}, async ({server, open}) => {
    const page = await open();
    await badge(page, 'live');
    await server.end('SIGKILL');
    await badge(page, 'reconnecting');
    await server.start();
    await badge(page, 'live');
    await page.click('#show-history');
    await shows(page, '#events', /\d\d:\d\d:\d\d\s*live[^]*lost: [^]*opened c1/);
    await shows(page, '#facts', /resumed\s*1/);
  });
});

test('on a phone values of a usual length are not cut, and no row shines through the totals', limit, async (t) => {
  const feed = new Feed();
  for (let i = 0; i < 60; i++) feed.put(`T${i}`, {isin: `US0378331${100 + i}`, price: i * 1.37, quantity: i % 2 ? -i : i});
  const context = {viewport: {width: 390, height: 780}, isMobile: true, hasTouch: true};
  await withServer(t, {feed, context}, async ({feed: its, open}) => {
    const page = await open();
    await verified(page, 60);
    const cut = () => page.$$eval('.ag-row .ag-cell-value', (all) =>
      all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent));
    await eventually(cut, []);
    renameSync(its.path, `${its.path}.away`);
    await page.waitForSelector('.dim #badge[data-kind="stale"]');
    const opacities = (where) => page.$$eval(where, (all) => [...new Set(all.map((e) => getComputedStyle(e).opacity))]);
    await eventually(() => opacities('.ag-grid-scrolling-rows'), ['0.72']);
    assert.deepEqual(await opacities('.ag-grid-pinned-bottom-rows, .ag-grid-pinned-bottom-rows .ag-row'), ['1']);
  });
});
