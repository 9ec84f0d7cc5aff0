// Asks the server about one token (RFC 7662), when we can't know ourselves.
import { TooLate } from './deadline.js';
import { unauthenticated, unavailable } from './errors.js';
import { Unanswered, askJson } from './http.js';
import { Silence } from './silence.js';

/** @typedef {import('./settings.js').Settings} Settings */

const PATH = '/oauth2/introspect';
/** Questions under way at once: the server takes 32 in each of its processes. */
const MAXIMUM_AT_ONCE = 16;
const MAXIMUM_WAITING = 256;
/** How long nothing is asked of a server that doesn't know us: each wrong secret is a guess, which it counts. */
const PAUSE = 5000;

export class Introspection {
  #settings;
  #signal;
  #asking = 0;
  /** @type {(() => void)[]} */
  #waiting = [];
  #silence;

  /**
   * @param {Settings} settings
   * @param {AbortSignal} signal
   */
  constructor(settings, signal) {
    this.#settings = settings;
    this.#signal = signal;
    this.#silence = new Silence(settings.clock);
  }

  /**
   * Settles if the server says that the token is active. Each asks for himself: an answer to a question that was
   * asked before a logout says nothing to who comes after it.
   * @param {string} token
   * @param {string} jti
   * @throws {import('./errors.js').VerifyError}
   */
  async ask(token, jti) {
    this.#silence.refuse();
    const answer = await this.#inTurn(() => this.#question(token));
    if (answer.active === false) throw unauthenticated('REVOKED');
    if (answer.active !== true || answer.jti !== jti) throw unavailable("the server's answer can't be understood");
  }

  /** @param {string} token */
  async #question(token) {
    const begunAt = this.#silence.try();
    try {
      const answer = await askJson(this.#settings, PATH, {
        method: 'POST',
        headers: { authorization: this.#settings.authorization, accept: 'application/json' },
        body: new URLSearchParams({ token }),
        signal: this.#signal,
      });
      this.#silence.answered();
      return answer;
    } catch (cause) {
      if (isLate(cause)) this.#silence.timedOut(begunAt);
      else this.#silence.answered();
      const { status, retryAfter } = cause instanceof Unanswered ? cause : { status: undefined, retryAfter: undefined };
      if (status === 401 || status === 429) this.#silence.pause(Math.max(PAUSE, (retryAfter ?? 0) * 1000));
      throw unavailable('the server can not be asked', { cause, retryAfter });
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   */
  async #inTurn(work) {
    if (this.#asking >= MAXIMUM_AT_ONCE) await this.#turn();
    else this.#asking += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#asking -= 1;
    }
  }

  /** @returns {Promise<void>} */
  #turn() {
    if (this.#waiting.length >= MAXIMUM_WAITING) throw unavailable('too many ask the server');
    return new Promise((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(unavailable('the server answers too slowly'));
      }, this.#settings.timeout);
      this.#waiting.push(go);
    });
  }
}

/**
 * Also a connection that was not made in time, which the client of Node tells in its own way.
 * @param {any} fault
 */
const isLate = fault => fault instanceof TooLate || /TIMEOUT|TIMEDOUT/.test(fault.cause?.code);
