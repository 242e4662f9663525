// The library against the real server, with everything that can go wrong between them.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {FaultProxy} from './fault_proxy.mjs';
import {library} from './load.mjs';
import {Server, until} from './server.mjs';

const {BlotterStream} = library;
let server;

before(async () => {
  server = new Server();
  for (const [key, price] of [['AAPL', 1.5], ['MSFT', 2], ['Zürich 株 🚀', 3], ['a"b\\c', 4]]) server.put(key, {price});
  server.put('GONE', {price: 5}).put('GONE', null);
  await server.start();
});
after(() => server.remove());

/** Runs `body` with a proxy, and a stream through it whose waits are short: at most `waitMax` ms each. */
async function through(faults, body, {waitMax = 50, client = 'c1', ...options} = {}) {
  const proxy = await new FaultProxy(server.origin).start();
  proxy.faults.push(...faults);
  const seen = {statuses: [], codes: [], batches: [], moves: []};
  const stream = new BlotterStream(`${proxy.origin}/v1/clients/${client}/events`, {
    platform: {setTimeout: (f, ms) => setTimeout(f, Math.min(ms, waitMax))},
    ...options,
  });
  stream.on('status', (s) => seen.statuses.push(`${s.state} ${s.reason}`));
  stream.on('problem', (p) => seen.codes.push(p.code));
  stream.on('rows', (b) => seen.batches.push(b));
  stream.on('moving', (m) => seen.moves.push(m));
  stream.open();
  try {
    await body({stream, proxy, seen});
  } catch (error) {
    throw new Error(`${error.message}\nstatuses: ${seen.statuses.join(', ')}\nproblems: ${seen.codes}`, {cause: error});
  } finally {
    stream.close();
    proxy.stop();
  }
}

const isLive = (stream) => () => stream.state === 'live';

/** What stream and server have is the same, and was at no time taken for something else. */
async function converges(stream, seen, {client = 'c1', mismatches = 0} = {}) {
  await until(isLive(stream), 'live');
  await until(async () => {
    const theirs = await server.rows(client);
    return JSON.stringify(Object.entries(theirs).sort()) === JSON.stringify([...stream.rows].sort());
  }, 'rows are the same');
  await until(() => stream.verified?.ok && stream.state === 'live', 'verified');
  assert.equal(stream.counters.mismatches, mismatches);
  assert.equal(stream.counters.backwards, 0);
  assert.equal(stream.verify(), true);
}

test('what it shows is what the server has', () => through([], async ({stream, seen}) => {
  await converges(stream, seen);
  assert.equal(stream.rows.size, 4);
  assert.deepEqual(seen.statuses, ['connecting opened', 'loading new', 'live current']);
  const rows = await (await fetch(`${server.origin}/v1/clients/c1/rows`)).json();
  assert.deepEqual(stream.proof, {count: rows.count, checksum: rows.checksum});
  assert.equal(library.checksumOf(rows.rows), rows.checksum);
}));

test('updates and deletes arrive', () => through([], async ({stream, seen}) => {
  server.put('A', {n: 1}, 'c2').put('B', {n: 1}, 'c2');
  await until(() => stream.rows.size === 2 && stream.state === 'live', 'two rows');
  server.put('A', {n: 2}, 'c2').put('B', null, 'c2');
  await until(() => stream.rows.get('A')?.n === 2 && !stream.rows.has('B'), 'update and delete');
  await converges(stream, seen, {client: 'c2'});
}, {client: 'c2'}));

test('cut at any byte it comes back and converges', async () => {
  const whole = await new Promise((resolve) => {
    through([{events: (text) => { resolve.total = (resolve.total ?? 400) + text.length; return [text]; }}],
            async ({stream, seen}) => { await converges(stream, seen); resolve(resolve.total); });
  });
  assert.ok(whole > 600, `${whole} bytes`);
  const cuts = Array.from({length: whole}, (_, i) => i);
  const lane = async () => {
    for (let at; (at = cuts.pop()) !== undefined;) {
      await through([{cutAfter: at}, {cutAfter: Math.floor(at / 2)}], async ({stream, seen}) => {
        await converges(stream, seen);
        assert.ok(stream.counters.connects >= 1);
      });
    }
  };
  await Promise.all(Array.from({length: 16}, lane));
});

