// Where rows come from, as the page wants it: the stream of one client.

import {BlotterStream, followPage} from '../stream';
import type {Step} from './view';

export type SourceStatus = BlotterStream['state'];

export interface SourceListener {
  rows(step: Step): void;
  status(status: SourceStatus): void;
  verified(): void;
  problem(text: string): void;
}

export class Source {
  readonly stream: BlotterStream;
  #leave: () => void;

  constructor(readonly client: string, listener: SourceListener) {
    const stream = new BlotterStream(`v1/clients/${encodeURIComponent(client)}/events`, {beat: 1});
    this.stream = stream;
    stream.on('rows', ({changed, removed, snapshot}) =>
      listener.rows({changed: changed.map(([entry]) => entry), removed, live: !snapshot}));
    stream.on('state', (status) => listener.status(status));
    stream.on('verified', () => listener.verified());
    stream.on('problem', ({text}) => listener.problem(text));
    this.#leave = followPage(stream);
    stream.open();
  }

  get status(): SourceStatus { return this.stream.state; }
  get size(): number { return this.stream.rows.size; }
  get counters(): BlotterStream['counters'] { return this.stream.counters; }
  get verified(): BlotterStream['stats']['verified'] { return this.stream.stats.verified; }
  get beatTime(): number | undefined { return this.stream.stats.beat?.time; }
  get member(): string { return this.stream.stats.hello?.member ?? ''; }
  get beatMs(): number { return this.stream.beatMs; }
  behind(): number | undefined { return this.stream.behind(); }

  close(): void {
    this.#leave();
    this.stream.close();
  }
}
