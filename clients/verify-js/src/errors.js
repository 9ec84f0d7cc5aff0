// Why a token was not taken.

/** A scope-token of RFC 6749, section 3.3: nothing that ends a quoted string. */
const SCOPE = /^[!#-[\]-~]+$/;

/** @typedef {import('../index.js').Code} Code */

export class VerifyError extends Error {
  /**
   * @param {401 | 403 | 503} status
   * @param {Code} code
   * @param {string} message
   * @param {{ reason?: string, scope?: string, wwwAuthenticate?: string, retryAfter?: number, cause?: unknown }} [more]
   */
  constructor(status, code, message, { reason, scope, wwwAuthenticate, retryAfter, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VerifyError';
    this.status = status;
    this.code = code;
    this.reason = reason ?? null;
    this.scope = scope ?? null;
    this.wwwAuthenticate = wwwAuthenticate ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}

/** @param {string} reason */
export function unauthenticated(reason) {
  const wwwAuthenticate = `Bearer error="invalid_token", error_description="${reason}"`;
  return new VerifyError(401, 'UNAUTHENTICATED', `the token is not valid: ${reason}`, { reason, wwwAuthenticate });
}

export const malformed = () => unauthenticated('MALFORMED');

/** Who shows nothing is told what to show, and no error (RFC 6750, section 3.1). */
export function missing() {
  return new VerifyError(401, 'UNAUTHENTICATED', 'a bearer token is needed', { reason: 'MISSING', wwwAuthenticate: 'Bearer' });
}

export function stale() {
  const wwwAuthenticate = 'Bearer error="invalid_token", error_description="TOKEN_STALE"';
  return new VerifyError(401, 'TOKEN_STALE', 'the token is out of date: refresh it', { wwwAuthenticate });
}

/** @param {string[]} scopes */
export function forbidden(scopes) {
  for (const scope of scopes) {
    if (!SCOPE.test(scope)) throw new TypeError(`${JSON.stringify(scope)} is no scope`);
  }
  const scope = scopes.join(' ');
  const wwwAuthenticate = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new VerifyError(403, 'FORBIDDEN', `the token lacks the scope: ${scope}`, { scope, wwwAuthenticate });
}

/**
 * It can't be known now: never to be taken for a no.
 * @param {string} message
 * @param {{ retryAfter?: number, cause?: unknown }} [more]
 */
export function unavailable(message, { retryAfter = 1, cause } = {}) {
  return new VerifyError(503, 'UNAVAILABLE', message, { retryAfter, cause });
}
