// Server-sent events from bytes, cut anywhere, by the rules of the HTML standard, section "Server-sent events".

import type {Ears} from './types.js';

/** Larger events end the stream: a whole table comes in many events, and a single row has at most 1 MiB. */
export const eventCharsMax = 32 * 1024 * 1024;

/** `id` is undefined where the event carried none; `retry` in ms. */
export type ParserEars = Pick<Ears, 'event' | 'retry'>;

/**
 * Feed it chunks with `push`. What no blank line has ended when the stream ends is dropped, as the standard says.
 * Throws RangeError past `eventCharsMax`.
 */
export class SseParser {
  #decoder = new TextDecoder();  // takes a leading byte order mark away
  #ears: ParserEars;
  #rest = '';  // of the line that is not complete yet
  #skipLineFeed = false;  // the chunk before ended in CR: an LF now belongs to it
  #event = '';
  #data: string[] = [];
  #chars = 0;
  #id: string | undefined;

  constructor(ears: ParserEars) {
    this.#ears = ears;
  }

  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, {stream: true});
    if (!text) return;
    let from = this.#skipLineFeed && text[0] === '\n' ? 1 : 0;
    this.#skipLineFeed = false;
    // Each search starts where the last one of its kind ended: a chunk without CR is looked through for one once.
    let lf = text.indexOf('\n', from);
    let cr = text.indexOf('\r', from);
    while (lf >= 0 || cr >= 0) {
      const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      const line = this.#rest + text.slice(from, end);
      this.#rest = '';
      from = end + 1;
      if (end === cr) {
        if (text[from] === '\n') from++;
        else if (from === text.length) this.#skipLineFeed = true;
        cr = text.indexOf('\r', from);
      }
      if (lf >= 0 && lf < from) lf = text.indexOf('\n', from);
      this.#line(line);
    }
    this.#rest += text.slice(from);
    this.#bound(this.#rest.length);
  }

  #bound(more: number): void {
    if (this.#chars + more > eventCharsMax) throw new RangeError('event too large');
  }

  #line(line: string): void {
    if (!line) return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);  // a comment has the empty name
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') this.#event = value;
    else if (field === 'id') this.#id = value.includes('\0') ? this.#id : value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#ears.retry(+value);
    else if (field === 'data') {
      this.#bound(value.length);
      this.#chars += value.length + 1;
      this.#data.push(value);
    }
  }

  #dispatch(): void {
    const name = this.#event || 'message';
    const data = this.#data;
    const id = this.#id;
    this.#event = '';
    this.#data = [];
    this.#chars = 0;
    this.#id = undefined;
    if (data.length) this.#ears.event(name, data.join('\n'), id);
  }
}
