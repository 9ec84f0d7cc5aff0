// What an app may show: one frozen object, another one when anything of it changes.
import { undisturbed } from './undisturbed.js';

export class State {
  #listeners = new Set();
  /** @type {import('../index.js').State} */
  #now = Object.freeze({ status: 'unknown', userId: null, sessionId: null, reason: null, fault: null, logoutPending: false });

  get now() {
    return this.#now;
  }

  /** @param {Partial<import('../index.js').State>} change */
  set(change) {
    const next = Object.freeze({ ...this.#now, ...change });
    const names = /** @type {(keyof typeof next)[]} */ (Object.keys(next));
    if (names.every(name => next[name] === this.#now[name])) return;
    this.#now = next;
    for (const listener of [...this.#listeners]) undisturbed(() => listener(next));
  }

  /** @param {(state: import('../index.js').State) => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
