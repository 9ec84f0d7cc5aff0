import { CardeaError } from '@cardea/client';

/** Why something could not be done, and what whoever wanted it can do. */
export function explain(error: unknown): string {
  if (!(error instanceof CardeaError)) return error instanceof Error ? error.message : 'Something went wrong. Try again.';
  const passing = PASSING[error.code];
  return passing ? `${passing} Try again ${inSeconds(error.retryAfter)}.` : explainLasting(error);
}

/** What goes wrong behind the scenes, where the client tries again by itself. */
export function explainFault(fault: CardeaError): string {
  const passing = PASSING[fault.code];
  return passing ? `${passing} Nobody is signed out for that; it is asked again ${inSeconds(fault.retryAfter)}.` : explainLasting(fault);
}

/** Of a logout that Cardea has not confirmed. */
export function explainDoubt(fault: CardeaError | null): string {
  if (fault && !fault.isPassing) return explain(fault);
  return `Cardea has not confirmed yet${fault ? ` (${fault.code})` : ''}. It is asked again for as long as this page is open in a tab.`;
}

/** Why nobody is signed in any more. */
export function explainReason(reason: string): string {
  return REASONS[reason] ?? 'The session is over. Sign in again.';
}

/** As a person says it. */
export function inSeconds(seconds: number | null): string {
  if (seconds === null) return 'in a moment';
  return seconds === 1 ? 'in 1 second' : `in ${seconds} seconds`;
}

function explainLasting(fault: CardeaError): string {
  return LASTING[fault.code]?.(fault) ?? `${fault.message} (${fault.code})`;
}

/** What may be otherwise in a moment. */
const PASSING: Record<string, string> = {
  NETWORK: 'Cardea does not answer.',
  TIMEOUT: 'Cardea took too long to answer.',
  BAD_ANSWER: 'What answered was not Cardea: something may stand between.',
  STORE_UNAVAILABLE: 'Cardea’s store is away.',
  OVERLOADED: 'Cardea has too much to do.',
  RATE_LIMITED: 'Cardea was asked too often.',
  CONFLICT: 'Something else changed at the same time.',
  INTERNAL_SERVER_ERROR: 'Cardea failed; its log says why.',
};

/** What stays so, until somebody does something about it. */
const LASTING: Record<string, (fault: CardeaError) => string> = {
  COOKIES_FORBIDDEN: () => 'This browser keeps no cookie of Cardea: the sign-in ends within minutes. Allow cookies, then sign in again.',
  NO_LOCKS: () => 'This browser has no Web Locks here: two tabs may refresh at once. Open the page on 127.0.0.1 or over HTTPS.',
  NO_CHANNEL: () => 'This browser has no BroadcastChannel: other tabs hear of a logout only when they ask. Use another browser.',
  FORBIDDEN: ({ scope }) => `That is not allowed${scope ? `: it needs ${scope}` : ''}. Signing in again mends nothing.`,
  NOT_FOUND: () => 'That is there no more. The list was out of date.',
  LOGGED_OUT: () => 'Somebody logged out meanwhile. Sign in again.',
  UNAUTHENTICATED: ({ reason }) => explainReason(reason ?? ''),
};

const REASONS: Record<string, string> = {
  LOGGED_OUT: 'Logged out, here or in another tab.',
  LOGGED_OUT_OF_APPLICATION: 'Logged out of this system, on all devices.',
  LOGGED_OUT_EVERYWHERE: 'Logged out of everything.',
  REVOKED: 'This session was ended from another one.',
  PASSWORD_CHANGED: 'The password was changed. Sign in with the new one.',
  SUSPENDED: 'The account is suspended. An operator can lift that.',
  REFRESH_TOKEN_REUSED: 'A refresh token was shown twice: the session was ended, to be safe.',
  INVALID: 'Cardea knows nothing of the sign-in that this browser remembers: it may be of an earlier demo. Sign in.',
  EXPIRED: 'The session had its time. Sign in again.',
  COOKIES_FORBIDDEN: 'This browser keeps no cookie of Cardea. Allow cookies, then sign in again.',
};
