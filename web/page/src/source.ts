// Where rows come from, as the page wants it: the stream of one client.

import {BlotterStream, direct, type Counters, type Status, type Verified} from '../../client/src/index';
import type {Row} from './columns';
import {eventsOf, fetchStream, isDirect} from './early_stream';
import type {Step} from './view';

export type SourceStatus = Status;

export interface SourceListener {
  rows(step: Step): void;
  status(status: Status): void;
  verified(): void;
  /** Something worth a line in the history. */
  happened(text: string, grave: boolean): void;
}

export class Source {
  readonly stream: BlotterStream<Row>;
  #beatTime: number | undefined;

  constructor(readonly client: string, listener: SourceListener) {
    const way = isDirect() ? {transport: direct()} : {fetch: fetchStream};
    const stream = new BlotterStream<Row>(eventsOf(client), {beat: 1, ...way});
    this.stream = stream;
    stream.on('rows', ({changed, removed, phase}) => listener.rows({changed, removed, live: phase === 'live'}));
    stream.on('status', (status) => listener.status(status));
    stream.on('verified', () => listener.verified());
    stream.on('beat', ({time}) => { this.#beatTime = time; });
    stream.on('moving', ({from, to, reason}) =>
      listener.happened(to ? `moved from ${from} to ${to}` : `${from} asks to move: ${reason}`, false));
    stream.on('problem', ({text}) => listener.happened(text, true));
    stream.open();
  }

  get status(): Status { return this.stream.status; }
  get size(): number { return this.stream.rows.size; }
  get counters(): Counters { return this.stream.counters; }
  get verified(): Verified | undefined { return this.stream.verified; }
  get beatTime(): number | undefined { return this.#beatTime; }
  get member(): string { return this.stream.hello?.member ?? ''; }
  get beatMs(): number { return (this.stream.hello?.beat ?? 1) * 1000; }
  behind(): number | undefined { return this.stream.behind; }
  close(): void { this.stream.close(); }
}
