// The conversations that docs/protocol.md shows, held with a real server.

import {Server, until} from './server.mjs';

/** What differs from one recording to the next, made the same. */
export const normalised = (text) => text
  .replace(/^retry: \d+$/gm, 'retry: N')
  .replace(/^id: .+$/gm, 'id: B')
  .replace(/"bookmark":"[^"]+"/g, '"bookmark":"B"')
  .replace(/"(time|lag|uptime_s|busy_percent)":\d+/g, '"$1":N')
  .replace(/"generation":"[0-9a-f]{16}"/g, '"generation":"G"')
  .replace(/"text":"[^"]*"/g, '"text":"T"')
  .replace(/(HTTP\/1.1 503[^]*"detail":)"[^"]*"/, '$1"T"');

/** A stream being read: `events` are its blocks of text. */
class Listener {
  events = [];
  #abort = new AbortController();

  static async open(url, bookmark) {
    const listener = new Listener();
    const headers = bookmark ? {'Last-Event-ID': bookmark} : {};
    const answer = await fetch(url, {headers, signal: listener.#abort.signal});
    listener.status = answer.status;
    void listener.#read(answer.body);
    return listener;
  }

  async #read(body) {
    let rest = '';
    try {
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        const parts = (rest + text).split('\n\n');
        rest = parts.pop();
        this.events.push(...parts);
      }
    } catch { /* closed by us */ }
    this.ended = true;
  }

  named(name) { return this.events.filter((e) => e.includes(`event: ${name}\n`)); }
  /** Waits for as many events of a name. */
  async have(name, count = 1) { await until(() => this.named(name).length >= count, `${count} ${name}`); }
  get bookmark() { return /^id: (.+)$/m.exec(this.named('live').at(-1))[1]; }
  /** Of several beats in a row one is enough to be read. */
  get text() {
    const isBeat = (e) => e?.includes('event: beat\n');
    return this.events.filter((e, i) => !isBeat(e) || !isBeat(this.events[i - 1])).join('\n\n');
  }
  close() { this.#abort.abort(); }
}

/** Beats are alike, and statuses of one reason. */
const kind = (event) => (event.includes('event: beat') ? 'beat' : event.slice(0, 40));

const pretty = async (answer) => {
  const shown = ['content-type', 'retry-after', 'allow'].filter((name) => answer.headers.has(name));
  const head = shown.map((name) => `${name}: ${answer.headers.get(name)}`).join('\n');
  return `HTTP/1.1 ${answer.status} ${answer.statusText}\n${head}\n\n${(await answer.text()).trim()}`;
};

/** Gives `said`, name to text, and `all`, every event of every conversation. */
export async function record() {
  const server = await new Server(['--member', 'm-1', '--viewers-max', '3'])
    .put('AAPL', {price: 187.5}).put('MSFT', {price: 402.25}).start();
  const empty = new Server(['--member', 'm-1'], 'kafka://127.0.0.1:1/positions');  // nobody listens on port 1
  const events = `${server.origin}/v1/clients/c1/events?beat=1`;
  const said = {};
  const heard = [];
  const listen = async (bookmark, url = events) => {
    const listener = await Listener.open(url, bookmark);
    heard.push(listener);
    return listener;
  };
  try {
    const first = await listen();
    await first.have('live');
    await first.have('beat');
    const old = first.bookmark;
    server.put('AAPL', {price: 188});
    await first.have('rows', 2);
    server.put('MSFT', null);
    await first.have('rows', 3);
    said.first = first.text;

    const resumed = await listen(old);
    await resumed.have('live');
    said.resumed = resumed.events.slice(0, resumed.events.findIndex((e) => e.includes('event: live')) + 1).join('\n\n');
    const reset = await listen('no-bookmark-of-ours');
    await reset.have('live');
    said.reset = reset.events.slice(0, reset.events.findIndex((e) => e.includes('event: live')) + 1).join('\n\n');
    const over = await listen();
    await until(() => over.ended, 'the end');
    said.overload = over.events.join('\n\n');

    resumed.close();
    reset.close();
    for (const [name, path] of Object.entries({
      rows: '/v1/clients/c1/rows', clients: '/v1/clients?prefix=c&limit=10', cluster: '/v1/cluster',
      ready: '/readyz', health: '/healthz', bad_beat: '/v1/clients/c1/events?beat=99', nothing: '/v1/nothing',
    })) said[name] = await pretty(await fetch(server.origin + path));

    const before = first.events.length;
    server.loseFeed();
    await first.have('status');
    await until(() => first.events.slice(before).some((e) => /"lag":[1-9]/.test(e)), 'a beat with lag');
    server.renewFeed('AAPL', {price: 190});
    await first.have('reset');
    await first.have('live', 2);
    await first.have('status', 2);
    const from = first.events.findIndex((e) => e.includes('event: status'));
    const to = first.events.findLastIndex((e) => e.includes('event: status'));
    // Whether the moment between the two feeds is told is a matter of milliseconds.
    said.anew = first.events.slice(from, to + 1).filter((e) => !/event: beat[^]*"lag":0,|"reason":"loading"/.test(e))
      .filter((e, i, list) => !/event: (beat|status)/.test(e) ||
        i === list.findIndex((f) => kind(f) === kind(e))).join('\n\n');

    const ending = first.events.length;
    said.anew = said.anew.replace(/file \/\S+\//g, 'file ');
    await server.end('SIGTERM');
    await first.have('bye');
    said.bye = first.events.slice(ending).filter((e) => e.includes('event: bye')).join('\n\n');
    await empty.start('/healthz');
    said.not_ready = await pretty(await fetch(`${empty.origin}/readyz`));
    const early = await listen('', `${empty.origin}/v1/clients/c1/events?beat=1`);
    await early.have('beat');
    said.loading = early.text;
  } finally {
    for (const listener of heard) listener.close();
    await server.remove();
    await empty.remove();
  }
  return {said, all: heard.flatMap((l) => l.events)};
}
