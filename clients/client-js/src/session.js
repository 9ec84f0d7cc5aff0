// The one session of this tab: its access token, in memory and nowhere else, and when to get the next.
import { backOff } from './clock.js';
import { CardeaError, asFault, resultIn } from './errors.js';
import { REFRESH } from './operations.js';
import { claimsOf } from './token.js';

/** How much of a token's life passes before it is renewed. */
const DUE = 0.8;
/** Sessions that are remembered as over; more than anybody ends in one tab. */
const REMEMBERED = 32;
/** For how long a token that the server has just issued, and somebody refused, is not exchanged for that. Milliseconds. */
const VOUCHED = 30_000;
/** No access token lives longer. Seconds. */
const LONGEST_LIFE = 86_400;

/** Reasons that leave no doubt. Any other dead token may be one of a session that lives: a refresh tells. */
const OVER = new Set(['LOGGED_OUT', 'LOGGED_OUT_OF_APPLICATION', 'SUSPENDED', 'REFRESH_TOKEN_REUSED']);

/** Who left: by which token, if one was held, and whether nobody was signed in any more. @typedef {{ token: string | null, isAgain: boolean }} Left */
/** @typedef {{ token: string, claims: import('./token.js').Claims, dueAt: number, expiresAt: number }} Held */

export class Session {
  #settings;
  #transport;
  #state;
  #tabs;
  #leaving;
  /** @type {Held | null} */
  #held = null;
  /** Which were heard to be over, and why: what was logged out never comes back. @type {Map<string, string>} */
  #ended = new Map();
  /** Another one whenever somebody comes or goes: an answer to an earlier question is void. */
  #epoch = 0;
  /** @type {Promise<void> | null} */
  #renewal = null;
  #failures = 0;
  /** Not to be asked again before. @type {{ at: number, fault: CardeaError } | null} */
  #pause = null;
  #cancelTimer = () => {};
  #cookiesWork = false;
  /** What the server called the token that is held, if it didn't take it. @type {string | null} */
  #suspicion = null;
  /** Refused by somebody although it was new: who is wrong is not the server. */
  #vouched = { token: '', until: 0 };
  #isClosed = false;

  /**
   * @param {import('./settings.js').Settings} settings
   * @param {import('./transport.js').Transport} transport
   * @param {import('./state.js').State} state
   * @param {import('./tabs.js').Tabs} tabs
   * @param {import('./leaving.js').Leaving} leaving
   */
  constructor(settings, transport, state, tabs, leaving) {
    this.#leaving = leaving;
    this.#settings = settings;
    this.#transport = transport;
    this.#state = state;
    this.#tabs = tabs;
  }

