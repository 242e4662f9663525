// The line at the bottom: what proves the table, how fast it changes, who serves it; and the same at length.

import {clock} from './freshness';
import {say, many, $} from './page_text';
import type {Source} from './source';
import {isCrowdable, Tabs, tabsMax} from './tabs';

const rateOver = 2000;  // ms

const age = (ms: number) => (ms < 60_000 ? `${Math.floor(ms / 1000)} s` : ms < 3_600_000 ? `${Math.floor(ms / 60_000)} min`
  : `${Math.floor(ms / 3_600_000)} h`);

export class Foot {
  #rateFrom = {at: 0, rows: 0};
  #tabs = new Tabs(() => localStorage);
  #isCrowdable = isCrowdable();

  constructor() {
    addEventListener('pagehide', () => this.#tabs.leave());
    // Later: the first look at any locale costs some milliseconds.
    setTimeout(() => say('zone', Intl.DateTimeFormat().resolvedOptions().timeZone), 500);
  }

  /** Another stream begins. */
  restart(): void { this.#rateFrom = {at: performance.now(), rows: 0}; }

  /** `newest` is when the last change came, ms since 1970, or 0. */
  draw(source: Source, newest: number): void {
    const {verified, counters, beatTime, member} = source;
    if (verified) {
      $('verified').dataset.ok = String(verified.ok);
      say('verified', `${verified.ok ? 'verified ✓' : 'not verified ✗'} ${many(verified.count, 'row')} ${verified.checksum}`);
      $('verified').title = `server: ${verified.expected.count} rows, ${verified.expected.checksum}`;
    } else {
      $('verified').dataset.ok = '';
      say('verified', 'not verified yet');
    }
    say('as-of', beatTime ? `as of ${clock(beatTime)}` : '');
    say('newest', newest ? `newest change ${age(Date.now() - newest)} ago` : '');
    say('member', member ? `member ${member}` : '');
    const troubles = [];
    const reconnected = counters.streams - counters.moves - 1;
    if (reconnected > 0) troubles.push(`reconnected ${reconnected}×`);
    if (counters.mismatches) troubles.push(many(counters.mismatches, 'mismatch', 'mismatches'));
    say('trouble', troubles.join(', '));
    this.#crowd();
    this.#rate(source);
  }

  #crowd(): void {
    const tabs = this.#isCrowdable ? this.#tabs.count(Date.now()) : 1;
    say('crowd', tabs < tabsMax ? '' : `${tabs} tabs: another one has to wait`);
    $('crowd').title = tabs < tabsMax ? '' : `A browser keeps ${tabsMax} connections to a server, and each tab of it ` +
      'needs one: the next tab waits until one of these is closed.';
  }

  #rate({counters, status}: Source): void {
    const now = performance.now();
    const {at, rows} = this.#rateFrom;
    if (now - at < rateOver) return;
    const rate = (counters.rows - rows) / ((now - at) / 1000);
    this.#rateFrom = {at: now, rows: counters.rows};
    const text = rate >= 10 ? Math.round(rate).toLocaleString() : rate.toFixed(1);
    say('rate', status.state === 'live' ? `${text} changes/s` : '');
  }

  facts({counters, verified, member}: Source): void {
    const facts: [string, string][] = [
      ['streams', counters.streams.toLocaleString()], ['resumed', counters.resumes.toLocaleString()],
      ['moves', counters.moves.toLocaleString()],
      ['resets', counters.resets.toLocaleString()], ['mismatches', counters.mismatches.toLocaleString()],
      ['rows received', counters.rows.toLocaleString()], ['bytes', counters.bytes.toLocaleString()],
      ['checksum', verified?.checksum ?? '–'], ['served by', member || '–'],
    ];
    $('facts').replaceChildren(...facts.map(([name, value]) => {
      const pair = document.createElement('div');
      pair.appendChild(document.createElement('dt')).textContent = name;
      pair.appendChild(document.createElement('dd')).textContent = value;
      return pair;
    }));
  }
}
