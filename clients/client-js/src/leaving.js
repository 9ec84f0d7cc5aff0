// Telling the server of a logout, for as long as it takes: the tabs have forgotten by then.
import { backOff } from './clock.js';
import { CardeaError, asFault, refusalIn } from './errors.js';
import { REFRESH } from './operations.js';

/**
 * @typedef {object} Farewell
 * @property {string} document
 * @property {'logout' | 'logoutEverywhere'} field
 * @property {object} variables
 * @property {string | null} token names the session; without it, the cookie does
 */

export class Leaving {
  #settings;
  #transport;
  #state;
  /** Which the server has not confirmed, and how to give up on them. @type {Map<Farewell, () => void>} */
  #pending = new Map();

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {import('./transport.js').Transport} transport
   * @param {import('./state.js').State} state
   */
  constructor(settings, transport, state) {
    this.#settings = settings;
    this.#transport = transport;
    this.#state = state;
  }

  /**
   * @param {Farewell} farewell
   * @returns {Promise<import('../index.js').LogoutOutcome>}
   */
  async say(farewell) {
    // Asked once more: what named the session then still does.
    const [earlier] = this.#pending.keys();
    if (earlier && farewell.token === null) {
      farewell.token = earlier.token;
      this.#drop(earlier);
    }
    return this.#attempt(farewell, 1);
  }

  /** Somebody else's cookie must not be taken for that of who left. */
  dropNameless() {
    for (const farewell of this.#pending.keys()) if (farewell.token === null) this.#drop(farewell);
  }

  close() {
    for (const farewell of this.#pending.keys()) this.#drop(farewell);
  }

  /**
   * @param {Farewell} farewell
   * @param {number} attempt
   * @returns {Promise<import('../index.js').LogoutOutcome>}
   */
  async #attempt(farewell, attempt) {
    this.#keep(farewell, () => {});
    try {
      const endedSessionIds = await this.#ask(farewell, attempt);
      this.#drop(farewell);
      this.#state.set({ fault: null });
      return { confirmed: true, endedSessionIds, fault: null };
    } catch (error) {
      const fault = asFault(error);
      if (this.#pending.has(farewell)) this.#failed(farewell, fault, attempt);
      return { confirmed: false, endedSessionIds: [], fault };
    }
  }

  /**
   * @param {Farewell} farewell
   * @param {CardeaError} fault
   * @param {number} attempt
   */
  #failed(farewell, fault, attempt) {
    if (fault.isPassing) {
      const wait = backOff(attempt, fault.retryAfter);
      this.#keep(farewell, this.#settings.clock.after(wait, () => void this.#attempt(farewell, attempt + 1)));
    } else {
      this.#drop(farewell);
    }
    this.#state.set({ fault });
    this.#settings.onFault(fault);
  }

  /**
   * @param {Farewell} farewell
   * @param {number} attempt
   */
  async #ask(farewell, attempt) {
    const { document, field, variables } = farewell;
    // The first outlives the page. Some browsers can't do that across origins.
    const send = () => this.#transport.send(document, variables, { token: farewell.token, keepalive: attempt === 1 });
    let answer = await send();
    const code = answer.errors[0]?.extensions?.code;
    if (field === 'logoutEverywhere' && (code === 'UNAUTHENTICATED' || code === 'TOKEN_STALE')) {
      farewell.token = await this.#tokenByCookie();
      answer = await send();
    }
    const refusal = refusalIn(answer);
    if (refusal) throw refusal;
    return answer.data[field].endedSessionIds;
  }

  /** For this one question; nobody is signed in by it. */
  async #tokenByCookie() {
    const answer = await this.#transport.send(REFRESH, { input: { clientId: this.#settings.clientId } });
    const refusal = refusalIn(answer);
    if (refusal) throw refusal;
    const { tokens, reason, code, message } = answer.data.refreshSession;
    if (tokens) return tokens.accessToken;
    throw new CardeaError('UNAUTHENTICATED', message ?? 'nobody is signed in', { reason: reason ?? code });
  }

  /**
   * @param {Farewell} farewell
   * @param {() => void} cancel
   */
  #keep(farewell, cancel) {
    this.#pending.set(farewell, cancel);
    this.#tellState();
  }

  /** @param {Farewell} farewell */
  #drop(farewell) {
    this.#pending.get(farewell)?.();
    this.#pending.delete(farewell);
    this.#tellState();
  }

  #tellState() {
    this.#state.set({ logoutPending: this.#pending.size > 0 });
  }
}
