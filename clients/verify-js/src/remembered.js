// Tokens whose signature was good, by their SHA-256: neither their time nor their revocation is remembered.
import * as crypto from 'node:crypto';

/** @typedef {{ kid: string, verified: import('./verified.js').Verified }} Known */

export class Remembered {
  /** @type {Map<string, Known>} */
  #tokens = new Map();
  #limit;

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  /** @param {string} digest */
  find(digest) {
    return this.#tokens.get(digest);
  }

  /**
   * @param {string} digest
   * @param {Known} known
   */
  keep(digest, known) {
    if (this.#limit === 0) return;
    if (this.#tokens.size >= this.#limit) {
      // The one that came first: as a rule it expires first.
      const [oldest] = this.#tokens.keys();
      if (oldest !== undefined) this.#tokens.delete(oldest);
    }
    this.#tokens.set(digest, known);
  }

  /** @param {string} digest */
  forget(digest) {
    this.#tokens.delete(digest);
  }
}

/**
 * @type {(token: string) => string}
 * In one call, where Node has it (20.12).
 */
export const digestOf = 'hash' in crypto
  ? token => /** @type {any} */ (crypto).hash('sha256', token, 'base64')
  : token => crypto.createHash('sha256').update(token).digest('base64');
