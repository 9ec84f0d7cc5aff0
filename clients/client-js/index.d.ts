import type { ChangePasswordData, ChangePasswordInput, LoginData, RevokeSessionData, SessionsData, SessionsVariables } from './operations.js';

export type * from './operations.js';

/** Which server, and which of its applications, this page belongs to. */
export interface Options {
  /** Where the server answers GraphQL, such as `https://id.example.com/graphql`, or `/graphql` behind the page's own host. */
  url: string;
  /** Your application. Without it, it is the one to which the page's origin belongs. */
  clientId?: string;
  /** How long an answer may take: 0.05 to 60, 10 by default. */
  timeoutSeconds?: number;
  /** Hears of what goes wrong, also behind the scenes, and of what this browser lacks. */
  onFault?: (fault: CardeaError) => void;
  /** In place of the browser's own: for tests. */
  fetch?: typeof globalThis.fetch;
  locks?: LockManager | undefined;
  BroadcastChannel?: typeof globalThis.BroadcastChannel | undefined;
  clock?: Clock;
}

/** Time as it passes, in milliseconds since whenever, never set back. */
export interface Clock {
  elapsed(): number;
  /** Calls `action` once, later; gives what prevents that. */
  after(milliseconds: number, action: () => void): () => void;
}

/** What an app may show. Another object whenever anything of it changes, so that it fits `useSyncExternalStore`. */
export interface State {
  /** `unknown`: the server has not said yet. That is not `out`. */
  readonly status: 'unknown' | 'in' | 'out';
  /** `sub` of the access token. If it changes, throw away what was cached for somebody else. */
  readonly userId: string | null;
  /** `sid` of the access token. */
  readonly sessionId: string | null;
  /** Why nobody is signed in any more: `LOGGED_OUT`, `PASSWORD_CHANGED`, `COOKIES_FORBIDDEN` and so on; null, if nobody was. */
  readonly reason: string | null;
  /** What goes wrong at the moment; nobody is signed out by that. */
  readonly fault: CardeaError | null;
  /** The tabs have forgotten, but the server has not confirmed: it is asked again, by this tab or another, for as long as one lives. */
  readonly logoutPending: boolean;
}

export interface LogoutOutcome {
  /** False: the server could not be reached, or refused. What a thief has may still be good, and a new tab may still be signed in. */
  confirmed: boolean;
  endedSessionIds: string[];
  /** Why it is not confirmed. */
  fault: CardeaError | null;
}

type Login = LoginData['login'];
/** Of a login: who signed in, or why nobody did. Tokens are not for the app. */
export type LoginOutcome = Omit<Extract<Login, { __typename: 'Authenticated' }>, 'tokens'> | Extract<Login, { __typename: 'AuthenticationFailed' }>;

export interface GraphqlError {
  message?: string;
  extensions?: { code?: string; reason?: string; scope?: string; retryAfter?: number; [name: string]: unknown };
}

/** Anything with errors as GraphQL has them: an answer of this server, or what you make of a sub-system's 401. */
export interface Refusable {
  errors?: readonly GraphqlError[] | undefined;
}

export interface Client {
  readonly state: State;
  /** Calls `listener` at each change of the state; gives what ends that. */
  subscribe(listener: (state: State) => void): () => void;
  /** Finds out by the cookie who is signed in, once; never fails: what could not be known is told in the state, and asked again. */
  start(): Promise<State>;
  /** @throws {CardeaError} when it can't be known; wrong credentials are an outcome. */
  login(credentials: { identifier: string; password: string }): Promise<LoginOutcome>;
  /** Forgets here, tells the other tabs, then asks the server. Never fails: read `confirmed`. */
  logout(): Promise<LogoutOutcome>;
  /** As `logout`, of all sessions in every application; with `keepCurrent` of all others, and then it throws what goes wrong. */
  logoutEverywhere(manner?: { keepCurrent?: boolean }): Promise<LogoutOutcome>;
  /** Ends one's sessions in one application, on all devices. @throws {CardeaError} */
  logoutApplication(applicationId: string): Promise<LogoutOutcome>;
  /** Ends one session. @throws {CardeaError} */
  revokeSession(sessionId: string): Promise<RevokeSessionData['revokeSession']>;
  /** Ends every other session. @throws {CardeaError} */
  changePassword(input: ChangePasswordInput): Promise<Omit<ChangePasswordData['changePassword'], 'tokens'>>;
  /** One page of one's sessions, newest first. @throws {CardeaError} */
  sessions(page?: SessionsVariables): Promise<NonNullable<SessionsData['me']>['sessions']>;
  /** `data` of any operation. Refreshes and asks again where that helps; repeats queries, never mutations, when the server is away. @throws {CardeaError} */
  request<Data = any>(document: string, variables?: object, manner?: { signal?: AbortSignal }): Promise<Data>;
  /** Calls `send` with an access token, or null if nobody is signed in; and once more with another one, if its errors say that this helps. */
  authorize<Answer extends Refusable>(send: (token: string | null) => Promise<Answer>): Promise<Answer>;
  /** An access token that is good for now, refreshed if need be; null, if nobody is signed in. Don't keep it. @throws {CardeaError} */
  token(): Promise<string | null>;
  /** For links and exchanges: whether another try with another token may mend these errors. Forgets a session that is over. */
  mends(errors: readonly GraphqlError[] | undefined, token: string | null, manner?: { isLast?: boolean }): Promise<boolean>;
  /** Ends timers and listeners. Nobody is logged out by it; a logout that is not confirmed is left to other tabs, if there are any. */
  close(): void;
}

/** What went wrong: the server's own code, or `NETWORK`, `TIMEOUT`, `BAD_ANSWER`, `COOKIES_FORBIDDEN`, `NO_LOCKS`, `NO_CHANNEL`, `CLOSED`. */
export class CardeaError extends Error {
  constructor(code: string, message: string, details?: Partial<Pick<CardeaError, 'reason' | 'status' | 'retryAfter' | 'scope' | 'errors' | 'data'>> & { cause?: unknown });
  readonly code: string;
  /** Beside `UNAUTHENTICATED`: `EXPIRED`, `LOGGED_OUT` and so on. */
  readonly reason: string | null;
  readonly status: number | null;
  /** Seconds. */
  readonly retryAfter: number | null;
  /** Beside `FORBIDDEN`: what the token lacks. */
  readonly scope: string | null;
  readonly errors: readonly GraphqlError[];
  readonly data: any;
  /** Whether it may be otherwise in a moment. */
  readonly isPassing: boolean;
}

export function createClient(options: Options): Client;
