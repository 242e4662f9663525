// Viewers that are the browser library, many in one process, in the hands of tests/system/big_chaos.py: the commands and
// answers of chaos_reader.cpp. Built before: npm --prefix web/client run build.
import {createInterface} from 'node:readline';
import {writeFileSync} from 'node:fs';
import {BlotterStream} from '../../web/client/dist/index.js';

const [viewers, clients, beat, ...ports] = process.argv.slice(2).map(Number);
const say = (what) => console.log(JSON.stringify(what));
const nameOf = (client) => `client-${String(client).padStart(5, '0')}`;
const wrongs = {};
const wrong = (kind, text) => {
  wrongs[kind] = (wrongs[kind] ?? 0) + 1;
  say({violation: kind, text: `library: ${text}`});
};

let rows = 0;
let resets = {};
let staleTold = new Set();
let connects = 0;

// Only a fetch that follows the end of another goes to the next gateway.
const inTurn = (first) => {
  let turn = first;
  return (url, init) => {
    const at = new URL(url);
    at.port = ports[turn++ % ports.length];
    return fetch(at, init);
  };
};

function late(viewer, {changed, removed}) {
  const now = Date.now();
  rows += changed.length + removed.length;
  for (const {key, row, before} of changed) {
    if (row.clientId !== viewer.client || !key.startsWith(viewer.client) || row.ticker !== key) {
      wrong('foreign', `${viewer.client} was shown ${JSON.stringify(row)} as ${key}`);
    }
    if (before && row.n < before.n) wrong('back', `${viewer.client}: ${key} went back from ${before.n} to ${row.n}`);
    if (before && row.n > before.n) viewer.worst = Math.max(viewer.worst, now - row.sent_us / 1000);
  }
  for (const {key} of removed) if (!key.startsWith(viewer.client)) wrong('foreign', `${viewer.client} lost ${key}`);
}

function watch(i) {
  const client = nameOf(Math.floor(i * clients / viewers));
  const stream = new BlotterStream(`http://127.0.0.1:${ports[0]}/v1/clients/${client}/events`, {beat, fetch: inTurn(i)});
  const viewer = {client, stream, worst: 0, connects: 0, backwards: 0, mismatches: 0};
  stream.on('rows', (batch) => late(viewer, batch));
  stream.on('status', ({state, reason}) => {
    if (state === 'stale') staleTold.add(i);
    if (['generation', 'horizon', 'future', 'malformed', 'behind', 'node'].includes(reason) && state === 'loading') {
      resets[reason] = (resets[reason] ?? 0) + 1;
      if (['generation', 'future', 'malformed'].includes(reason)) wrong('reset', `${client}: reset with reason ${reason}`);
    }
  });
  stream.on('verified', ({ok, count, checksum, expected}) => {
    if (!ok) wrong('checksum', `${client}: ${count} ${checksum} is not ${JSON.stringify(expected)}`);
  });
  stream.on('problem', ({code, text}) => {
    if (code === 'invalid' || code === 'protocol') wrong('protocol', `${client}: ${text}`);
  });
  stream.open();
  return viewer;
}

const all = Array.from({length: viewers}, (_, i) => watch(i));

function counted() {
  for (const viewer of all) {
    const {backwards, connects: now} = viewer.stream.counters;
    if (backwards > viewer.backwards) wrong('back', `${viewer.client}: ${backwards - viewer.backwards} rows went back`);
    viewer.backwards = backwards;
    connects += now - viewer.connects;
    viewer.connects = now;
  }
}

function windowOf() {
  counted();
  const worst = all.map((v) => v.worst).filter((w) => w > 0).sort((a, b) => a - b);
  const at = (q) => worst[Math.floor(q * (worst.length - 1))] ?? 0;
  say({window: {rows, connects, lost: connects, silent: 0, byes: 0, refused: 0, n: worst.length, p50_ms: at(0.5),
                p99_ms: at(0.99), max_ms: at(1), latest: '', told_stale: staleTold.size, resets, violations: wrongs}});
  rows = connects = 0;
  resets = {};
  staleTold = new Set();
  for (const viewer of all) viewer.worst = 0;
}

function dump(file) {
  const lines = all.flatMap(({client, stream}, i) => [`L${i} ${client}`, ...[...stream.rows].map(
    ([key, row]) => `L${i} ${client} ${key} ${stream.versionOf(key)?.join(' ')} ${row.n}`)]);
  writeFileSync(file, `${lines.join('\n')}\n`);
  say({dumped: file});
}

createInterface({input: process.stdin}).on('line', (line) => {
  if (line === 'window') windowOf();
  if (line === 'state') {
    say({state: {live: all.filter((v) => v.stream.state === 'live').length,
                 stale: all.filter((v) => v.stream.state === 'stale').length}});
  }
  if (line.startsWith('dump ')) dump(line.slice(5));
  if (line === 'end') process.exit(0);
}).on('close', () => process.exit(0));
