// Compiled, never run: what the types promise to their reader.

import {BlotterStream, eventSource, type Batch, type Reason, type Status} from '@blotter/client';
import {useBlotter} from '@blotter/client/react';

interface Position {
  quantity: number;
  price: string;
}

const stream = new BlotterStream<Position>('/v1/clients/c1/events', {
  beat: 1,
  transport: eventSource,
  token: async (why) => (why === 'refused' ? 'fresh' : 'any'),
  parse: (raw, key) => ({quantity: Number((raw as {q: unknown}).q), price: key}),
  signal: new AbortController().signal,
});
const quantity: number | undefined = stream.rows.get('AAPL')?.quantity;
const undo: () => void = stream.on('rows', ({changed}) => changed.map(({row, before}) => row.quantity - (before?.quantity ?? 0)));
stream.on('status', (status: Status) => { const reason: Reason = status.reason; return reason; });
for await (const batch of stream) { const typed: Batch<Position> = batch; void typed; }
// @ts-expect-error: no such event
stream.on('row', () => {});
// @ts-expect-error: the rows are not the reader's to change
stream.rows.set('AAPL', {quantity: 1, price: '1'});
// @ts-expect-error: no such field
stream.rows.get('AAPL')?.colour;
const plain = new BlotterStream('/v1/clients/c1/events');
const unknown: unknown = plain.rows.get('AAPL')?.['price'];
const shown: ReadonlyMap<string, Position> = useBlotter<Position>('/v1/clients/c1/events').rows;
void [quantity, undo, unknown, shown];
