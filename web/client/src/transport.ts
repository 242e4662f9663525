// An event stream over fetch, which shows status, headers and every byte.

import {SseParser} from './sse.js';
import type {Ears, Problem, Reason, StreamRequest} from './types.js';

const errorBytesMax = 16_384;

/** A transport, but for the fetch that it uses. */
export function openFetch(request: StreamRequest, ears: Ears, fetcher: typeof fetch): () => void {
  const abort = new AbortController();
  const {signal} = abort;
  void (async () => {
    const headers: Record<string, string> = {Accept: 'text/event-stream'};
    if (request.bookmark) headers['Last-Event-ID'] = request.bookmark;
    let failing: Reason = 'token';
    try {
      const token = await request.token();
      if (token) headers['Authorization'] = `Bearer ${token}`;
      if (signal.aborted) return;
      failing = 'network';
      const answer = await fetcher(request.url, {headers, signal, cache: 'no-store'});
      const reader = answer.body?.getReader();
      if (!answer.ok || !/^text\/event-stream\b/i.test(`${answer.headers.get('content-type')}`)) {
        const problem = await readProblem(reader);
        ears.refused(answer.status, retryAfter(answer.headers.get('retry-after')), problem);
        return abort.abort();  // what is not read of it
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
      ears.failed(error, error instanceof RangeError ? 'invalid' : failing);
    }
  })();
  return () => abort.abort();
}

/** Seconds or a date, as RFC 9110 has it; 0 when there is none. */
export function retryAfter(text: string | null): number {
  const seconds = Number(text);
  return Math.max(0, (seconds >= 0 ? seconds * 1000 : Date.parse(`${text}`) - Date.now()) || 0);
}

export async function readProblem(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Problem> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let size = 0; size < errorBytesMax;) {
      const read = await reader?.read();
      if (!read || read.done) break;
      size += read.value.length;
      text += decoder.decode(read.value, {stream: true});
    }
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    return {};
  }
}
