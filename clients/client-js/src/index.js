// Signs a single-page app in and out, in all of its tabs.
import { backOff } from './clock.js';
import { CardeaError, asFault, fieldOf, refusalIn, resultIn } from './errors.js';
import { Leaving } from './leaving.js';
import {
  CHANGE_PASSWORD, CURRENT_SESSION, LOGIN, LOGOUT_APPLICATION, LOGOUT_EVERYWHERE, REVOKE_SESSION, SESSIONS,
} from './operations.js';
import { Session } from './session.js';
import { settingsOf } from './settings.js';
import { State } from './state.js';
import { Tabs } from './tabs.js';
import { Transport } from './transport.js';

export { CardeaError };

/** How often a query is asked, and how long to wait for the next time at most: then it is the app's turn. */
const [ATTEMPTS, LONGEST_WAIT] = [3, 5000];
/** What a query may be asked again after. */
const REPEATABLE = new Set(['STORE_UNAVAILABLE', 'OVERLOADED', 'NETWORK', 'BAD_ANSWER']);

/** @type {typeof import('../index.js').createClient} */
export function createClient(options) {
  return new Client(options);
}

class Client {
  #settings;
  #state = new State();
  #transport;
  #tabs;
  #session;
  #leaving;
  #logouts = 0;
  #unlisten;

