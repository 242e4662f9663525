// Stands between the library and a server, and does to a connection whatever a network can.

import net from 'node:net';

/**
 * What is done to one connection; the first unused of `faults` is taken by the next that comes, none by the others.
 *   cutAfter    bytes of the answer after which the connection is reset
 *   stallAfter  bytes of the answer after which nothing comes any more, the connection staying open
 *   endAfter    bytes of the answer after which it is ended, while the other direction stays open
 *   bytewise    each byte in a write of its own
 *   silent      accepted and never answered
 *   answer      said instead of asking the server
 *   events      (text of one event) => list of texts to send in its place
 */
export class FaultProxy {
  faults = [];
  /** Heads of requests, in order. */
  requests = [];
  /** Open connections: {client, server}; without a server where no request came yet, as from a pool of fetch. */
  open = new Set();
  #target;
  #server = net.createServer((client) => this.#accept(client));

  constructor(origin) {
    this.#target = new URL(origin);
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  stop() {
    for (const {client, server} of this.open) { client.destroy(); server?.destroy(); }
    this.#server.close();
  }

  /** Says something on all streams, as if the server had. */
  inject(text) {
    for (const {client} of this.open) client.write(text);
  }

  #accept(client) {
    const fault = this.faults.shift() ?? {};
    const connection = {client, server: undefined};
    this.open.add(connection);
    client.on('error', () => {});
    client.on('data', () => {});  // without a reader its end would not be seen
    client.on('close', () => { this.open.delete(connection); connection.server?.destroy(); });
    if (fault.silent) return void client.on('data', (head) => this.requests.push(String(head)));
    client.once('data', (head) => {
      this.requests.push(String(head));
      if (fault.answer) return void client.end(fault.answer);
      const server = net.connect(this.#target.port, this.#target.hostname, () => server.write(head));
      connection.server = server;
      server.on('error', () => client.destroy());
      server.on('close', () => { if (fault.stallAfter === undefined) client.end(); });
      this.#carry(server, client, fault);
    });
  }

  #carry(server, client, fault) {
    const at = fault.cutAfter ?? fault.stallAfter ?? fault.endAfter;
    let seen = 0;
    let rest = '';
    if (at === 0) return this.#trip(client, fault);
    server.on('data', (bytes) => {
      if (client.destroyed || (at !== undefined && seen >= at)) return;
      if (fault.events) {
        // Latin-1 keeps bytes as they are. The head ends like an event does, and is handed to nobody.
        const parts = (rest + bytes.toString('latin1')).split(/(?<=\r?\n\r?\n)/);
        rest = /\n\r?\n$/.test(parts.at(-1)) ? '' : parts.pop();
        const out = parts.flatMap((p) => (p.startsWith('HTTP/') ? [p] : fault.events(p))).join('');
        bytes = Buffer.from(out, 'latin1');
      }
      const left = at === undefined ? bytes : bytes.subarray(0, at - seen);
      seen += left.length;
      if (fault.bytewise) for (const byte of left) client.write(Buffer.from([byte]));
      else client.write(left);
      if (at !== undefined && seen >= at) this.#trip(client, fault);
    });
  }

  #trip(client, fault) {
    if (fault.cutAfter !== undefined) client.end(() => client.destroy());
    else if (fault.endAfter !== undefined) client.end();
  }
}
