// The other tabs of this app: one at a time where the cookie changes, and word of what they need to know.
//
// Every script of this origin can speak and listen on the channel. It could as well ask the server by the cookie, so it learns
// nothing that it could not have; and what it says makes a tab forget, or ask, but never makes somebody else of who is signed in.
// Only a tab in which nobody is takes its word for who is: the server takes no token that it didn't issue.
import { CardeaError } from './errors.js';
import { Turns } from './turns.js';

/** How long a turn outlasts its work, so that who is next has heard of it before. Milliseconds. */
const LINGER = 100;
/** How long a word may be under way: on a busy machine, longer than one thinks. Milliseconds. */
const HEARING = 3000;
/** How long to wait for one's turn after it was waited for in vain. Milliseconds. */
const BRIEFLY = 1000;
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
  /** Tells this tab's echoes from others'. */
  #self = Math.random();
  #heardAll = () => {};
  /** Whoever has the turn doesn't give it back: no tab waits for that more than once. */
  #isStuck = false;

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {(message: any) => void} hear
   */
  constructor(settings, hear) {
    this.#settings = settings;
    this.#name = `cardea ${settings.clientId ?? ''} ${settings.url}`;
    this.#locks = settings.locks ?? this.#withoutLocks('has no');
    this.#channel = this.#open(this.#name);
    if (this.#channel) this.#channel.onmessage = ({ data }) => (data?.type === 'echo' ? data.of === this.#self && this.#heardAll() : hear(data));
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

  /** @param {string} name */
  #open(name) {
    try {
      const { BroadcastChannel } = this.#settings;
      return BroadcastChannel && new BroadcastChannel(name);
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
    const release = await this.#acquire();
    try {
      await this.#hearAll();
      return await work();
    } finally {
      release();
    }
  }

  /**
   * This tab's turn, given as what ends it. Who waits for it in vain goes on without: better two at once than none.
   * @returns {Promise<() => void>}
   */
  #acquire() {
    const { clock, timeout } = this.#settings;
    const locks = this.#locks;
    const closing = this.#closing.signal;
    return new Promise(begin => {
      const waiting = new AbortController();
      const stop = () => waiting.abort();
      closing.addEventListener('abort', stop);
      const cancel = clock.after(this.#isStuck ? BRIEFLY : PATIENCE * timeout, stop);
      const hold = () => {
        cancel();
        this.#isStuck = false;
        return new Promise(end => begin(() => clock.after(LINGER, () => end(undefined))));
      };
      locks.request(this.#name, { signal: waiting.signal }, hold).catch(() => {
        this.#isStuck = waiting.signal.aborted;
        if (this.#isStuck) return begin(() => {});
        this.#locks = this.#withoutLocks('refuses');
        begin(this.#acquire());
      }).finally(() => {
        cancel();
        closing.removeEventListener('abort', stop);
      });
    });
  }

  /** A busy tab may be given its turn before it is given the words that were said until then: its own, said last, comes after all of them. */
  async #hearAll() {
    const echo = this.#channel && this.#open(this.#name);
    if (!echo) return;
    await new Promise(resolve => {
      const cancel = this.#settings.clock.after(HEARING, () => resolve(undefined));
      this.#heardAll = () => { cancel(); resolve(undefined); };
      echo.postMessage({ type: 'echo', of: this.#self });
    });
    echo.close();
  }

  /**
   * What is there in their place.
   * @param {string} verb
   */
  #withoutLocks(verb) {
    this.#lacks('NO_LOCKS', `this browser ${verb} Web Locks here: two tabs may refresh at once`);
    return new Turns(this.#settings.clock, name => this.#open(name));
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #lacks(code, message) {
    this.#settings.onFault(new CardeaError(code, message));
  }
}