  /** An access token that is good by the steady clock; null, if nobody is signed in. */
  async token() {
    if (this.#isClosed) throw new CardeaError('CLOSED', 'this client is closed');
    const held = this.#held;
    const now = this.#settings.clock.elapsed();
    if (held && now < held.expiresAt) {
      if (now >= held.dueAt) this.renew().catch(() => {});
      return held.token;
    }
    if (!held && this.#state.now.status === 'out') return null;
    await this.renew();
    return this.#held?.token ?? null;
  }

  /** A new access token by the cookie, or by word of another tab. However many ask, it is done once. */
  renew() {
    if (!this.#renewal) {
      const renewal = this.#renewOnce().finally(() => {
        if (this.#renewal === renewal) this.#renewal = null;
      });
      this.#renewal = renewal;
    }
    return this.#renewal;
  }

  /**
   * Whether another try with another token may mend what these errors say of `sent`. Forgets a session that is over.
   * @param {readonly import('./transport.js').GraphqlError[] | undefined} errors
   * @param {string | null} sent
   * @param {{ isLast?: boolean }} [manner]
   */
  async mends(errors, sent, { isLast = false } = {}) {
    const refusal = errors?.find(({ extensions }) => extensions?.code === 'UNAUTHENTICATED' || extensions?.code === 'TOKEN_STALE')?.extensions;
    if (!refusal || sent === null) return false;
    const isStale = refusal.code === 'TOKEN_STALE';
    if (this.#held?.token === sent) {
      const reason = refusal.reason ?? 'UNAUTHENTICATED';
      const now = this.#settings.clock.elapsed();
      const isVouched = !isStale && this.#vouched.token === sent && now < this.#vouched.until;
      if (!isStale && OVER.has(reason)) this.end(reason);
      else if (isLast) this.#vouched = { token: sent, until: now + VOUCHED };
      else if (!isVouched) {
        this.#suspicion = isStale ? null : reason;
        await this.renew();
      }
    }
    // Never again as somebody else.
    return !isLast && this.#held !== null && this.#held.token !== sent && this.#held.claims.sub === claimsOf(sent)?.sub;
  }

  /**
   * Somebody signed in here.
   * @param {import('./token.js').Tokens} tokens
   * @param {number} since when that was asked
   */
  enter(tokens, since) {
    this.#void();
    this.#leaving.dropNameless();
    this.keep(tokens, since, null, true);
    // Whether the browser took the cookie can't be seen but by using it.
    if (!this.#cookiesWork) this.renew().catch(() => {});
  }

  /**
   * New tokens, straight from the server; the other tabs get them, too.
   * @param {import('./token.js').Tokens} tokens
   * @param {number} since
   * @param {Held | null} [before] what was held when the cookie was shown for them
   * @param {boolean} [isNew] of somebody who just signed in
   */
  keep({ accessToken, expiresIn }, since, before = null, isNew = false) {
    if (this.#isClosed) return;
    const claims = claimsOf(accessToken);
    if (!claims || !(expiresIn > 0)) throw new CardeaError('BAD_ANSWER', 'the server issued something that is no access token of its own');
    const reason = this.#ended.get(claims.sid);
    if (reason === undefined) {
      this.#hold(accessToken, claims, since + expiresIn * 1000);
      this.#tabs.tell({ type: 'token', token: accessToken, expiresIn, isNew });
    } else if (this.#held === before) {
      // The cookie is of a session that is over, so it isn't of another any more.
      this.forget(reason);
    }
  }

  /**
   * The session is over: forgotten here, then everywhere else.
   * @param {string} reason
   */
  end(reason) {
    const held = this.forget(reason);
    if (held) this.#tabs.tell({ type: 'out', sid: held.claims.sid, reason });
  }

  /**
   * Somebody leaves: as `end`, also if it isn't known yet who it is.
   * @returns {Left}
   */
  leave() {
    const isAgain = this.#state.now.status === 'out';
    const held = this.forget('LOGGED_OUT');
    this.#tabs.tell({ type: 'out', sid: held?.claims.sid ?? null, reason: 'LOGGED_OUT' });
    return { token: held?.token ?? null, isAgain };
  }

  /**
   * Forgets in this tab, and gives what was forgotten.
   * @param {string | null} reason
   */
  forget(reason) {
    const held = this.#held;
    if (held) this.#remember(held.claims.sid, reason ?? 'LOGGED_OUT');
    this.#void();
    this.#state.set({ status: 'out', userId: null, sessionId: null, reason, fault: null });
    return held;
  }

  /**
   * What another tab says, or whoever else has a script on this origin.
   * @param {any} message
   */
  hear(message) {
    if (this.#isClosed) return;
    if (message?.type === 'out') this.#hearOut(message);
    else if (message?.type === 'token') this.#hearToken(message);
    else if (message?.type === 'leaving') this.#hearLeaving(message);
  }

  /**
   * Time may have passed unnoticed. A page that comes out of the browser's cache has heard nothing meanwhile.
   * @param {{ isRestored: boolean }} manner
   */
  wake({ isRestored }) {
    const isWaiting = this.#pause !== null;
    if (this.#pause) this.#pause.at = 0;
    const isDue = this.#held !== null && (isRestored || this.#settings.clock.elapsed() >= this.#held.dueAt);
    if (!this.#isClosed && (isDue || isWaiting)) this.renew().catch(() => {});
  }

  close() {
    this.#isClosed = true;
    this.#void();
  }

  /** Whatever is under way, and whatever is held, is of the past. */
  #void() {
    this.#cancelTimer();
    this.#epoch += 1;
    this.#held = null;
    this.#failures = 0;
    this.#pause = null;
    this.#suspicion = null;
    // Who asks from now on is not answered by what was asked before.
    this.#renewal = null;
  }

  async #renewOnce() {
    const { clock, clientId } = this.#settings;
    if (this.#pause && clock.elapsed() < this.#pause.at) throw this.#pause.fault;
    const [before, epoch] = [this.#held, this.#epoch];
    const isVoid = () => epoch !== this.#epoch;
    try {
      await this.#tabs.exclusively(async () => {
        // Another tab was first.
        if (isVoid() || this.#held !== before) return;
        const since = clock.elapsed();
        const answer = await this.#transport.send(REFRESH, { input: { clientId } });
        const result = resultIn(answer, 'refreshSession');
        if (!isVoid()) this.#heed(result, since, before);
      });
    } catch (error) {
      // Somebody came or went meanwhile: it is of no account what became of this.
      if (isVoid()) return;
      const fault = asFault(error);
      this.#failed(fault);
      throw fault;
    }
  }

  /**
   * @param {import('../operations.js').RefreshData['refreshSession']} result
   * @param {number} since
   * @param {Held | null} before
   */
  #heed(result, since, before) {
    if (result.__typename === 'Refreshed') {
      this.#cookiesWork = true;
      this.#unlessLeft(result.tokens.accessToken);
      this.keep(result.tokens, since, before);
      return;
    }
    // What a later server may answer besides is not signed in, either.
    const { code = 'INVALID', reason } = result;
    const why = reason ?? this.#suspicion ?? code;
    const held = this.#held;
    const cookieIsMissing = code === 'MISSING' && !this.#cookiesWork && held !== null;
    if (cookieIsMissing && this.#settings.clock.elapsed() < held.expiresAt) this.#lacksCookies(held);
    else if (cookieIsMissing) this.end('COOKIES_FORBIDDEN');
    else if (held) this.end(why);
    else this.forget(code === 'MISSING' ? null : why);
  }

  /**
   * Somebody is signed in for as long as this token lives, and there will be no other.
   * @param {Held} held
   */
  #lacksCookies(held) {
    held.dueAt = held.expiresAt;
    this.#schedule(held.expiresAt);
    const fault = new CardeaError('COOKIES_FORBIDDEN', 'the browser keeps no cookie of the server: this sign-in ends with its first access token');
    this.#state.set({ fault });
    this.#settings.onFault(fault);
  }

  /** @param {CardeaError} fault */
  #failed(fault) {
    if (this.#isClosed) return;
    this.#failures += 1;
    const at = this.#settings.clock.elapsed() + backOff(this.#failures, fault.retryAfter);
    this.#pause = { at, fault };
    this.#schedule(at);
    this.#state.set({ fault });
    this.#settings.onFault(fault);
  }

  /**
   * @param {string} token
   * @param {import('./token.js').Claims} claims
   * @param {number} expiresAt
   */
  #hold(token, claims, expiresAt) {
    const now = this.#settings.clock.elapsed();
    const dueAt = now + Math.max(0, expiresAt - now) * DUE;
    this.#held = { token, claims, dueAt, expiresAt };
    this.#failures = 0;
    this.#pause = null;
    this.#suspicion = null;
    this.#schedule(dueAt);
    this.#state.set({ status: 'in', userId: claims.sub, sessionId: claims.sid, reason: null, fault: null });
  }

  /** @param {number} at */
  #schedule(at) {
    const { clock } = this.#settings;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(Math.max(0, at - clock.elapsed()), () => {
      // A timer may come a fraction of a millisecond early. The pause is over all the same: there is no other timer.
      this.#pause = null;
      this.renew().catch(() => {});
    });
  }

