// The page: one client's stream, its table, and at a glance whether what one looks at is current.

import {freshness} from './freshness.js';
import {Grid} from './grid.js';
import {clientsWith, Picker} from './picker.js';
import {BlotterStream, followPage} from './stream.js';

const $ = (id) => document.getElementById(id);
const address = (client) => `client=${encodeURIComponent(client)}`;
const askAgainAfter = 1500;  // ms between two looks for a first client

/** Sets text only where it differs: most ticks change nothing. */
function say(id, text) {
  const e = $(id);
  if (e.textContent !== text) e.textContent = text;
}

class Page {
  #grid = new Grid($('grid'), {onHeld: (held) => { $('held').hidden = !held; }});
  #picker = new Picker($('client'), $('suggestions'), (client) => { location.hash = address(client); });
  #stream = null;
  #leave = () => {};
  #client = '';
  #rateFrom = {at: 0, rows: 0};
  #problem = '';

  start() {
    addEventListener('hashchange', () => this.#follow());
    document.addEventListener('visibilitychange', () => this.#tick());
    $('all-fields').addEventListener('change', (e) => this.#grid.showEverything(e.target.checked));
    setInterval(() => this.#tick(), 250);
    say('zone', Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.#follow();
    this.#tick();
  }

  #follow() {
    const client = new URLSearchParams(location.hash.slice(1)).get('client');
    if (client) this.#open(client);
    else this.#findFirst();
  }

  async #findFirst() {
    const [first] = await clientsWith('', 1);
    if (this.#client || location.hash.includes('client=')) return;
    if (first === undefined) return void setTimeout(() => this.#findFirst(), askAgainAfter);
    history.replaceState(null, '', `#${address(first)}`);
    this.#open(first);
  }

  #open(client) {
    if (client === this.#client) return;
    this.#leave();
    this.#stream?.close();
    this.#client = client;
    this.#problem = '';
    this.#picker.show(client);
    this.#grid.clear(client);
    const stream = new BlotterStream(`v1/clients/${encodeURIComponent(client)}/events`, {beat: 1});
    this.#stream = stream;
    this.#rateFrom = {at: performance.now(), rows: 0};
    stream.on('rows', (batch) => this.#grid.apply(batch));
    stream.on('state', () => this.#tick());
    stream.on('verified', () => this.#tick());
    stream.on('problem', ({text}) => { this.#problem = text; });
    this.#leave = followPage(stream);
    stream.open();
  }

  #tick() {
    if (document.hidden) return;
    const stream = this.#stream;
    const rows = stream?.rows.size ?? 0;
    this.#badge(stream ? freshness({
      state: stream.state, behind: stream.behind(), beatMs: stream.beatMs, rows, now: Date.now(),
    }) : {kind: 'connecting', label: 'Connecting', detail: '', dim: false});
    say('count', rows.toLocaleString());
    say('count-unit', rows === 1 ? 'row' : 'rows');
    this.#empty(stream, rows);
    if (stream) this.#foot(stream);
  }

  #badge({kind, label, detail, dim}) {
    $('badge').dataset.kind = kind;
    say('badge-label', label);
    say('detail', detail);
    document.body.classList.toggle('dim', dim);
    const mark = {live: '', loading: '… ', connecting: '… '}[kind] ?? '⚠ ';
    document.title = `${mark}${this.#client ? `${this.#client} – ` : ''}Blotter`;
  }

  #empty(stream, rows) {
    const text = !stream ? 'Waiting for the first rows of any client …'
      : rows > 0 ? ''
      : stream.state.state === 'live' ? `No rows for ${this.#client} now. They appear here as soon as there are any.`
      : stream.state.state === 'loading' ? 'Loading …' : '';
    $('empty').hidden = text === '';
    say('empty', text);
  }

  #foot({stats, counters, state}) {
    const {verified, beat, hello} = stats;
    if (verified) {
      $('verified').dataset.ok = String(verified.ok);
      const n = `${verified.count.toLocaleString()} ${verified.count === 1 ? 'row' : 'rows'}`;
      say('verified', `${verified.ok ? 'verified ✓' : 'not verified ✗'} ${n} ${verified.checksum}`);
      $('verified').title = `server: ${verified.expected.count} rows, ${verified.expected.checksum}`;
    } else {
      $('verified').dataset.ok = '';
      say('verified', 'not verified yet');
    }
    say('as-of', beat ? `as of ${new Date(beat.time).toLocaleTimeString(undefined, {hour12: false})}` : '');
    say('member', hello?.member ? `member ${hello.member}` : '');
    const troubles = [];
    if (counters.streams > 1) troubles.push(`reconnected ${counters.streams - 1}×`);
    if (counters.mismatches) troubles.push(`${counters.mismatches} mismatches`);
    say('trouble', troubles.join(', '));
    $('trouble').title = this.#problem;
    this.#rate(counters, state);
  }

  #rate(counters, state) {
    const now = performance.now();
    const {at, rows} = this.#rateFrom;
    if (now - at < 2000) return;
    const rate = (counters.rows - rows) / ((now - at) / 1000);
    this.#rateFrom = {at: now, rows: counters.rows};
    const text = rate >= 10 ? Math.round(rate).toLocaleString() : rate.toFixed(1);
    say('rate', state.state === 'live' ? `${text} changes/s` : '');
  }

  /** For tests and the curious. */
  get stream() { return this.#stream; }
}

const page = new Page();
globalThis.blotter = page;
page.start();