  /** @param {import('../index.js').Options} options */
  constructor(options) {
    this.#settings = settingsOf(options);
    this.#transport = new Transport(this.#settings);
    this.#tabs = new Tabs(this.#settings, message => {
      this.#session.hear(message);
      this.#leaving.hear(message);
    });
    this.#leaving = new Leaving(this.#settings, this.#transport, this.#state, this.#tabs);
    this.#session = new Session(this.#settings, this.#transport, this.#state, this.#tabs, this.#leaving);
    // What the others are about may be heard, too.
    this.#tabs.tell({ type: 'hello' });
    this.#unlisten = whenWoken(isRestored => {
      // It has heard of nobody who came since.
      if (isRestored) this.#leaving.dropNameless();
      this.#session.wake({ isRestored });
    });
  }

  get state() {
    return this.#state.now;
  }

  /** @param {(state: import('../index.js').State) => void} listener */
  subscribe(listener) {
    return this.#state.subscribe(listener);
  }

  async start() {
    // What can't be known now is told in the state, and asked again.
    if (this.state.status === 'unknown') await this.#session.renew().catch(() => {});
    return this.state;
  }

  token() {
    return this.#session.token();
  }

  /** @param {{ identifier: string, password: string }} credentials */
  login({ identifier, password }) {
    const logouts = this.#logouts;
    return this.#tabs.exclusively(async () => {
      await this.#leaving.settleEverywhere();
      if (logouts !== this.#logouts) throw leftMeanwhile();
      const { clock, clientId } = this.#settings;
      const since = clock.elapsed();
      // It needs nobody's token.
      const login = resultIn(await this.#transport.send(LOGIN, { input: { identifier, password, clientId } }), 'login');
      if (login.__typename !== 'Authenticated') return login;
      const { tokens, ...outcome } = login;
      if (logouts === this.#logouts) {
        this.#session.enter(tokens, since);
        return outcome;
      }
      void this.#leaving.say('logout', { token: tokens.accessToken, isAgain: false });
      throw leftMeanwhile();
    });
  }

  logout() {
    return this.#leaving.say('logout', this.#leave());
  }

  /** @param {{ keepCurrent?: boolean }} [manner] */
  async logoutEverywhere({ keepCurrent = false } = {}) {
    if (!keepCurrent) return this.#leaving.say('logoutEverywhere', this.#leave());
    const { endedSessionIds } = await this.#askAndKeep(LOGOUT_EVERYWHERE, 'logoutEverywhere', { input: { keepCurrent } });
    return { confirmed: true, endedSessionIds, fault: null };
  }

  /** @param {string} applicationId */
  async logoutApplication(applicationId) {
    const data = await this.request(LOGOUT_APPLICATION, { input: { applicationId } });
    const { endedSessionIds } = fieldOf(data, 'logoutApplication');
    await this.#look();
    return { confirmed: true, endedSessionIds, fault: null };
  }

  /** @param {string} sessionId */
  async revokeSession(sessionId) {
    const data = await this.request(REVOKE_SESSION, { input: { sessionId } });
    const ended = fieldOf(data, 'revokeSession');
    await this.#look();
    return ended;
  }

  /** @param {import('../operations.js').ChangePasswordInput} input */
  async changePassword({ currentPassword, newPassword }) {
    const { tokens, ...outcome } = await this.#askAndKeep(CHANGE_PASSWORD, 'changePassword', { input: { currentPassword, newPassword } });
    return outcome;
  }

  /** @param {import('../operations.js').SessionsVariables} [page] */
  async sessions(page = {}) {
    const { me } = await this.request(SESSIONS, page);
    if (me === undefined) throw asFault();
    if (!me) throw new CardeaError('UNAUTHENTICATED', 'nobody is signed in', { reason: 'MISSING' });
    return me.sessions;
  }

  /**
   * @param {string} document
   * @param {object} [variables]
   * @param {{ signal?: AbortSignal }} [manner]
   * @returns {Promise<any>}
   */
  async request(document, variables = {}, { signal } = {}) {
    signal?.throwIfAborted();
    const isRepeatable = !/\b(mutation|subscription)\b/.test(document);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await unlessAborted(signal, this.authorize(token => this.#transport.send(document, variables, { token, signal })));
        const refusal = refusalIn(answer);
        if (refusal) throw refusal;
        return answer.data;
      } catch (error) {
        if (!isRepeatable || attempt === ATTEMPTS || !(error instanceof CardeaError) || !REPEATABLE.has(error.code)) throw error;
        const wait = backOff(attempt, error.retryAfter);
        if (wait > LONGEST_WAIT) throw error;
        await this.#wait(wait, signal);
      }
    }
  }

  /**
   * @template {{ errors?: readonly import('./transport.js').GraphqlError[] | undefined }} A
   * @param {(token: string | null) => Promise<A>} send
   */
  async authorize(send) {
    const token = await this.#session.token();
    const answer = await send(token);
    if (!await this.#session.mends(answer.errors, token)) return answer;
    const next = await this.#session.token();
    const last = await send(next);
    await this.#session.mends(last.errors, next, { isLast: true });
    return last;
  }

  /**
   * @param {readonly import('./transport.js').GraphqlError[] | undefined} errors
   * @param {string | null} token
   * @param {{ isLast?: boolean }} [manner]
   */
  mends(errors, token, manner) {
    return this.#session.mends(errors, token, manner);
  }

  close() {
    // A login that is under way comes to nothing.
    this.#logouts += 1;
    this.#unlisten();
    this.#leaving.close();
    this.#session.close();
    this.#tabs.close();
  }

  /** First of all, and before anybody answers: nobody is signed in here any more. */
  #leave() {
    this.#logouts += 1;
    return this.#session.leave();
  }

  /**
   * What ends all tokens and brings this session a new one. No tab may refresh meanwhile: its cookie might be the one before.
   * @param {string} document
   * @param {'logoutEverywhere' | 'changePassword'} field
   * @param {object} variables
   */
  async #askAndKeep(document, field, variables) {
    const answer = await this.authorize(token => this.#tabs.exclusively(async () => {
      const since = this.#settings.clock.elapsed();
      const answer = await this.#transport.send(document, variables, { token });
      const tokens = answer.data?.[field]?.tokens;
      if (tokens) this.#session.keep(tokens, since);
      return answer;
    }));
    return resultIn(answer, field);
  }

  /** Whether what was just ended was one's own: then the refusal says so, and why. */
  async #look() {
    await this.request(CURRENT_SESSION).catch(() => {});
  }

  /**
   * @param {number} milliseconds
   * @param {AbortSignal} [signal]
   */
  async #wait(milliseconds, signal) {
    await new Promise(resolve => {
      this.#settings.clock.after(milliseconds, () => resolve(undefined));
      signal?.addEventListener('abort', resolve, { once: true });
    });
    signal?.throwIfAborted();
  }
}

function leftMeanwhile() {
  return new CardeaError('LOGGED_OUT', 'somebody logged out while this login was under way');
}

/**
 * What becomes of `work`, for as long as somebody wants to know.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function unlessAborted(signal, work) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}

/**
 * Calls `wake` when this page may have slept; gives what ends that.
 * @param {(isRestored: boolean) => void} wake
 */
function whenWoken(wake) {
  const { document } = globalThis;
  if (!document) return () => {};
  const hear = (/** @type {Event} */ event) => {
    // Who hides it doesn't wake it.
    if (event.type !== 'visibilitychange' || document.visibilityState !== 'hidden') wake(event.type === 'pageshow' && /** @type {PageTransitionEvent} */ (event).persisted);
  };
  const places = /** @type {[EventTarget, string][]} */ ([[globalThis, 'online'], [globalThis, 'pageshow'], [document, 'visibilitychange']]);
  for (const [place, name] of places) place.addEventListener(name, hear);
  return () => places.forEach(([place, name]) => place.removeEventListener(name, hear));
}