  /** @param {{ sid: unknown, reason: unknown }} message */
  #hearOut({ sid, reason }) {
    const why = typeof reason === 'string' ? reason.slice(0, 64) : 'LOGGED_OUT';
    if (typeof sid === 'string' && sid.length <= 64) this.#remember(sid, why);
    const isOurs = sid === null ? this.#state.now.status !== 'out' : sid === this.#held?.claims.sid;
    if (isOurs) this.forget(why);
  }

  /** @param {{ token: unknown }} message */
  #hearLeaving({ token }) {
    const sid = claimsOf(token)?.sid;
    if (sid !== undefined) this.#hearOut({ sid, reason: this.#ended.get(sid) ?? 'LOGGED_OUT' });
  }

  /**
   * Somebody left by the cookie: the session that this is of.
   * @param {string} token
   */
  #unlessLeft(token) {
    const sid = claimsOf(token)?.sid;
    if (sid !== undefined && this.#leaving.names(token)) this.#remember(sid, 'LOGGED_OUT');
  }

  /** @param {{ token: unknown, expiresIn: unknown, isNew: unknown }} message */
  #hearToken({ token, expiresIn, isNew }) {
    const claims = claimsOf(token);
    const { clock, clientId = claims?.client_id } = this.#settings;
    const isSound = typeof expiresIn === 'number' && expiresIn > 0 && expiresIn <= LONGEST_LIFE;
    if (!claims || typeof token !== 'string' || !isSound || claims.client_id !== clientId) return;
    if (isNew) this.#leaving.dropNameless();
    else this.#unlessLeft(token);
    const reason = this.#ended.get(claims.sid);
    const held = this.#held;
    if (reason !== undefined) this.#tabs.tell({ type: 'out', sid: claims.sid, reason });
    // A word makes nobody somebody else: the cookie says who it is now.
    else if (held && held.claims.sid !== claims.sid) this.renew().catch(() => {});
    else this.#take(token, claims, clock.elapsed() + expiresIn * 1000);
  }

  /**
   * A token that another tab got, if it is newer: by the ledger's order first, which no clock disturbs.
   * @param {string} token
   * @param {import('./token.js').Claims} claims
   * @param {number} expiresAt
   */
  #take(token, claims, expiresAt) {
    const held = this.#held;
    const later = held ? claims.rev - held.claims.rev || expiresAt - held.expiresAt : 1;
    if (later > 0) this.#hold(token, claims, expiresAt);
  }

  /**
   * @param {string} sid
   * @param {string} reason
   */
  #remember(sid, reason) {
    this.#ended.set(sid, reason);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= REMEMBERED) return;
      this.#ended.delete(oldest);
    }
  }
}
