// For express, and whatever else calls (request, response, next) with Node's own objects.
import { VerifyError, malformed, missing } from './errors.js';

/** RFC 6750, section 2.1: one word, and nothing beside it. */
const BEARER = /^bearer +([^\s,]+)$/i;

/** @type {typeof import('../express.js').protect} */
export function protect(verifier, ...scopes) {
  return async (request, response, next) => {
    try {
      const verified = await verifier.verify(bearerOf(request));
      verified.require(...scopes);
      /** @type {any} */ (request).verified = verified;
    } catch (error) {
      if (error instanceof VerifyError) refuse(response, error);
      else next(error);
      return;
    }
    next();
  };
}

/** @param {import('node:http').IncomingMessage} request */
function bearerOf(request) {
  const values = request.headersDistinct.authorization ?? [];
  if (values.length === 0) throw missing();
  // Of two headers, which one counts? A proxy may have thought otherwise.
  const token = values.length === 1 && BEARER.exec(values[0]?.trim() ?? '')?.[1];
  if (!token) throw malformed();
  return token;
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {VerifyError} error
 */
function refuse(response, { status, code, reason, scope, wwwAuthenticate, retryAfter }) {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-store');
  if (wwwAuthenticate) response.setHeader('www-authenticate', wwwAuthenticate);
  if (retryAfter) response.setHeader('retry-after', String(retryAfter));
  response.end(JSON.stringify({ code, ...(reason && { reason }), ...(scope && { scope }) }));
}
