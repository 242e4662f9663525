// The real server on a file of rows, in the hands of a test.

import {spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const binary = process.env.BLOTTER || fileURLToPath(new URL('../../../build/blotter', import.meta.url));
export const deadline = 20_000;

export class Server {
  #dir = mkdtempSync(join(tmpdir(), 'blotter-client-'));
  #file = join(this.#dir, 'rows.jsonl');
  #settings;
  #feed;
  #process;
  origin = '';

  /** `feed`: instead of the file. */
  constructor(settings = [], feed = `file:${this.#file}`) {
    this.#settings = settings;
    this.#feed = feed;
    writeFileSync(this.#file, '');
  }

  /** Rows are `{clientId, ticker, …}`; `null` for fields deletes. */
  put(row, fields, client = 'c1') {
    appendFileSync(this.#file, `${JSON.stringify(
      fields ? {clientId: client, ticker: row, ...fields} : {key: `${client}_${row}`, value: null})}\n`);
    return this;
  }

  /** Starts it; again on the port that it had. `ready`: path to wait for. */
  async start(ready = '/readyz') {
    const port = this.origin ? new URL(this.origin).port : 0;
    const flags = ['up', '--feed', this.#feed, '--http', `127.0.0.1:${port}`, ...this.#settings];
    const child = spawn(binary, flags, {stdio: ['ignore', 'pipe', 'pipe']});
    this.#process = child;
    const log = [];
    createInterface({input: child.stderr}).on('line', (line) => log.push(line));
    this.origin = await new Promise((resolve, reject) => {
      createInterface({input: child.stdout}).on('line', (line) => {
        const found = /^listening on (http:\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${binary} ended:\n${log.slice(-20).join('\n')}`)));
    });
    await until(async () => (await fetch(this.origin + ready)).ok, 'the server is ready');
    return this;
  }

  /** Takes the feed away, and gives another one under its name. */
  loseFeed() { renameSync(this.#file, `${this.#file}.gone`); }
  /** Another file in the place of the lost one, whole at once: a server that sees it empty begins twice. */
  renewFeed(...row) {
    const place = this.#file;
    this.#file = `${place}.new`;
    this.put(...row);
    this.#file = place;
    renameSync(`${place}.new`, place);
    return this;
  }

  async end(signal = 'SIGKILL') {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async remove() {
    await this.end();
    rmSync(this.#dir, {recursive: true, force: true});
  }

  /** The table as the server has it: key to row. */
  async rows(client = 'c1') {
    const {rows} = await (await fetch(`${this.origin}/v1/clients/${client}/rows`)).json();
    return Object.fromEntries(rows.map(({key, row}) => [key, row]));
  }
}

/** Waits until `condition` holds. */
export async function until(condition, what) {
  const end = performance.now() + deadline;
  for (;;) {
    let last;
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`never: ${what}`, {cause: last});
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
