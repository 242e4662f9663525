// What the library says to whoever uses it. Nothing here is code.

/**
 * Where a stream is. `idle`: not opened, or paused. `connecting`: asked, no answer yet. `loading`: rows come, not all
 * are here. `live`: everything is here and current. `stale`: everything is here, but news may be missing. `waiting`:
 * for the next try. `closed`: for good. Rows stay readable in all of them.
 */
export type StreamState = 'idle' | 'connecting' | 'loading' | 'live' | 'stale' | 'waiting' | 'closed';

/** Why; a newer server may have reasons that this list does not. */
export type Reason =
  | 'new'  // idle: never opened. loading: the first table
  | 'opened' | 'paused' | 'hidden' | 'frozen'  // what the page or its user did
  | 'resumed'  // loading: only what changed while away
  | 'current'  // live
  | 'generation' | 'horizon' | 'future' | 'malformed' | 'behind'  // loading: the server's reset
  | 'loading' | 'feed' | 'router' | 'node'  // stale: the server says so; node: also a reset
  | 'late'  // stale: beats arrive, but old ones, by the server's time
  | 'crowded'  // connecting: no answer for 5 s; perhaps all connections of this browser are taken
  | 'network' | 'ended' | 'silent' | 'unanswered' | 'slept' | 'offline' | 'online'  // the connection
  | 'refused' | 'token'  // an answer that is no stream; the token callback failed
  | 'mismatch' | 'invalid' | 'reload'  // our table is not the server's; an event that cannot be; asked for
  | 'shutdown' | 'overload'  // the server's bye
  | 'closed' | 'aborted' | 'protocol'
  | (string & {});

/** One value, never changed: a new one comes with each change. Times are ms since 1970 by this machine's clock. */
export interface Status {
  readonly state: StreamState;
  readonly reason: Reason;
  /** What there is to say beyond the reason, for people; often nothing. May hold words of the server: show it as text. */
  readonly text: string;
  readonly since: number;
  /** Failures in a row. */
  readonly attempt: number;
  /** When the next try is, while `waiting`; otherwise 0. */
  readonly retryAt: number;
}

/** A row that is new (`before` is undefined) or has a new value. */
export interface Change<Row> {
  readonly key: string;
  readonly row: Row;
  readonly before: Row | undefined;
}

/** A row that is gone. */
export interface Removal<Row> {
  readonly key: string;
  readonly before: Row;
}

/**
 * What one event of the server changed; `rows` of the stream holds it already. `phase` says how to take it:
 * `snapshot`: part of a first table, or a whole new table after a reset, which comes as one batch; `resume`: what
 * changed while the connection was away; `live`: news. Only `live` is worth a flash.
 */
export interface Batch<Row> {
  readonly phase: 'snapshot' | 'resume' | 'live';
  readonly changed: readonly Change<Row>[];
  readonly removed: readonly Removal<Row>[];
}

