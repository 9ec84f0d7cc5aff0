// What a token says of itself, and whether it is ours, whole, and of now. Its signature and its revocation are elsewhere.
import { malformed, unauthenticated } from './errors.js';

/** @typedef {import('../index.js').Claims} Claims */
/** @typedef {import('./settings.js').Settings} Settings */

/** Longer ones are refused unread. Ours have about 600 bytes. */
const MAXIMUM_LENGTH = 8 * 1024;
/** No access token of ours lives longer, whatever is configured. */
const MAXIMUM_LIFETIME_SECONDS = 3600;
/** How far two clocks of one installation may be apart. */
export const CLOCK_TOLERANCE_SECONDS = 5;

const PART = /^[A-Za-z0-9_-]+$/;
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;
const TOKEN_ID = /^[A-Za-z0-9_-]{22}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPE = /^(application\/)?at\+jwt$/i;
/** What would have us take the sender's word for the key, or heed what we don't know (RFC 8725, sections 3.10 and 3.11). */
const REFUSED = ['jwk', 'jku', 'x5u', 'x5c', 'crit'];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The key that a token of the right shape and type names.
 * @param {unknown} token
 */
export function keyNamedBy(token) {
  if (typeof token !== 'string' || token.length > MAXIMUM_LENGTH) throw malformed();
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(isCanonical)) throw malformed();
  const { typ, kid, ...rest } = parsed(Buffer.from(/** @type {string} */ (parts[0]), 'base64url'));
  const isOurs = typeof typ === 'string' && TYPE.test(typ) && typeof kid === 'string' && KEY_ID.test(kid);
  if (!isOurs || REFUSED.some(name => name in rest && rest[name] !== null)) throw malformed();
  return kid;
}

/**
 * One text for one content: decoders are more lenient than that.
 * @param {string} part
 */
function isCanonical(part) {
  return PART.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part;
}

/**
 * @param {Uint8Array} payload
 * @param {Settings} settings
 * @returns {Claims}
 */
export function readClaims(payload, { issuer }) {
  const claims = parsed(payload);
  const { iss, aud, sub, sid, jti, iat, exp, nbf, auth_time, amr, client_id, scope, rev } = claims;
  const isWhole = [iss, aud, client_id].every(isText)
    && [sub, sid].every(id => isText(id) && UUID.test(id))
    && isText(jti) && TOKEN_ID.test(jti) && isCanonical(jti)
    && [iat, exp, auth_time, rev].every(Number.isSafeInteger)
    && (isAbsent(nbf) || Number.isSafeInteger(nbf))
    && (isAbsent(scope) || isText(scope))
    && Array.isArray(amr) && amr.every(isText);
  if (!isWhole || iss !== issuer) throw malformed();
  const lifetime = exp - iat;
  if (lifetime < 1 || lifetime > MAXIMUM_LIFETIME_SECONDS) throw malformed();
  Object.freeze(amr);
  return Object.freeze({ iss, aud, sub, sid, jti, iat, exp, nbf, auth_time, amr, client_id, scope, rev });
}

/**
 * Asked each time: whose it is, and whether its time is now.
 * @param {Claims} claims
 * @param {Settings} settings
 */
export function checkClaims(claims, { audience, clientId, leewaySeconds, clock }) {
  // Of two applications with one audience, this one hears of the revocations of its own only.
  if (claims.aud !== audience || claims.client_id !== clientId) throw unauthenticated('WRONG_AUDIENCE');
  const now = Math.floor(clock.now() / 1000);
  if (now >= claims.exp + leewaySeconds) throw unauthenticated('EXPIRED');
  const earliest = Math.max(claims.nbf ?? -Infinity, claims.iat);
  if (earliest > now + CLOCK_TOLERANCE_SECONDS) throw unauthenticated('NOT_YET_VALID');
}

/**
 * @param {Uint8Array} bytes
 * @returns {Record<string, any>}
 */
function parsed(bytes) {
  let value;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw malformed();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return value;
}

/** @type {(value: unknown) => value is string} */
const isText = value => typeof value === 'string';
/** @type {(value: unknown) => boolean} */
const isAbsent = value => value === undefined || value === null;
