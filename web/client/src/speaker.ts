// What a stream says: its status, its events to whoever listens, its batches to whoever reads them one by one.

import {Pending} from './batches.js';
import type {Batch, Platform, Reason, Status, StreamEvents, StreamProblem, StreamState} from './types.js';

type Listener<Row, Name extends keyof StreamEvents<Row>> = (value: StreamEvents<Row>[Name]) => void;
type Listeners<Row> = {[Name in keyof StreamEvents<Row>]?: Set<Listener<Row, Name>>};

export class Speaker<Row> {
  status: Status;
  #now: Platform['now'];
  #listeners: Listeners<Row> = {};
  #readers = new Set<Pending<Row>>();

  constructor({now}: Platform) {
    this.#now = now;
    this.status = {state: 'idle', reason: 'new', text: '', since: now(), attempt: 0, retryAt: 0};
  }

  on<Name extends keyof StreamEvents<Row>>(name: Name, listener: Listener<Row, Name>): () => void {
    const set: Set<typeof listener> = ((this.#listeners[name] as Set<typeof listener> | undefined) ??= new Set());
    set.add(listener);
    return () => void set.delete(listener);
  }

  emit<Name extends keyof StreamEvents<Row>>(name: Name, value: StreamEvents<Row>[Name]): void {
    const set = this.#listeners[name] as Set<Listener<Row, Name>> | undefined;
    for (const listener of set ?? []) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => { throw error; });  // a listener's mistake is its own: it must not end the stream
      }
    }
  }

  /** Another state, or the same for another reason. Nothing comes after `closed`. */
  enter(state: StreamState, reason: Reason, text = '', attempt = 0, retryAt = 0): void {
    const {state: was, reason: why, retryAt: when} = this.status;
    if (was === 'closed' || (was === state && why === reason && when === retryAt)) return;
    this.emit('status', this.status = {state, reason, text, since: this.#now(), attempt, retryAt});
  }

  problem(code: StreamProblem['code'], text: string, more: Partial<StreamProblem> = {}): void {
    this.emit('problem', {code, text, retryable: true, ...more});
  }

  publish(batch: Batch<Row> | undefined): void {
    if (!batch || !(batch.changed.length + batch.removed.length)) return;
    this.emit('rows', batch);
    for (const reader of this.#readers) reader.push(batch);
  }

  /** Reads from `rows` on. */
  reader(rows: ReadonlyMap<string, Row>): Pending<Row> {
    const reader: Pending<Row> = new Pending(() => this.#readers.delete(reader));
    const changed = [...rows].map(([key, row]) => ({key, row, before: undefined}));
    if (changed.length) reader.push({phase: 'snapshot', changed, removed: []});
    if (this.status.state === 'closed') reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  /** The readers get what there is, and no more. */
  end(): void {
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }
}
