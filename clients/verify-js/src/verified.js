// A token that was valid when it was verified.
import { forbidden } from './errors.js';

/** @typedef {import('../index.js').Claims} Claims */

export class Verified {
  /** @param {Claims} claims */
  constructor(claims) {
    this.claims = claims;
    this.userId = claims.sub;
    this.sessionId = claims.sid;
    this.scopes = new Set((claims.scope ?? '').split(' ').filter(scope => scope !== ''));
    Object.freeze(this);
  }

  /** @param {string[]} scopes */
  require(...scopes) {
    if (!scopes.every(scope => this.scopes.has(scope))) throw forbidden(scopes);
  }
}
