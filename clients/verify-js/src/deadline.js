// Gives something up when it takes too long, or when the verifier is closed. (`AbortSignal.any` would keep a bit of each
// in the closing signal, in some releases of Node for good.)

export class Deadline {
  #controller = new AbortController();
  #limit;
  #closing;
  /** @type {NodeJS.Timeout} */
  #timer;
  #close = () => this.#controller.abort();

  /**
   * @param {number} limit milliseconds
   * @param {AbortSignal} closing
   */
  constructor(limit, closing) {
    this.#limit = limit;
    this.#closing = closing;
    if (closing.aborted) this.#close();
    else closing.addEventListener('abort', this.#close, { once: true });
    this.#timer = this.#arm();
  }

  get signal() {
    return this.#controller.signal;
  }

  /** From now on, once more. */
  renew() {
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  /** What is under way still is given up as well. */
  end() {
    clearTimeout(this.#timer);
    this.#closing.removeEventListener('abort', this.#close);
    this.#close();
  }

  #arm() {
    return setTimeout(() => this.#controller.abort(new Error(`nothing came for ${this.#limit} ms`)), this.#limit);
  }
}
