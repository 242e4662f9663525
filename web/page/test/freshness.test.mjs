import assert from 'node:assert/strict';
import test from 'node:test';

import {load} from './source.mjs';

const {freshness} = await load('freshness');

const badge = (state, more = {}) => freshness({
  state: {reason: '', text: '', since: 0, retryAt: 0, ...state}, behind: 0, beatMs: 1000, rows: 3, now: 0, ...more});

test('live is live only while news is fresh', () => {
  assert.equal(badge({state: 'live'}, {behind: 2400}).label, 'Live');
  assert.deepEqual(badge({state: 'live'}, {behind: 4100}),
                   {kind: 'delayed', label: 'Delayed 4 s', detail: 'news arrives late', dim: true});
});

test('stale says since when and why', () => {
  const {kind, detail, dim} = badge({state: 'stale', reason: 'feed'});
  assert.equal(kind, 'stale');
  assert.match(detail, /since .*: the feed is lost/);
  assert.equal(dim, true);
});

test('news that is late by the server\'s time is delayed, however the stream says so', () => {
  assert.deepEqual(badge({state: 'stale', reason: 'late', text: 'x'}, {behind: 7000}),
                   {kind: 'delayed', label: 'Delayed 7 s', detail: 'news arrives late', dim: true});
});

test('a lost connection says when the next try is', () => {
  const {label, detail} = badge({state: 'waiting', text: 'the connection went silent', retryAt: 2000});
  assert.equal(label, 'Reconnecting');
  assert.equal(detail, 'the connection went silent, next try in 2 s');
  assert.equal(badge({state: 'waiting'}, {rows: 0}).label, 'Connecting');
  const failed = badge({state: 'waiting', reason: 'network', text: 'TypeError: Failed to fetch', retryAt: 2000});
  assert.equal(failed.detail, 'no connection, next try in 2 s', 'in words for people');
  assert.equal(badge({state: 'waiting', reason: 'refused', text: 'Service Unavailable'}).detail, 'Service Unavailable');
});

test('a reset dims the old rows, a first load has none to dim', () => {
  assert.equal(badge({state: 'loading', reason: 'generation'}).dim, true);
  assert.equal(badge({state: 'loading', reason: 'new'}).dim, false);
});

test('a stream that ended for good says so', () => assert.equal(badge({state: 'closed'}).kind, 'stopped'));