export interface Proof {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

/** The table here compared with the server's, at a `live` or a `beat`. */
export interface Verified extends Proof {
  readonly ok: boolean;
  readonly expected: Proof;
  /** ms since 1970 by this machine's clock. */
  readonly at: number;
}

export interface Beat {
  /** The server's clock, ms since 1970. */
  readonly time: number;
  /** ms since the server last knew itself current. */
  readonly lag: number;
}

export interface Hello {
  readonly protocol: number;
  /** Who serves. */
  readonly member: string;
  readonly resumed: boolean;
  readonly reason?: string;
  /** Seconds between beats. */
  readonly beat: number;
  /** Server's clock, ms since 1970, when it said so. */
  readonly time?: number;
}

/** RFC 9457. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
}

/** What went wrong. `retryable`: the stream goes on by itself; otherwise it is closed. */
export interface StreamProblem {
  readonly code: Reason | 'parse';
  readonly text: string;
  readonly retryable: boolean;
  /** The answer's status, where there was an answer. */
  readonly status?: number;
  readonly problem?: Problem;
  /** The row whose `parse` threw. */
  readonly key?: string;
  readonly cause?: unknown;
}

/**
 * The server asked that its viewers move; `reason` is the server's, for example `drain`. `node`: behind a gateway
 * another node goes on with the same stream.
 */
export interface Move {
  readonly reason: string;
  readonly from: string;
  /** Empty while the new stream is being opened, then who serves now. */
  readonly to: string;
}

export interface StreamEvents<Row> {
  status: Status;
  /** Once for each event of the server that changed a row. */
  rows: Batch<Row>;
  beat: Beat;
  hello: Hello;
  verified: Verified;
  moving: Move;
  problem: StreamProblem;
}

/** Since the stream was made. */
export interface Counters {
  connects: number;
  /** Hellos: of connections, and of nodes that went on with one behind a gateway. */
  streams: number;
  resumes: number;
  resets: number;
  /** To another connection as the server asked, or to another node behind a gateway: without a gap. */
  moves: number;
  mismatches: number;
  /** Rows refused because they would have gone back to an older version. */
  backwards: number;
  rows: number;
  bytes: number;
}

export type Token = string | ((why: 'connect' | 'refused') => string | Promise<string>);

export interface StreamOptions<Row> {
  /** Seconds between beats while the page is visible, 1 to 30. Default 1. */
  beat?: number;
  /** The same for connections made while the page is hidden. Default 10. */
  hiddenBeat?: number;
  /** `eventSource`, `direct()`, or one of your own. Default: over fetch. */
  transport?: Transport;
  /** Sent as `Authorization: Bearer …`. A callback is asked before each connect, and again after a 401. */
  token?: Token;
  /** Closes the stream when it aborts. */
  signal?: AbortSignal;
  /** Turns the server's JSON into a Row. A throw leaves that row out and is told as problem `parse`. */
  parse?: (raw: unknown, key: string) => Row;
  /** Default: the one of the platform. */
  fetch?: typeof fetch;
  /** Time and chance, and the page whose life is followed; for tests. */
  platform?: Partial<Platform>;
}

export interface StreamRequest {
  /** With the query but for the bookmark. */
  readonly url: string;
  /** Empty for none. For `Last-Event-ID`, or `bookmark=` in the query. */
  readonly bookmark: string;
  /** For `Authorization: Bearer …`. */
  token(): Promise<string | undefined>;
}

/** What a gateway answers to `GET /v1/clients/{client}/place`. */
export interface Place {
  /** Of the client's events at its node, without a query. */
  readonly url: string;
  /** For `ticket=` in the query; good for a minute. */
  readonly ticket: string;
  readonly member: string;
}

/** What a transport says of one connection. After `ended`, `refused` or `failed` it says nothing more. */
export interface Ears {
  /** The server answered with a stream. */
  answered(): void;
  /** Bytes came; before the events in them. */
  bytes(count: number): void;
  /** A complete event. `id` is undefined where the event carried none. */
  event(name: string, data: string, id: string | undefined): void;
  retry(ms: number): void;
  ended(): void;
  refused(status: number, retryAfterMs: number, problem: Problem): void;
  /** `network` unless something better is known. */
  failed(error: unknown, reason: Reason): void;
}

/** Opens one connection; gives what ends it. It may be ended at any moment, even before it answered. */
export type Transport = (request: StreamRequest, ears: Ears) => () => void;

/** Listeners are taken away by the `signal` that they came with. */
type Listened = Pick<EventTarget, 'addEventListener'>;

/** What the library needs of the world. */
export interface Platform {
  /** Wall clock, ms. */
  now(): number;
  /** A clock that never goes back, ms. */
  monotonic(): number;
  random(): number;
  setTimeout(f: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  window: Listened | undefined;
  document: (Listened & {readonly visibilityState: string}) | undefined;
  navigator: {readonly onLine?: boolean} | undefined;
}
