// A clock that stands still unless it is told, a browser with tabs, and a server that keeps sessions as Cardea does.
import { createClient } from '@cardea/client';

export class FakeClock {
  #now = 0;
  #timers = new Set();

  elapsed = () => this.#now;

  after = (milliseconds, action) => {
    // As in a browser: of whole milliseconds, so early by what is cut off.
    const timer = { at: this.#now + Math.trunc(milliseconds), action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Lets time pass, and whatever falls due in it happen in order. */
  async pass(milliseconds) {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
    await settle();
  }

  /** What becomes of `promise`, with as much time as that takes, up to a minute. */
  async during(promise) {
    let isSettled = false;
    const settled = () => { isSettled = true; };
    promise.then(settled, settled);
    for (let turn = 0; turn < 1200; turn += 1) {
      await settle();
      if (isSettled) return promise;
      await this.pass(50);
    }
    throw new Error('it came to nothing within a minute');
  }

  /** The machine sleeps: time goes by, and no timer is run. */
  sleep(milliseconds) {
    this.#now += milliseconds;
  }
}

/** Until nothing moves but by the clock. */
export async function settle() {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
}

/** Web Locks, in the order of asking. */
export class FakeLocks {
  #last = new Map();

  request(name, { signal }, work) {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      before.then(() => { if (!signal.aborted) work().then(resolve, reject); });
    });
    this.#last.set(name, Promise.all([before, turn.catch(() => {})]));
    return turn;
  }
}

/** The class BroadcastChannel of one browser; `deliver` says when a word arrives. */
export function fakeChannels(deliver = action => void Promise.resolve().then(action)) {
  const open = new Set();
  return class FakeChannel {
    onmessage = null;

    constructor(name) {
      this.name = name;
      open.add(this);
    }

    postMessage(message) {
      const data = structuredClone(message);
      for (const other of open) {
        if (other !== this && other.name === this.name) deliver(() => open.has(other) && other.onmessage?.({ data }));
      }
    }

    close() {
      open.delete(this);
    }
  };
}

const coded = claims => Buffer.from(JSON.stringify(claims)).toString('base64url');
export const tokenOf = claims => `${coded({ alg: 'none' })}.${coded({ client_id: 'shop', rev: 1, ...claims })}.x`;

export function answer(body, status = 200, headers = {}) {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'content-type': 'application/graphql-response+json', ...headers } });
}

export function refusal(code, more = {}, status = 200, headers = {}) {
  return answer({ errors: [{ message: code.toLowerCase(), extensions: { code, ...more } }] }, status, headers);
}

/** Cardea, as far as a client can tell. Its tokens live for 100 seconds. */
export class FakeServer {
  /** Names of operations, in the order in which they came. */
  asked = [];
  /** By operation: what to answer in its place; asked once each. */
  instead = {};
  sessions = new Map();
  rev = 1;
  #issued = 0;

  /** How often an operation came. */
  count(operation) {
    return this.asked.filter(name => name === operation).length;
  }

  /** A session that this browser has a cookie of. */
  signIn(browser, user = 'ada') {
    const sid = `session-${this.sessions.size + 1}`;
    this.sessions.set(sid, { sid, user, over: null });
    if (browser.takesCookies) browser.cookie = sid;
    return sid;
  }

