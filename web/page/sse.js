// Server-sent events from bytes, cut anywhere, by the rules of the HTML standard, section "Server-sent events".

/** Larger events end the stream: a whole snapshot comes in many events, a single row has at most 1 MiB. */
export const eventCharsMax = 32 * 1024 * 1024;

/**
 * Feed it chunks with `push`; `onEvent({event, data, id})` is called for each complete event with data, `onRetry(ms)`
 * for each valid `retry:`. `id` is undefined where the event carried none. What is not terminated by a blank line
 * when the stream ends is dropped, as the standard says. Throws RangeError past `eventCharsMax`.
 */
export class SseParser {
  #decoder = new TextDecoder('utf-8');  // takes a leading byte order mark away
  #rest = '';  // of the line that is not complete yet
  #skipLineFeed = false;  // the chunk before ended in CR: an LF now belongs to it
  #event = '';
  #data = [];
  #dataChars = 0;
  #id = undefined;

  constructor({onEvent, onRetry = () => {}}) {
    this.onEvent = onEvent;
    this.onRetry = onRetry;
  }

  push(bytes) {
    let text = this.#decoder.decode(bytes, {stream: true});
    if (text === '') return;
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (text[0] === '\n') text = text.slice(1);
    }
    let from = 0;
    for (const end of lineEnds(text)) {
      const line = this.#rest + text.slice(from, end);
      this.#rest = '';
      from = end + 1;
      if (text[end] === '\r') {
        if (from === text.length) this.#skipLineFeed = true;
        else if (text[from] === '\n') from++;
      }
      this.#line(line);
    }
    this.#rest += text.slice(from);
    if (this.#rest.length + this.#dataChars > eventCharsMax) throw new RangeError('event too large');
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;  // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value[0] === ' ') value = value.slice(1);
    switch (field) {
      case 'event':
        this.#event = value;
        break;
      case 'data':
        this.#data.push(value);
        this.#dataChars += value.length;
        break;
      case 'id':
        if (!value.includes('\0')) this.#id = value;
        break;
      case 'retry':
        if (/^[0-9]{1,9}$/.test(value)) this.onRetry(Number(value));
        break;
    }
  }

  #dispatch() {
    const event = {event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id};
    const any = this.#data.length > 0;
    this.#event = '';
    this.#data = [];
    this.#dataChars = 0;
    this.#id = undefined;
    if (any) this.onEvent(event);
  }
}

/** Where lines end in `text`: each LF, and each CR; the LF of a CRLF is not given again. */
function* lineEnds(text) {
  let lf = text.indexOf('\n');
  let cr = text.indexOf('\r');
  while (lf >= 0 || cr >= 0) {
    if (cr >= 0 && (lf < 0 || cr < lf)) {
      yield cr;
      if (lf === cr + 1) lf = text.indexOf('\n', lf + 1);
      cr = text.indexOf('\r', cr + 1);
    } else {
      yield lf;
      lf = text.indexOf('\n', lf + 1);
    }
  }
}
