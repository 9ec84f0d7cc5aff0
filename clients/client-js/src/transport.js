// One operation to the server and back, in bounded time. What comes back is GraphQL, or an error that says what it was instead.
import { CardeaError } from './errors.js';

const MEDIA = 'application/graphql-response+json';

/**
 * @typedef {{ message?: string, extensions?: { code?: string, reason?: string, scope?: string, retryAfter?: number } }} GraphqlError
 * @typedef {{ data: any, errors: GraphqlError[], status: number, retryAfter: number | null }} Answer
 * @typedef {{ token?: string | null, signal?: AbortSignal | undefined, keepalive?: boolean, withCookie?: boolean }} Manner
 */

export class Transport {
  #settings;

  /** @param {import('./settings.js').Settings} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /**
   * @param {string} document
   * @param {object} variables
   * @param {Manner} [manner]
   * @returns {Promise<Answer>}
   */
  async send(document, variables, { token, signal, keepalive = false, withCookie = true } = {}) {
    signal?.throwIfAborted();
    const { clock, timeout } = this.#settings;
    const stop = new AbortController();
    /** @type {Promise<never>} */
    const stopped = new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason)));
    const late = new CardeaError('TIMEOUT', `the server did not answer within ${timeout / 1000} seconds`);
    const cancel = clock.after(timeout, () => stop.abort(late));
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      const exchanged = this.#exchange(JSON.stringify({ query: document, variables }), token, { signal: stop.signal, keepalive, credentials: withCookie ? 'include' : 'omit' });
      // Not every fetch heeds its signal.
      return await Promise.race([exchanged, stopped]);
    } catch (cause) {
      if (cause instanceof CardeaError || signal?.aborted) throw cause;
      throw new CardeaError('NETWORK', 'the server could not be reached', { cause });
    } finally {
      cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * @param {string} body
   * @param {string | null | undefined} token
   * @param {RequestInit} rest
   */
  async #exchange(body, token, rest) {
    const { fetch, url } = this.#settings;
    const headers = { 'content-type': 'application/json', accept: MEDIA, ...(token && { authorization: `Bearer ${token}` }) };
    // A redirection would carry a password to wherever it points.
    const response = await fetch(url, { method: 'POST', headers, body, cache: 'no-store', redirect: 'error', ...rest });
    return read(response, await response.text());
  }
}

/**
 * @param {Response} response
 * @param {string} text
 */
function read(response, text) {
  const { status } = response;
  const header = response.headers.get('retry-after') ?? '';
  const retryAfter = /^\d+$/.test(header) ? Number(header) : null;
  const { data, errors } = parsed(text);
  if (Array.isArray(errors) ? errors.length > 0 : data && typeof data === 'object') return { data: data ?? null, errors: errors ?? [], status, retryAfter };
  const kind = text === '' ? 'nothing' : response.headers.get('content-type') ?? 'something';
  throw new CardeaError('BAD_ANSWER', `the server answered with status ${status} and ${kind}, which is no answer to GraphQL`, { status, retryAfter });
}

/** @param {string} text */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
