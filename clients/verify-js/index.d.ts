/** How this process follows one application of one Cardea. */
export interface Options {
  /** Whose tokens: `iss`, as the server's metadata have it. */
  issuer: string;
  /** Your application's audience: `aud`. */
  audience: string;
  /** Your application, which must be a confidential one. */
  clientId: string;
  clientSecret: string;
  /** Where the server is reached, if not at its issuer. */
  server?: string;
  /** How old word of the ledger may be, for a token to pass on it: 1 to 60, 5 by default; more than the server's `feed.heartbeat_seconds` (2, at most 3). */
  freshnessSeconds?: number;
  /** What to do when it is older: ask introspection (the default), or refuse with 503. */
  whenStale?: 'ask' | 'refuse';
  /** For how long a token may be taken after its `exp`: 0 to 5, 0 by default, as at the server. */
  leewaySeconds?: number;
  /** How long an answer of the server may take: 0.05 to 30, 2 by default. */
  timeoutSeconds?: number;
  /** How many verified tokens are remembered: 0 to 1,000,000, 50,000 by default. */
  rememberedTokens?: number;
  /** Plain HTTP to another machine is refused, unless this is said. */
  allowInsecure?: boolean;
  /** Hears of what goes wrong behind the scenes: the feed was cut, the keys could not be had. */
  onFault?: (fault: Error) => void;
  /** In place of the global one: for a proxy, or for keys of your own. */
  fetch?: typeof globalThis.fetch;
  /** Time, in milliseconds: since 1970-01-01, and since whenever, never set back. For tests. */
  clock?: { now(): number; elapsed(): number };
}

/** What an access token says (RFC 9068). Times are seconds since 1970-01-01. */
export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly nbf?: number | null;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly client_id: string;
  readonly scope?: string | null;
  readonly rev: number;
}

/** A token that was valid when it was verified. */
export interface Verified {
  readonly claims: Claims;
  readonly userId: string;
  readonly sessionId: string;
  readonly scopes: ReadonlySet<string>;
  /** @throws {VerifyError} 403 `FORBIDDEN`, if the token lacks one of these scopes. */
  require(...scopes: string[]): void;
}

/** What the verifier knows at the moment. */
export interface Status {
  /** Whether tokens pass without a question to the server. */
  fresh: boolean;
  ledger: string | null;
  /** Up to where the ledger was heard; -1 before anything was. */
  position: number;
  revocations: number;
  /** What went wrong last, if the feed has not been heard since. */
  fault: Error | null;
}

export interface Verifier {
  /** @throws {VerifyError} */
  verify(token: string): Promise<Verified>;
  /** Settles once keys and ledger are there; fails when they are not after so many seconds (10). */
  ready(limitSeconds?: number): Promise<void>;
  status(): Status;
  /** Hangs up. After that nothing is verified. */
  close(): void;
}

export type Code = 'UNAUTHENTICATED' | 'TOKEN_STALE' | 'FORBIDDEN' | 'UNAVAILABLE';

/** Why a token was not taken. */
export class VerifyError extends Error {
  /** The HTTP status: 401, 403, or 503 when it can't be known now. */
  readonly status: 401 | 403 | 503;
  readonly code: Code;
  /** Beside `UNAUTHENTICATED`: `MISSING`, `MALFORMED`, `EXPIRED`, `LOGGED_OUT` and so on. */
  readonly reason: string | null;
  /** Beside `FORBIDDEN`: what the token lacks. */
  readonly scope: string | null;
  /** The header `WWW-Authenticate` (RFC 6750), which goes with 401 and 403. */
  readonly wwwAuthenticate: string | null;
  /** The header `Retry-After`, in seconds, which goes with 503. */
  readonly retryAfter: number | null;
}

export function createVerifier(options: Options): Verifier;
