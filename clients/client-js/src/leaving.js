// Telling the server of a logout, for as long as it takes: the tabs have forgotten by then. As a rule one tab asks; the others know
// of it, and take over when they hear no more.
import { backOff } from './clock.js';
import { CardeaError, asFault, refusalIn, resultIn } from './errors.js';
import { LOGOUT, LOGOUT_EVERYWHERE, REFRESH } from './operations.js';
import { claimsOf } from './token.js';

/**
 * @typedef {'logout' | 'logoutEverywhere'} Field
 * @typedef {object} Farewell
 * @property {number} id the same in every tab
 * @property {Field} field
 * @property {string | null} token names the session; without it, the cookie does
 * @property {number} [due] when more is to be heard of it, by the steady clock
 * @property {boolean} [isOurs] it is this tab that asks
 * @property {CardeaError} [fault] why the last attempt came to nothing
 */

const DOCUMENTS = { logout: LOGOUT, logoutEverywhere: LOGOUT_EVERYWHERE };
/** How long after its time another tab is given to ask, at least, and how much of that is left to chance. Milliseconds. */
const [PATIENCE, CHANCE] = [2000, 4000];
/** More than an hour no tab means. Milliseconds. */
const LONGEST = 3_600_000;
/** Logouts that are remembered as over. */
const REMEMBERED = 32;
/** As which attempt another tab's is counted. */
const LATER = 5;

export class Leaving {
  #settings;
  #transport;
  #state;
  #tabs;
  /** Which the server has not confirmed, and how to give up on them. @type {Map<Farewell, () => void>} */
  #pending = new Map();
  /** Which are over: a tab that stood still may speak of them as if they weren't. @type {Set<number>} */
  #over = new Set();
  /** Of two tabs that both ask, the lower goes on. */
  #self = Math.random();
  #isClosed = false;

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {import('./transport.js').Transport} transport
   * @param {import('./state.js').State} state
   * @param {import('./tabs.js').Tabs} tabs
   */
  constructor(settings, transport, state, tabs) {
    this.#settings = settings;
    this.#transport = transport;
    this.#state = state;
    this.#tabs = tabs;
  }

