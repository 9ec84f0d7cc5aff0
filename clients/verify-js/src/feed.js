// Follows the ledger at the server, for as long as it takes.
import { Deadline } from './deadline.js';
import { Unanswered, discard, open, piecesOf } from './http.js';
import { eventsOf } from './sse.js';

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {import('./ledger.js').Ledger} Ledger */

const PATH = '/revocations';
/** Before the first new attempt, doubled with each that fails. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;

export class Feed {
  /** What went wrong since the feed was heard last. @type {Error | null} */
  fault = null;
  #settings;
  #ledger;
  #signal;
  #failures = 0;

  /**
   * Begins at once.
   * @param {Settings} settings
   * @param {Ledger} ledger
   * @param {AbortSignal} signal ends it
   */
  constructor(settings, ledger, signal) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#signal = signal;
    this.#run();
  }

  async #run() {
    while (!this.#signal.aborted) {
      let pause = null;
      try {
        pause = await this.#follow();
      } catch (fault) {
        if (this.#signal.aborted) return;
        pause = this.#mind(/** @type {Error} */ (fault));
      }
      await this.#rest(pause ?? this.#backOff());
    }
  }

  /**
   * One connection, to its end. Returns after how long the server would have us come back, if it said so.
   * @returns {Promise<number | null>}
   */
  async #follow() {
    // Bytes that are no event don't count.
    const silence = new Deadline(this.#settings.freshness, this.#signal);
    try {
      const response = await this.#open(silence);
      let retry = null;
      for await (const { event, data, retry: told } of eventsOf(piecesOf(response, silence))) {
        retry = told ?? retry;
        if (event === 'closing') return asTold(retry ?? 0);
        if (event !== 'revocations') continue;
        this.#take(JSON.parse(data));
        silence.renew();
      }
      throw new Unanswered(`${PATH}: the stream ended`);
    } finally {
      silence.end();
    }
  }

  /** @param {any} word */
  #take(word) {
    this.#ledger.take(word);
    this.#failures = 0;
    const isOff = !word.more && !this.#ledger.isFresh;
    const seconds = Math.round(this.#settings.clock.now() / 1000 - word.time);
    // Told once, not with each event.
    if (isOff && !this.fault) this.#tell(new Unanswered(`${PATH}: word is ${seconds} s old when it comes: is the clock right?`));
    else if (!isOff) this.fault = null;
  }

  /** @param {Error} fault */
  #tell(fault) {
    this.fault = fault;
    this.#settings.onFault(fault);
  }

  /** @param {Deadline} silence */
  async #open(silence) {
    const { id, position } = this.#ledger;
    const query = id === null ? '' : `?${new URLSearchParams({ after: String(position), ledger: id })}`;
    const headers = { accept: 'text/event-stream', 'accept-encoding': 'identity', authorization: this.#settings.authorization };
    const response = await open(this.#settings, PATH + query, { headers }, silence);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    discard(response);
    throw new Unanswered(`${PATH}: the answer is no stream of events`);
  }

  /**
   * What a fault means for the next attempt: how long to wait for it, if that is known.
   * @param {Error} fault
   */
  #mind(fault) {
    this.#tell(fault);
    const { status, retryAfter } = fault instanceof Unanswered ? fault : { status: undefined, retryAfter: undefined };
    const hadPosition = this.#ledger.id !== null;
    // Also when the stream itself spoke of another ledger: the next answer says which position is ours.
    if (status === 409 && hadPosition) {
      this.#ledger.startOver();
      return jittered(FIRST_PAUSE);
    }
    return retryAfter === undefined ? null : asTold(retryAfter * 1000);
  }

  #backOff() {
    this.#failures += 1;
    return jittered(Math.min(FIRST_PAUSE * 2 ** Math.min(this.#failures - 1, 10), LONGEST_PAUSE));
  }

  /** @param {number} milliseconds */
  #rest(milliseconds) {
    return new Promise(resolve => {
      const signal = this.#signal;
      if (signal.aborted) return resolve(undefined);
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done, { once: true });
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve(undefined);
      }
    });
  }
}

/**
 * As the server would have it, within what is sensible.
 * @param {number} milliseconds
 */
function asTold(milliseconds) {
  return jittered(Math.min(Math.max(milliseconds, FIRST_PAUSE), LONGEST_PAUSE));
}

/**
 * Between a half and all of it: not everybody at once.
 * @param {number} milliseconds
 */
function jittered(milliseconds) {
  return milliseconds * (0.5 + Math.random() / 2);
}
