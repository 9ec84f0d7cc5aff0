// A server that takes questions and answers none: who asks nevertheless, and who doesn't wait for it.
import { unavailable } from './errors.js';

/** Of a silent server one question is tried in this time: so soon is it noticed that it speaks again. */
const BETWEEN_TRIES = 1000;

export class Silence {
  #clock;
  #answeredAt = -Infinity;
  /** When the next one is tried, while the server is silent. @type {number | null} */
  #nextTry = null;
  /** Nothing is asked before, though the server speaks. */
  #pausedUntil = -Infinity;

  /** @param {{ elapsed(): number }} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /**
   * Who would have to wait for an answer that doesn't come is told so at once.
   * @throws {import('./errors.js').VerifyError}
   */
  refuse() {
    const now = this.#clock.elapsed();
    const paused = this.#pausedUntil - now;
    if (paused > 0) throw unavailable('the server does not take our questions', { retryAfter: Math.ceil(paused / 1000) });
    if (this.#nextTry !== null && now < this.#nextTry) throw unavailable('the server does not answer');
  }

  /**
   * Begins a question. While the server is silent, one may. Says when that was.
   * @throws {import('./errors.js').VerifyError}
   */
  try() {
    this.refuse();
    const now = this.#clock.elapsed();
    if (this.#nextTry !== null) this.#nextTry = now + BETWEEN_TRIES;
    return now;
  }

  /** There was an answer, whatever it was. */
  answered() {
    this.#answeredAt = this.#clock.elapsed();
    this.#nextTry = null;
  }

  /**
   * There was none in time. If anybody was answered since this one began, it says nothing of the others.
   * @param {number} begunAt
   */
  timedOut(begunAt) {
    if (this.#answeredAt < begunAt) this.#nextTry ??= this.#clock.elapsed() + BETWEEN_TRIES;
  }

  /**
   * The server doesn't want to be asked for so long.
   * @param {number} milliseconds
   */
  pause(milliseconds) {
    this.#pausedUntil = this.#clock.elapsed() + milliseconds;
  }
}
