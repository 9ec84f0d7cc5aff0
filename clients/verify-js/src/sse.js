// Server-Sent Events (WHATWG HTML, section 9.2), read from a body of bytes; an event is bounded.

/** @typedef {{ event: string, data: string, id: string | null, retry: number | null }} ServerSentEvent */

/** More than the server puts into one: a thousand revocations. */
const MAXIMUM_LENGTH = 4 * 1024 * 1024;

/**
 * The events of a body, each once its blank line has come. What stands unfinished at the end is dropped.
 * @param {AsyncIterable<Uint8Array>} body
 * @returns {AsyncGenerator<ServerSentEvent>}
 */
export async function* eventsOf(body) {
  const parser = new Parser();
  for await (const chunk of body) yield* parser.push(chunk);
}

class Parser {
  #decoder = new TextDecoder('utf-8');
  #line = '';
  #endedWithReturn = false;
  #length = 0;
  /** @type {{ event: string, data: string[], id: string | null, retry: number | null }} */
  #next = blank();

  /** @param {Uint8Array} chunk */
  *push(chunk) {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return;
    const endsWithReturn = text.endsWith('\r');
    // The LF of a line whose CR ended the chunk before.
    if (this.#endedWithReturn && text.startsWith('\n')) text = text.slice(1);
    this.#endedWithReturn = endsWithReturn;
    this.#length += text.length;
    if (this.#length > MAXIMUM_LENGTH) throw new RangeError('the feed sent an event that has no end');
    const lines = text.split(/\r\n|\n|\r/);
    const last = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#take(this.#line + line);
      this.#line = '';
      if (event) yield event;
    }
    this.#line += last;
  }

  /**
   * @param {string} line
   * @returns {ServerSentEvent | null}
   */
  #take(line) {
    if (line === '') {
      const { data, ...rest } = this.#next;
      this.#next = blank();
      this.#length = 0;
      const isEmpty = data.length === 0 && rest.retry === null && rest.event === 'message';
      return isEmpty ? null : { ...rest, data: data.join('\n') };
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#next.event = value;
    else if (field === 'data') this.#next.data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#next.id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#next.retry = Number(value);
    return null;
  }
}

/** @returns {{ event: string, data: string[], id: string | null, retry: number | null }} */
const blank = () => ({ event: 'message', data: [], id: null, retry: null });
