// What went wrong, in the server's words where it was the server that said so.

/** What may be otherwise in a moment: nobody is signed out by any of these. */
const PASSING = new Set([
  'STORE_UNAVAILABLE', 'OVERLOADED', 'RATE_LIMITED', 'CONFLICT', 'INTERNAL_SERVER_ERROR', 'NETWORK', 'TIMEOUT', 'BAD_ANSWER',
]);

export class CardeaError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {Partial<Pick<import('../index.js').CardeaError, 'reason' | 'status' | 'retryAfter' | 'scope' | 'errors' | 'data'>> & { cause?: unknown }} [details]
   */
  constructor(code, message, details = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'CardeaError';
    this.code = code;
    this.reason = details.reason ?? null;
    this.status = details.status ?? null;
    const { retryAfter } = details;
    this.retryAfter = typeof retryAfter === 'number' && retryAfter >= 0 ? retryAfter : null;
    this.scope = details.scope ?? null;
    this.errors = details.errors ?? [];
    this.data = details.data ?? null;
  }

  get isPassing() {
    return PASSING.has(this.code);
  }
}

/**
 * The refusal in an answer, or null if there is none.
 * @param {import('./transport.js').Answer} answer
 */
export function refusalIn({ data, errors, status, retryAfter }) {
  const [first] = errors;
  if (!first) return null;
  const { code = 'BAD_ANSWER', reason, scope, retryAfter: seconds = retryAfter } = first.extensions ?? {};
  return new CardeaError(code, first.message ?? code, { reason, scope, status, retryAfter: seconds, errors, data });
}

/**
 * What an answer has of what was asked for.
 * @param {import('./transport.js').Answer} answer
 * @param {string} field
 */
export function resultIn(answer, field) {
  const refusal = refusalIn(answer);
  if (refusal) throw refusal;
  return fieldOf(answer.data, field);
}

/**
 * What is never null in an answer of this server.
 * @param {any} data
 * @param {string} field
 */
export function fieldOf(data, field) {
  const value = data[field];
  if (!value) throw asFault();
  return value;
}

/**
 * Anything thrown, as one of ours.
 * @param {unknown} [cause]
 */
export function asFault(cause) {
  return cause instanceof CardeaError ? cause : new CardeaError('BAD_ANSWER', 'the answer has not what was asked for', { cause });
}
