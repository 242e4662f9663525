// docs/protocol.md, asyncapi.yaml and openapi.yaml against what a real server says.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';

import Ajv from 'ajv/dist/2020.js';
import {parse} from 'yaml';

import {normalised, record} from './recording.mjs';
import {Server} from './server.mjs';

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const asyncapi = parse(read('docs/asyncapi.yaml'));
const openapi = parse(read('docs/openapi.yaml'));

/**
 * Readers ignore fields that they do not know; this test does not, or one that nobody described would never be found.
 * What may hold anything is marked `x-open`.
 */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, key === 'if' ? value : closed(value)]));
  if (copy.type === 'object' && copy.properties && !copy['x-open']) copy.additionalProperties = false;
  return copy;
}

/** Gives a check of a value against the schema at a path of the document. */
function checker(document) {
  const ajv = new Ajv({strict: false, allErrors: true});
  ajv.addSchema(closed(document), 'document');
  return (path, value, what) => {
    const pointer = path.map((p) => `/${encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');
    const ok = ajv.validate({$ref: `document#${pointer}`}, value);
    assert.ok(ok, `${what}: ${ajv.errorsText()}\n${JSON.stringify(value)}`);
  };
}

const checkEvent = checker(asyncapi);
const checkAnswer = checker(openapi);
let recorded;
let server;

before(async () => {
  recorded = await record();
  server = await new Server().put('AAPL', {price: 1, nested: {a: 1}}).start();
});
after(() => server.remove());

test('every event of the conversations is described, and as it is', () => {
  const names = new Set();
  for (const text of recorded.all) {
    const fields = Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
    if (!fields.event) {
      assert.deepEqual(Object.keys(fields), ['retry'], text);
      continue;
    }
    const message = asyncapi.components.messages[fields.event];
    assert.ok(message, `${fields.event} is not described`);
    assert.ok(asyncapi.channels.events.messages[fields.event], `${fields.event} is not in the channel`);
    names.add(fields.event);
    const path = ['components', 'messages', fields.event];
    checkEvent([...path, 'payload'], JSON.parse(fields.data), fields.event);
    if (message.headers) checkEvent([...path, 'headers'], fields.id === undefined ? {} : {id: fields.id}, fields.event);
    else assert.equal(fields.id, undefined, `${fields.event} has an id that is not described`);
  }
  const unseen = Object.keys(asyncapi.components.messages).filter((name) => !names.has(name));
  assert.deepEqual(unseen, ['moving'], 'described and never said: one server alone never asks to move');
});

test('a wrong event is found', () => {
  const payload = ['components', 'messages', 'live', 'payload'];
  checkEvent(payload, {count: 1, checksum: '0123456789abcdef'}, 'a right one');
  for (const wrong of [{count: -1, checksum: '0123456789abcdef'}, {count: 1}, {count: 1, checksum: '0123456789abcdef', more: 1}]) {
    assert.throws(() => checkEvent(payload, wrong, 'live'), JSON.stringify(wrong));
  }
});

test('the page shows what a server says today', () => {
  const shown = [...read('docs/protocol.md').matchAll(/<!-- recorded: (\w+) -->\n```\w*\n([^]*?)\n```/g)];
  assert.ok(shown.length >= 11, `${shown.length} recorded blocks`);
  for (const [, name, text] of shown) {
    assert.equal(normalised(text), normalised(recorded.said[name]), `${name}: run node tools/record_protocol.mjs`);
  }
});

test('the page names every event and every path', () => {
  const page = read('docs/protocol.md');
  for (const name of Object.keys(asyncapi.components.messages)) assert.match(page, new RegExp(`^\\| \`${name}\``, 'm'));
  for (const path of Object.keys(openapi.paths)) assert.ok(page.includes(`GET ${path}`), path);
});

test('the paths described are those that the server has', () => {
  const served = [...read('src/serve/requests.cpp').matchAll(/\{"(\/[^"]*)", id\(/g)].map(([, path]) => path);
  assert.ok(served.length >= 8);
  assert.deepEqual(Object.keys(openapi.paths).sort(), served.sort());
});

/** Asks, and holds status, type, headers and body against the description of the path. */
async function ask(path, target, status, origin = server.origin) {
  const answer = await fetch(origin + target, {headers: {Connection: 'close'}, redirect: 'manual'});
  const type = answer.headers.get('content-type')?.split(';')[0];
  const text = type === 'text/event-stream'
    ? (await answer.body.cancel(), '') : await answer.text();
  assert.equal(answer.status, status, `${target}: ${text}`);
  let at = ['paths', path, 'get', 'responses', String(status)];
  let described = openapi.paths[path].get.responses[status];
  assert.ok(described, `${path}: ${status} is not described`);
  if (described.$ref) {
    at = described.$ref.slice(2).split('/');
    described = at.reduce((node, name) => node[name], openapi);
  }
  assert.deepEqual(type ? [type] : [], Object.keys(described.content ?? {}).filter((each) => each === type || !type),
                   `${path}: ${status} of ${type} is not described`);
  const body = /json$/.test(type) ? JSON.parse(text) : text;
  if (type) checkAnswer([...at, 'content', type, 'schema'], body, target);
  for (const [name, {required}] of Object.entries(described.headers ?? {})) {
    const value = answer.headers.get(name);
    assert.ok(value !== null || !required, `${target}: no ${name}`);
    checkAnswer([...at, 'headers', name, 'schema'], value, `${target}: ${name}`);
  }
  return body;
}

const client = '/v1/clients/{client}';
const rounds = [
  [`${client}/events`, '/v1/clients/c1/events?beat=30&bookmark=x', 200],
  [`${client}/events`, '/v1/clients/c1/events?beat=0', 400],
  [`${client}/events`, '/v1/clients/c1/events?beet=1', 400],
  [`${client}/events`, `/v1/clients/${'x'.repeat(256)}/events`, 400],
  [`${client}/rows`, '/v1/clients/c1/rows', 200],
  [`${client}/rows`, '/v1/clients/nobody/rows', 200],
  [`${client}/rows`, '/v1/clients/c1/rows?x=1', 400],
  ['/v1/clients', '/v1/clients', 200],
  ['/v1/clients', '/v1/clients?prefix=c&after=c0&limit=1000', 200],
  ['/v1/clients', '/v1/clients?limit=1001', 400],
  ['/v1/cluster', '/v1/cluster', 200],
  ['/healthz', '/healthz', 200],
  ['/readyz', '/readyz', 200],
  ['/metrics', '/metrics', 200],
  ['/favicon.ico', '/favicon.ico', 308],
];
for (const [path, target, status] of rounds) {
  test(`${target.slice(0, 60)} answers ${status} as described`, () => ask(path, target, status));
}

test('a server that waits for its feed answers as described', async () => {
  const empty = await new Server([], 'kafka://127.0.0.1:1/positions').start('/healthz');
  try {
    await ask('/readyz', '/readyz', 503, empty.origin);
    await ask('/v1/cluster', '/v1/cluster', 200, empty.origin);
  } finally {
    await empty.remove();
  }
});

test('parameters that are described are those that are taken', async () => {
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const {name, in: where, schema} of item.get.parameters ?? []) {
      if (where !== 'query') continue;
      const target = `${path.replace('{client}', 'c1')}?${name}=${schema.type === 'integer' ? schema.maximum : 'c'}`;
      await ask(path, target, 200);
    }
  }
});

test('every reference of both documents leads somewhere', () => {
  for (const document of [asyncapi, openapi]) {
    JSON.stringify(document, (key, value) => {
      if (key === '$ref') assert.ok(value.slice(2).split('/').reduce((node, name) => node?.[name], document), value);
      return value;
    });
  }
  const ids = Object.values(openapi.paths).map((item) => item.get.operationId);
  assert.equal(new Set(ids).size, ids.length);
});
