// Telling the server of a logout, for as long as it takes: the tabs have forgotten by then.
import { backOff } from './clock.js';
import { CardeaError, asFault, resultIn } from './errors.js';
import { REFRESH } from './operations.js';
import { claimsOf } from './token.js';

/**
 * @typedef {object} Farewell
 * @property {string} document
 * @property {'logout' | 'logoutEverywhere'} field
 * @property {object} variables
 * @property {string | null} token names the session; without it, the cookie does
 * @property {CardeaError} [fault] why the last attempt came to nothing
 */

export class Leaving {
  #settings;
  #transport;
  #state;
  /** Which the server has not confirmed, and how to give up on them. @type {Map<Farewell, () => void>} */
  #pending = new Map();
  #isClosed = false;

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
    const [earlier] = this.#pending.keys();
    if (!earlier || farewell.token !== null) return this.#attempt(farewell, 1);
    // Asked once more: what named the session then still does, and who left everything doesn't leave less.
    this.#drop(earlier);
    return this.#attempt(earlier.field === 'logoutEverywhere' ? { ...earlier } : { ...farewell, token: earlier.token }, 1);
  }

  /**
   * Before another cookie takes the place of that by which somebody left: it is told now, or not replaced.
   * @throws {CardeaError} when it can't be told now
   */
  async settleNameless() {
    for (const farewell of [...this.#pending.keys()].filter(({ token }) => token === null)) {
      this.#drop(farewell);
      const { fault } = await this.#attempt({ ...farewell }, 1);
      if (fault?.isPassing) throw fault;
    }
  }

  close() {
    this.#isClosed = true;
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
      // What else is the matter is not mended by this.
      const isMended = this.#state.now.fault === farewell.fault;
      this.#drop(farewell, isMended ? { fault: null } : {});
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
    farewell.fault = fault;
    if (fault.isPassing && !this.#isClosed) {
      const wait = backOff(attempt, fault.retryAfter);
      this.#keep(farewell, this.#settings.clock.after(wait, () => void this.#attempt(farewell, attempt + 1)), { fault });
    } else {
      this.#drop(farewell, { fault });
    }
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
      farewell.token = await this.#tokenByCookie(farewell.token);
      answer = await send();
    }
    return resultIn(answer, field).endedSessionIds;
  }

  /**
   * For this one question; nobody is signed in by it.
   * @param {string | null} before of whoever leaves: who came since is not to leave
   */
  async #tokenByCookie(before) {
    const answer = await this.#transport.send(REFRESH, { input: { clientId: this.#settings.clientId } });
    const { tokens, reason, code, message } = resultIn(answer, 'refreshSession');
    if (!tokens) throw new CardeaError('UNAUTHENTICATED', message ?? 'nobody is signed in', { reason: reason ?? code });
    if (before && claimsOf(tokens.accessToken)?.sub !== claimsOf(before)?.sub) throw new CardeaError('UNAUTHENTICATED', 'somebody else is signed in', { reason: 'EXPIRED' });
    return tokens.accessToken;
  }

  /**
   * @param {Farewell} farewell
   * @param {() => void} cancel
   * @param {Partial<import('../index.js').State>} [change]
   */
  #keep(farewell, cancel, change) {
    this.#pending.set(farewell, cancel);
    this.#tellState(change);
  }

  /**
   * @param {Farewell} farewell
   * @param {Partial<import('../index.js').State>} [change]
   */
  #drop(farewell, change) {
    this.#pending.get(farewell)?.();
    this.#pending.delete(farewell);
    this.#tellState(change);
  }

  /** @param {Partial<import('../index.js').State>} [change] */
  #tellState(change) {
    this.#state.set({ ...change, logoutPending: this.#pending.size > 0 });
  }
}
