// The other tabs of this app: one at a time where the cookie changes, and word of what they need to know.
//
// Every script of this origin can speak and listen on the channel. It could as well ask the server by the cookie, so it learns
// nothing that it could not have; and what it says makes a tab forget, or ask, but never makes somebody else of who is signed in.
import { CardeaError } from './errors.js';

/** How long a turn outlasts its work, so that who is next has heard of it before. Milliseconds. */
const LINGER = 100;
/** How many times as long as an answer may take, to wait for one's turn. The server forgives two refreshes at once; nobody forgives a page that hangs. */
const PATIENCE = 2;

export class Tabs {
  #settings;
  #name;
  #channel;
  #locks;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #closing = new AbortController();

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {(message: any) => void} hear
   */
  constructor(settings, hear) {
    this.#settings = settings;
    this.#name = `cardea ${settings.clientId ?? ''} ${settings.url}`;
    this.#locks = settings.locks;
    if (!this.#locks) this.#lacks('NO_LOCKS', 'this browser has no Web Locks here: two tabs may refresh at once');
    this.#channel = this.#open();
    if (this.#channel) this.#channel.onmessage = event => hear(event.data);
    else this.#lacks('NO_CHANNEL', 'this browser has no BroadcastChannel here: other tabs hear of a logout at their next request');
  }

  /** @param {object} message */
  tell(message) {
    this.#channel?.postMessage(message);
  }

  /**
   * Runs `work` while no other tab, and nothing else of this one, does so.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  exclusively(work) {
    const turn = this.#last.then(() => this.#locked(work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  close() {
    this.#closing.abort();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #open() {
    try {
      const { BroadcastChannel } = this.#settings;
      return BroadcastChannel && new BroadcastChannel(this.#name);
    } catch {
      return undefined;
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #locked(work) {
    const locks = this.#locks;
    if (!locks) return work();
    const { clock, timeout } = this.#settings;
    const waiting = new AbortController();
    const stop = () => waiting.abort();
    this.#closing.signal.addEventListener('abort', stop);
    const cancel = clock.after(PATIENCE * timeout, stop);
    /** @type {Promise<T> | undefined} */
    let done;
    /** @type {(done: Promise<T>) => void} */
    let start = () => {};
    /** @type {Promise<T>} */
    const started = new Promise(resolve => { start = resolve; });
    const held = locks.request(this.#name, { signal: waiting.signal }, async () => {
      cancel();
      done = work();
      start(done);
      await done.catch(() => {});
      await new Promise(resolve => clock.after(LINGER, () => resolve(undefined)));
    });
    held.catch(() => {
      if (!waiting.signal.aborted) {
        this.#locks = undefined;
        this.#lacks('NO_LOCKS', 'this browser refuses Web Locks here: two tabs may refresh at once');
      }
      // Its turn never came: better two at once than none.
      if (!done) start(work());
    });
    try {
      return await started;
    } finally {
      cancel();
      this.#closing.signal.removeEventListener('abort', stop);
    }
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #lacks(code, message) {
    this.#settings.onFault(new CardeaError(code, message));
  }
}