test('cut again and again while rows change it never goes back', async () => {
  let n = 0;
  const writer = setInterval(() => server.put(`R${n % 7}`, n % 5 ? {n: ++n} : (++n, null), 'c3'), 3);
  const faults = Array.from({length: 40}, (_, i) => ({cutAfter: 300 + ((i * 7919) % 3000)}));
  await through(faults, async ({stream, seen, proxy}) => {
    await until(() => proxy.faults.length === 0 && stream.state === 'live', 'all cuts were made');
    clearInterval(writer);
    await converges(stream, seen, {client: 'c3'});
    assert.ok(stream.counters.resumes > 10, `${stream.counters.resumes} resumes`);
    const last = new Map();
    for (const {changed} of seen.batches) {
      for (const {key, row} of changed) {
        assert.ok((last.get(key) ?? 0) <= row.n, `${key} went back from ${last.get(key)} to ${row.n}`);
        last.set(key, row.n);
      }
    }
  }, {client: 'c3', waitMax: 5}).finally(() => clearInterval(writer));
});

test('byte by byte it understands the same', () => through([{bytewise: true}], async ({stream, seen}) => {
  await converges(stream, seen);
  assert.equal(stream.counters.connects, 1);
}));

test('events that come twice change nothing', () => through([{events: (e) => [e, e]}], async ({stream, seen}) => {
  await converges(stream, seen);
  assert.equal(seen.batches.reduce((n, b) => n + b.changed.length, 0), 4);
}));

test('events that are lost are found by the checksum, told and healed', () => {
  let lost = false;
  const lose = (text) => (text.includes('event: rows') && !lost ? ((lost = true), []) : [text]);
  return through([{events: lose}], async ({stream, seen}) => {
    await until(() => seen.codes.includes('mismatch'), 'mismatch is told');
    await converges(stream, seen, {mismatches: 1});
    assert.ok(seen.statuses.includes('waiting mismatch'));
  });
});