  /**
   * @param {Field} field
   * @param {import('./session.js').Left} left
   * @returns {Promise<import('../index.js').LogoutOutcome>}
   */
  async say(field, { token, isAgain }) {
    if (!isAgain || this.#pending.size === 0) return this.#attempt({ id: Math.random(), field, token }, 1);
    // What named the sessions then still does, and who left everything doesn't leave less.
    const all = [...this.#pending.keys()];
    const outcomes = await Promise.all(all.map(earlier => {
      const more = earlier === all.at(-1) && field === 'logoutEverywhere';
      const again = this.#attempt({ ...earlier, id: Math.random(), field: more ? field : earlier.field }, 1);
      this.#end(earlier);
      return again;
    }));
    const unconfirmed = outcomes.find(({ confirmed }) => !confirmed);
    return { confirmed: !unconfirmed, endedSessionIds: outcomes.flatMap(outcome => outcome.endedSessionIds), fault: unconfirmed?.fault ?? null };
  }

  /**
   * What another tab is about, or whoever else has a script on this origin.
   * @param {any} message
   */
  hear(message) {
    const { type, id, field, token, wait, by } = Object(message);
    const known = [...this.#pending.keys()].find(farewell => farewell.id === id);
    if (type === 'left' && known) this.#settle(known);
    if (type === 'left' && typeof id === 'number') this.#remember(id);
    if (type === 'hello') this.#pending.forEach((_, farewell) => this.#announce(farewell));
    const isField = field === 'logout' || field === 'logoutEverywhere';
    const isSound = typeof id === 'number' && isField && wait >= 0 && (token === null || claimsOf(token));
    if (type !== 'leaving' || !isSound || this.#over.has(id)) return;
    if (known) known.token ??= token;
    // Only who asks itself has a number; who merely passes it on changes nothing for those who know.
    if (known && !(known.isOurs ? by < this.#self : typeof by === 'number')) return;
    const { clock } = this.#settings;
    /** @type {Farewell} */
    const farewell = known ?? { id, field, token };
    farewell.isOurs = false;
    const left = Math.min(wait, LONGEST);
    farewell.due = clock.elapsed() + left;
    this.#keep(farewell, clock.after(left + PATIENCE + CHANCE * Math.random(), () => void this.#attempt(farewell, LATER)));
  }

  /**
   * Before somebody signs in: what would end the new session with the others is told now, or nobody does. (What goes by the cookie the
   * login itself ends.)
   * @throws {CardeaError} when it can't be told now
   */
  async settleEverywhere() {
    for (const farewell of [...this.#pending.keys()].filter(({ field }) => field === 'logoutEverywhere')) {
      const again = this.#attempt({ ...farewell }, 1);
      this.#settle(farewell);
      const { fault } = await again;
      if (fault?.isPassing) throw fault;
    }
  }

  /**
   * Whether it is of a session that was left by its cookie, which nobody could name until now.
   * @param {string} token
   */
  names(token) {
    const nameless = this.#nameless();
    for (const farewell of nameless) {
      farewell.token = token;
      this.#announce(farewell);
    }
    return nameless.length > 0;
  }

  /** The cookie is another one now, or may be: what went by it is over, or must not be asked. */
  dropNameless() {
    this.#nameless().forEach(farewell => this.#settle(farewell));
  }

  #nameless() {
    return [...this.#pending.keys()].filter(({ token }) => token === null);
  }

  close() {
    this.#isClosed = true;
    for (const farewell of this.#pending.keys()) this.#settle(farewell);
  }

  /**
   * @param {Farewell} farewell
   * @param {number} attempt
   * @returns {Promise<import('../index.js').LogoutOutcome>}
   */
  async #attempt(farewell, attempt) {
    this.#keep(farewell, () => {});
    this.#expect(farewell, this.#settings.timeout);
    const asked = this.#ask(farewell, attempt);
    // Its late answer would take away the cookie of whoever signs in meanwhile, in whichever tab.
    this.#tabs.exclusively(() => asked).catch(() => {});
    try {
      const endedSessionIds = await asked;
      this.#end(farewell);
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
      this.#expect(farewell, wait);
    } else {
      this.#end(farewell);
      this.#state.set({ fault });
    }
    this.#settings.onFault(fault);
  }

  /**
   * @param {Farewell} farewell
   * @param {number} wait milliseconds until more is to be heard of it
   */
  #expect(farewell, wait) {
    farewell.isOurs = true;
    farewell.due = this.#settings.clock.elapsed() + wait;
    this.#announce(farewell);
  }

  /** @param {Farewell} farewell */
  #announce({ id, field, token, isOurs, due = 0 }) {
    this.#tabs.tell({ type: 'leaving', id, field, token, by: isOurs ? this.#self : undefined, wait: Math.max(0, due - this.#settings.clock.elapsed()) });
  }

  /**
   * @param {Farewell} farewell
   * @param {number} attempt
   */
  async #ask(farewell, attempt) {
    const { field } = farewell;
    const input = field === 'logout' ? { clientId: this.#settings.clientId } : { keepCurrent: false };
    // The cookie of whoever came since is none of its business.
    const withCookie = () => farewell.token === null || this.#state.now.status !== 'in';
    // The first outlives the page. Some browsers can't do that across origins.
    const send = () => this.#transport.send(DOCUMENTS[field], { input }, { token: farewell.token, keepalive: attempt === 1, withCookie: withCookie() });
    let answer = await send();
    const code = answer.errors[0]?.extensions?.code;
    if (field === 'logoutEverywhere' && (code === 'UNAUTHENTICATED' || code === 'TOKEN_STALE')) {
      const token = await this.#tokenByCookie(farewell.token);
      // Another attempt was made in place of this one: by now the cookie may be of somebody who came after.
      if (!this.#pending.has(farewell)) throw refusalIn(answer);
      farewell.token = token;
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
    this.#pending.get(farewell)?.();
    this.#pending.set(farewell, cancel);
    this.#tellState(change);
  }

  /**
   * Over, whichever way: no other tab is to take it over.
   * @param {Farewell} farewell
   */
  #end(farewell) {
    this.#settle(farewell);
    this.#remember(farewell.id);
    this.#tabs.tell({ type: 'left', id: farewell.id });
  }

  /**
   * No more of it here.
   * @param {Farewell} farewell
   */
  #settle(farewell) {
    // What else is the matter is not mended by this.
    const isMended = this.#state.now.fault === farewell.fault;
    this.#pending.get(farewell)?.();
    this.#pending.delete(farewell);
    this.#tellState(isMended ? { fault: null } : {});
  }

  /** @param {number} id */
  #remember(id) {
    this.#over.add(id);
    for (const oldest of this.#over) {
      if (this.#over.size <= REMEMBERED) return;
      this.#over.delete(oldest);
    }
  }

  /** @param {Partial<import('../index.js').State>} [change] */
  #tellState(change) {
    this.#state.set({ ...change, logoutPending: this.#pending.size > 0 });
  }
}
