import assert from 'node:assert/strict';
import test from 'node:test';

import {library} from './load.mjs';

const {eventCharsMax, SseParser} = library;
const bytes = (text) => new TextEncoder().encode(text);

function parse(chunks) {
  const seen = [];
  const parser = new SseParser({
    event: (event, data, id) => seen.push({event, data, id}),
    retry: (ms) => seen.push({retry: ms}),
  });
  for (const chunk of chunks) parser.push(chunk);
  return seen;
}

const stream = bytes(
  'retry: 1500\n\n: a comment\nevent: hello\ndata: {"protocol":1}\n\n' +
  'id: g.1~2\r\nevent: rows\r\ndata: [{"key":"Zürich 🚀"}]\r\n\r\n' +
  'event:live\rdata:{"count":1}\rid:g.2\r\rdata: first\ndata:  second\ndata\n\n' +
  'id: no-data\n\nid: with\0nul\ndata: x\nunknown: y\n\nevent: cut\ndata: lost');

const expected = [
  {retry: 1500},
  {event: 'hello', data: '{"protocol":1}', id: undefined},
  {event: 'rows', data: '[{"key":"Zürich 🚀"}]', id: 'g.1~2'},
  {event: 'live', data: '{"count":1}', id: 'g.2'},
  {event: 'message', data: 'first\n second\n', id: undefined},
  {event: 'message', data: 'x', id: undefined},
];

test('a stream is understood whole', () => assert.deepEqual(parse([stream]), expected));

test('a stream cut in two at any byte is understood the same', () => {
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(parse([stream.subarray(0, at), stream.subarray(at)]), expected, `cut at ${at}`);
  }
});

test('a stream that comes byte by byte is understood the same', () => {
  assert.deepEqual(parse(Array.from(stream, (_, i) => stream.subarray(i, i + 1))), expected);
});

test('a byte order mark at the start is taken away', () => {
  assert.deepEqual(parse([bytes('\ufeffdata: x\n\n')]), [{event: 'message', data: 'x', id: undefined}]);
});

test('a retry that is no plain number is ignored', () => {
  assert.deepEqual(parse([bytes('retry: -1\nretry: 1e3\nretry:\nretry: 5s\nretry: 7\n\n')]), [{retry: 7}]);
});

test('an endless line is refused before memory is full', () => {
  const chunk = bytes('x'.repeat(1 << 20));
  assert.throws(() => parse((function* () { for (let i = 0; i * chunk.length <= eventCharsMax; i++) yield chunk; })()),
                RangeError);
});

test('endless data lines are refused before memory is full, empty ones too', () => {
  const long = bytes(`data: ${'x'.repeat(1 << 20)}\n`);
  assert.throws(() => parse(Array(33).fill(long)), RangeError);
  const empty = bytes('data\n'.repeat(1 << 20));
  assert.throws(() => parse(Array(33).fill(empty)), RangeError);
});