  tokens(sid) {
    this.#issued += 1;
    const { user } = this.sessions.get(sid);
    return { accessToken: tokenOf({ sid, sub: user, jti: this.#issued, rev: this.rev }), expiresIn: 100 };
  }

  async answer(init, browser) {
    const { query, variables } = JSON.parse(init.body);
    const [, operation] = /(?:query|mutation) (\w+)/.exec(query);
    this.asked.push(operation);
    const token = new Headers(init.headers).get('authorization')?.slice('Bearer '.length) ?? null;
    const instead = this.instead[operation]?.shift();
    if (instead) {
      const response = await instead({ variables, token, init });
      if (response) return response;
    }
    return this[operation]({ variables, token, browser });
  }

  #session(token) {
    return token && this.sessions.get(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sid);
  }

  Login({ variables: { input }, browser }) {
    if (input.password !== 'right') return answer({ data: { login: { __typename: 'AuthenticationFailed', code: 'INVALID_CREDENTIALS', message: 'no', retryAfter: null } } });
    const replaced = this.sessions.get(browser.cookie);
    if (replaced) replaced.over ??= 'REVOKED';
    const sid = this.signIn(browser, input.identifier);
    const user = { id: 'u', subject: input.identifier, email: 'a@example.com', username: null, displayName: null };
    return answer({ data: { login: { __typename: 'Authenticated', tokens: this.tokens(sid), session: { id: sid }, user } } });
  }

  Refresh({ browser }) {
    const session = this.sessions.get(browser.cookie);
    const failed = (code, reason = null) => answer({ data: { refreshSession: { __typename: 'RefreshFailed', code, reason, message: 'no' } } });
    if (!session) return failed('MISSING');
    if (session.over) return failed('REVOKED', session.over);
    return answer({ data: { refreshSession: { __typename: 'Refreshed', tokens: this.tokens(session.sid) } } });
  }

  Logout({ token, browser }) {
    const session = this.#session(token) ?? this.sessions.get(browser.cookie);
    const isNew = session && !session.over;
    if (session) session.over ??= 'LOGGED_OUT';
    if (session?.sid === browser.cookie) browser.cookie = null;
    return answer({ data: { logout: { endedSessionIds: isNew ? [session.sid] : [] } } });
  }

  LogoutEverywhere({ variables, token }) {
    const own = this.#session(token);
    if (!own) return refusal('UNAUTHENTICATED', { reason: 'MISSING' });
    const { keepCurrent } = variables.input;
    this.rev += 1;
    const ended = [...this.sessions.values()].filter(one => one.user === own.user && !one.over && !(keepCurrent && one === own));
    for (const one of ended) one.over = 'LOGGED_OUT_EVERYWHERE';
    return answer({ data: { logoutEverywhere: { endedSessionIds: ended.map(({ sid }) => sid), tokens: keepCurrent ? this.tokens(own.sid) : null } } });
  }

  LogoutApplication({ token }) {
    this.#session(token).over = 'LOGGED_OUT_OF_APPLICATION';
    return answer({ data: { logoutApplication: { endedSessionIds: [this.#session(token).sid] } } });
  }

  RevokeSession({ variables: { input } }) {
    this.sessions.get(input.sessionId).over = 'LOGGED_OUT';
    return answer({ data: { revokeSession: { endedSessionIds: [input.sessionId], userErrors: [] } } });
  }

  ChangePassword({ token }) {
    this.rev += 1;
    return answer({ data: { changePassword: { endedSessionIds: [], tokens: this.tokens(this.#session(token).sid), userErrors: [] } } });
  }

  CurrentSession(call) {
    return this.Me(call);
  }

  /** Tells a token's own user, so that a test sees with whose token it was asked. */
  Me({ token }) {
    const session = this.#session(token);
    if (session?.over) return refusal('UNAUTHENTICATED', { reason: session.over }, 401);
    return answer({ data: { me: session ? { id: session.user } : null } });
  }

  Order({ token }) {
    return this.Me({ token });
  }
}

export const ME = 'query Me { me { id } }';

/** A browser: its tabs share a cookie, locks and channels. */
export class Browser {
  cookie = null;
  takesCookies = true;
  locks = new FakeLocks();
  BroadcastChannel = fakeChannels();

  constructor(server = new FakeServer(), clock = new FakeClock()) {
    this.server = server;
    this.clock = clock;
  }

  /** A tab: its client, and what that told. */
  tab(options = {}) {
    const { server, clock, locks, BroadcastChannel } = this;
    const faults = [];
    const client = createClient({
      url: 'https://id.example.com/graphql', clientId: 'shop', clock, locks, BroadcastChannel,
      fetch: (_, init) => server.answer(init, this), onFault: fault => faults.push(fault.code), ...options,
    });
    return { client, faults };
  }

  /** Several tabs, each of which knows that `user` is signed in. */
  async signedIn(count = 1, user = 'ada') {
    const sid = this.server.signIn(this, user);
    const tabs = Array.from({ length: count }, () => this.tab());
    await this.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
    await this.clock.pass(count * 200);
    this.server.asked.length = 0;
    return { tabs, sid, ...tabs[0] };
  }
}
