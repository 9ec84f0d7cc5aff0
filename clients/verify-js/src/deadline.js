// Gives something up when it takes too long, or when the verifier is closed.
//
// The signal alone does not: once the collector has been there, Node's fetch may have forgotten it, and a body would be
// waited for without end. So each wait is `within` the deadline.

/** It came to nothing in time. */
export class TooLate extends Error {
  /** @param {number} limit milliseconds */
  constructor(limit) {
    super(`nothing came for ${limit} ms`);
    this.name = 'TooLate';
  }
}

export class Deadline {
  #controller = new AbortController();
  #limit;
  #closing;
  /** @type {NodeJS.Timeout} */
  #timer;
  /** @type {((fault: Error) => void) | null} */
  #giveUp = null;
  #close = () => this.#over(new Error('the verifier was closed'));

  /**
   * @param {number} limit milliseconds
   * @param {AbortSignal} closing
   */
  constructor(limit, closing) {
    this.#limit = limit;
    this.#closing = closing;
    this.#timer = this.#arm();
    if (closing.aborted) this.#close();
    else closing.addEventListener('abort', this.#close, { once: true });
  }

  get signal() {
    return this.#controller.signal;
  }

  /**
   * What the promise says, or a fault when it is too late. One at a time.
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  within(promise) {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      this.#giveUp = reject;
      promise.then(resolve, reject);
    });
  }

  /** From now on, once more. */
  renew() {
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  /** What is under way still is given up as well. */
  end() {
    this.#over(new Error('it is over'));
  }

  /** @param {Error} fault */
  #over(fault) {
    clearTimeout(this.#timer);
    this.#closing.removeEventListener('abort', this.#close);
    this.#controller.abort(fault);
    this.#giveUp?.(fault);
  }

  #arm() {
    return setTimeout(() => this.#over(new TooLate(this.#limit)), this.#limit);
  }
}
