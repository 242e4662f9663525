// The real binary, a feed file and a page in Debian's Chromium, in the hands of a test. What must become true is
// waited for, up to a deadline; everything started is ended with the test.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

import {chromium} from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = process.env.BLOTTER || join(root, 'build', 'blotter');
const pictures = process.env.PICTURES || join(root, 'build', 'pictures');
export const deadline = 20_000;
/** The server takes each BLOTTER_… for a setting, and refuses those that are meant for the tests. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BLOTTER_')));

/** A file of rows that `blotter` follows. */
export class Feed {
  dir = mkdtempSync(join(tmpdir(), 'blotter-page-'));
  path = join(this.dir, 'rows.jsonl');
  client;

  constructor(client = 'c1') {
    this.client = client;
    writeFileSync(this.path, '');
  }

  put(row, fields, client = this.client) {
    appendFileSync(this.path, `${JSON.stringify({clientId: client, ticker: row, ...fields})}\n`);
    return this;
  }

  remove(row, client = this.client) {
    appendFileSync(this.path, `${JSON.stringify({key: `${client}_${row}`, value: null})}\n`);
    return this;
  }
}

export const run = (role, flags) => spawn(binary, [role, ...flags], {env, stdio: ['ignore', 'pipe', 'pipe']});

/** One process of ours with an HTTP surface. */
export class Process {
  constructor(role, flags) {
    this.role = role;
    this.flags = flags;
  }

  /** Starts it; again on the port it had. */
  async start() {
    const port = this.origin ? new URL(this.origin).port : 0;
    const log = [];
    this.process = run(this.role, [...this.flags, '--http', `127.0.0.1:${port}`]);
    this.ended = new Promise((resolve) => this.process.once('exit', resolve));
    createInterface({input: this.process.stderr}).on('line', (line) => log.push(line));
    this.origin = await new Promise((resolve, reject) => {
      createInterface({input: this.process.stdout}).on('line', (line) => {
        const found = /^listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
        if (found) resolve(found[1]);
      });
      this.process.once('error', reject);
      this.ended.then(() => reject(new Error(`${binary} ended:\n${log.slice(-20).join('\n')}`)));
    });
    return this;
  }

  async end(signal = 'SIGKILL') {
    this.process.kill(signal);
    return this.ended;
  }
}

let browser;
/** To be given to `after` of each file. */
export const closeBrowser = () => browser?.close();

/**
 * Runs `body({server, feed, open})` with a server on `feed` (a Feed, or an address); everything else as `withPages`.
 */
export async function withServer(t, {feed = new Feed(), settings = [], ...options}, body) {
  const server = new Process('up', ['--feed', feed instanceof Feed ? `file:${feed.path}` : feed, ...settings]);
  t.after(async () => {
    await server.end();
    if (feed instanceof Feed) rmSync(feed.dir, {recursive: true, force: true});
  });
  await server.start();
  await withPages(t, server, options, (open) => body({server, feed, open}));
}

/**
 * Runs `body(open)`; `open(hash)` gives a page of `server`. At the end none may have said an error, asked another origin
 * or broken its Content-Security-Policy.
 * `t` is the test's own context; `flags` starts a browser of its own with them. Network errors are fine while `mayLose`
 * is set: a killed server causes them. `origins` may be asked as well.
 */
export async function withPages(t, server, {mayLose = false, origins = [], context: options = {}, flags}, body) {
  const complaints = [];
  let context;
  t.after(() => context?.close());
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  let mine = null;
  if (flags) mine = await chromium.launch({executablePath, ...flags});
  else browser ??= await chromium.launch({executablePath});
  t.after(() => mine?.close());
  context = await (mine ?? browser).newContext({viewport: {width: 1280, height: 720}, locale: 'en-US', ...options});
  const watch = (page) => {
    page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (mayLose && /net::ERR_/.test(message.text())) return;
      complaints.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = request.url();
      if (![server.origin, ...origins, 'data:'].some((begin) => url.startsWith(begin))) complaints.push(`foreign request: ${url}`);
    });
  };
  const open = async (hash = '') => {
    const page = await context.newPage();
    page.setDefaultTimeout(deadline);
    watch(page);
    await page.goto(`${server.origin}/${hash}`);
    return page;
  };
  await body(open);
  assert.deepEqual(complaints, []);
}

/** What the page shows: {row: {title: text}}, of the rows in view. */
export const table = (page) => page.evaluate(() => {
  const titles = [...document.querySelectorAll('.ag-header-cell[col-id]')]
    .map((e) => [e.getAttribute('col-id'), e.querySelector('.ag-header-cell-text').textContent]);
  const rows = [...document.querySelectorAll('.ag-row[data-id^="r:"]')]
    .sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
    .filter((row) => row.dataset.state !== 'gone');
  return Object.fromEntries(rows.map((row) => {
    const cells = new Map([...row.querySelectorAll('.ag-cell')].map((e) => [e.getAttribute('col-id'), e.textContent]));
    return [decodeURIComponent(row.dataset.id.slice(2)),
            Object.fromEntries(titles.filter(([id]) => cells.has(id)).map(([id, title]) => [title, cells.get(id)]))];
  }));
});

/** Where a row is, or one of its cells. */
export const rowAt = (key) => `.ag-row[data-id="r:${encodeURIComponent(key)}"]`;
export const cellAt = (key, field) => `${rowAt(key)} [col-id="f:${field}"]`;

/** Waits until the text of an element fits a pattern. */
export const shows = (page, selector, pattern) => page.waitForFunction(
  ([where, source]) => new RegExp(source).test(document.querySelector(where)?.innerText ?? ''), [selector, pattern.source]);

/** Waits until `look()` gives `expected`. */
export async function eventually(look, expected, what) {
  const until = Date.now() + deadline;
  for (;;) {
    const have = await look();
    try {
      assert.deepEqual(have, expected, what);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const badge = (page, kind) => page.waitForSelector(`#badge[data-kind="${kind}"]`);
/** Waits until the footer says that the table, of so many rows if given, equals the server's. */
export const verified = (page, rows) =>
  page.waitForFunction((start) => document.getElementById('verified').textContent.startsWith(start),
                       rows === undefined ? 'verified ✓ ' : `verified ✓ ${rows} row`);
export const counters = (page) => page.evaluate(() => ({...globalThis.blotter.stream.counters}));

export async function picture(page, name) {
  mkdirSync(pictures, {recursive: true});
  await page.screenshot({path: join(pictures, `${name}.png`)});
}
