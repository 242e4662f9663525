// The two ways to get an event stream: fetch, which sees everything, and the browser's EventSource.

import {SseParser, type ParserEars} from './sse.js';
import type {Platform, Problem, StreamOptions} from './types.js';

export interface Ears extends ParserEars {
  /** The server answered with a stream. */
  answered(): void;
  /** Bytes came; before the events in them. */
  bytes(count: number): void;
  ended(): void;
  refused(status: number, retryAfterMs: number, problem: Problem): void;
  failed(error: unknown, code?: 'token'): void;
}

export interface Request {
  url: string;
  beat: number;
  bookmark: string;
  token: () => Promise<string | undefined>;
}

const errorBytesMax = 16_384;

const asAddress = ({url, beat}: Request, more = ''): string => `${url}${url.includes('?') ? '&' : '?'}beat=${beat}${more}`;

/** Opens and reads; gives what ends it. After that no ear hears anything: callers ignore what was under way. */
export function openFetch(request: Request, ears: Ears, fetcher: typeof fetch): () => void {
  const abort = new AbortController();
  const {signal} = abort;
  void (async () => {
    const headers: Record<string, string> = {Accept: 'text/event-stream'};
    if (request.bookmark) headers['Last-Event-ID'] = request.bookmark;
    try {
      const token = await request.token();
      if (token) headers['Authorization'] = `Bearer ${token}`;
    } catch (error) {
      return ears.failed(error, 'token');
    }
    try {
      if (signal.aborted) return;
      const answer = await fetcher(asAddress(request), {headers, signal, cache: 'no-store'});
      const reader = answer.body?.getReader();
      if (!answer.ok || !/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '')) {
        return ears.refused(answer.status, retryAfter(answer.headers.get('retry-after')), await readProblem(reader));
      }
      ears.answered();
      const parser = new SseParser(ears);
      while (!signal.aborted) {
        const read = await reader?.read();
        if (!read || read.done) return ears.ended();
        ears.bytes(read.value.length);
        if (!signal.aborted) parser.push(read.value);
      }
    } catch (error) {
      abort.abort();  // a parser that threw leaves a reader behind
      ears.failed(error);
    }
  })();
  return () => abort.abort();
}

/** Seconds or a date, as RFC 9110 has it; 0 when there is none. */
function retryAfter(text: string | null): number {
  if (!text) return 0;
  const ms = /^\d+$/.test(text) ? +text * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}

async function readProblem(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Problem> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let size = 0; size < errorBytesMax;) {
      const read = await reader?.read();
      if (!read || read.done) break;
      size += read.value.length;
      text += decoder.decode(read.value, {stream: true});
    }
    void reader?.cancel().catch(() => {});
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    return {};
  }
}

const names = ['hello', 'reset', 'rows', 'live', 'beat', 'status', 'moving', 'bye'];

/** EventSource may come back by itself, and in some browsers never does: here it lives for one connection only. */
export function openSource(request: Request, ears: Ears, Source: NonNullable<Platform['EventSource']>): () => void {
  const {bookmark} = request;
  const source = new Source(asAddress(request, bookmark && `&bookmark=${encodeURIComponent(bookmark)}`));
  let last = '';  // lastEventId stands until another comes: only a new one belongs to the event
  for (const name of names) {
    source.addEventListener(name, (e: MessageEvent<string>) => {
      const id = e.lastEventId === last ? undefined : (last = e.lastEventId);
      ears.bytes(e.data.length);
      ears.event(name, e.data, id);
    });
  }
  source.onopen = () => ears.answered();
  source.onerror = () => {
    source.close();
    ears.ended();
  };
  return () => source.close();
}

export function openTransport<Row>(request: Request, ears: Ears, platform: Platform,
                                   options: StreamOptions<Row>): () => void {
  if (options.transport !== 'eventsource') return openFetch(request, ears, options.fetch ?? fetch);
  if (!platform.EventSource) throw new TypeError('there is no EventSource here');
  return openSource(request, ears, platform.EventSource);
}