test('a wrong checksum in a beat is told and healed, and no row leaves the screen meanwhile', () => {
  const wrong = (text) => [text.replace(/(event: beat[^]*"checksum":")[0-9a-f]{16}/, '$10123456789abcdef')];
  return through([{events: wrong}], async ({stream, seen}) => {
    await until(isLive(stream), 'live');
    let least = stream.rows.size;
    stream.on('rows', () => { least = Math.min(least, stream.rows.size); });
    await until(() => seen.codes.includes('mismatch'), 'mismatch is told');
    await converges(stream, seen, {mismatches: 1});
    assert.equal(least, 4);
    assert.deepEqual(seen.batches.flatMap((b) => b.removed), []);
  });
});

test('a connection that stalls is given up after 2.5 beats and resumed', () => {
  return through([{stallAfter: 1000}], async ({stream, proxy, seen}) => {
    await until(() => seen.statuses.includes('waiting silent'), 'silence is noticed');
    await converges(stream, seen);
    assert.match(proxy.requests[1], /last-event-id: \S+/i);
  });
});

test('a half-closed connection is an ended one', () => through([{endAfter: 900}], async ({stream, seen}) => {
  await until(() => seen.statuses.some((s) => s.startsWith('waiting ended')), 'the end is noticed');
  await converges(stream, seen);
}));

test('a server that accepts and never answers is told about, given up, and asked again', async () => {
  // Five times as fast: 15 s of waiting are 3.
  const platform = {monotonic: () => performance.now() * 5, now: () => performance.now() * 5,
                    setTimeout: (f, ms) => setTimeout(f, ms / 5)};
  await through([{silent: true}], async ({stream, proxy, seen}) => {
    await until(() => seen.statuses.includes('connecting crowded'), 'told');
    await until(() => seen.statuses.includes('waiting unanswered'), 'given up');
    await until(() => seen.statuses.includes('live current'), 'live');
    assert.ok(proxy.requests.length >= 2);
  }, {platform});
});

test('401: a fresh token is fetched and sent', async () => {
  const no = 'HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}';
  const why = [];
  const token = async (w) => { why.push(w); return `token-${why.length}`; };
  await through([{answer: no}], async ({stream, proxy, seen}) => {
    await converges(stream, seen);
    assert.deepEqual(why, ['connect', 'refused']);
    assert.match(proxy.requests[1], /authorization: Bearer token-2/i);
  }, {token});
});

test('429: it comes back when it was told to, not before', async () => {
  const no = 'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  await through([{answer: no}], async ({stream, seen}) => {
    await until(() => stream.state === 'waiting', 'waiting');
    const {retryAt, since} = stream.status;
    assert.ok(retryAt - since >= 2000, `${retryAt - since} ms`);
    await until(isLive(stream), 'live');
    assert.ok(Date.now() >= retryAt - 5);
  }, {waitMax: 60_000});
});

test('moving: the new stream is there before the old one goes', () => {
  return through([{}], async ({stream, proxy, seen}) => {
    await until(isLive(stream), 'live');
    const before = seen.statuses.length;
    proxy.inject('event: moving\ndata: {"reason":"drain"}\n\n');
    await until(() => stream.counters.moves === 1, 'moved');
    await until(() => isLive(stream)() && [...proxy.open].filter((c) => c.server).length === 1, 'live on one connection');
    await converges(stream, seen);
    assert.match(proxy.requests[1], /last-event-id: \S+/i);
    assert.deepEqual(seen.statuses.slice(before), ['loading resumed', 'live current']);
    assert.deepEqual(seen.moves.map((m) => m.reason), ['drain', 'drain']);
  });
});

test('moving to where nobody answers leaves the old stream as it was', () => {
  return through([{}, {silent: true}], async ({stream, proxy, seen}) => {
    await until(isLive(stream), 'live');
    proxy.inject('event: moving\ndata: {"reason":"drain"}\n\n');
    await until(() => proxy.requests.length === 2, 'asked');
    server.put('MSFT', {price: 22});
    await until(() => stream.rows.get('MSFT').price === 22, 'the old stream goes on');
    await converges(stream, seen);
  });
});

test('a server killed and started again: rows stay, and become right', () => {
  return through([], async ({stream, seen}) => {
    await until(isLive(stream), 'live');
    await server.end('SIGKILL');
    await until(() => stream.state === 'waiting', 'noticed');
    assert.ok(stream.rows.size >= 4);
    server.put('AAPL', {price: 77});
    await server.start();
    await until(() => stream.rows.get('AAPL').price === 77, 'news');
    await converges(stream, seen);
  });
});

test('the shutdown of a server is announced and survived', () => {
  return through([], async ({stream, seen}) => {
    await until(isLive(stream), 'live');
    await server.end('SIGTERM');
    await until(() => seen.statuses.includes('waiting shutdown'), 'bye is heard');
    await server.start();
    await converges(stream, seen);
  });
});

test('a plain client id, a strange one and one that is too long', async () => {
  const strange = encodeURIComponent('a/b ü?#');
  await through([], async ({stream}) => {
    await until(isLive(stream), 'live');
    assert.equal(stream.rows.size, 0);
  }, {client: strange});
  await through([], async ({stream}) => {
    await until(() => stream.state === 'closed', 'closed');
    assert.equal(stream.status.reason, 'refused');
    assert.match(stream.status.text, /^400 /);
  }, {client: 'x'.repeat(300)});
});
