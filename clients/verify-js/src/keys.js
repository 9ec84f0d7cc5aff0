// The server's public keys: fetched, remembered, and fetched anew when a token names another one.
import { importJWK } from 'jose';
import { unavailable } from './errors.js';
import { Unanswered, askJson } from './http.js';

/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {{ key: CryptoKey | Uint8Array, alg: string }} Key */

const PATH = '/.well-known/jwks.json';
/** A `kid` that nobody knows costs the server one question a second, whoever invents it. */
const PACE = 1000;
/** Keys are published long before their first token; one that was withdrawn is in the feed as well. */
const REFRESHED_AFTER = 600_000;
/** Who waits for one fetch; more are told to come again. */
const MAXIMUM_WAITING = 1000;
const MAXIMUM_KEYS = 100;

export class Keys {
  /** @type {Map<string, Key> | null} */
  #keys = null;
  /** @type {Promise<void> | null} */
  #refreshing = null;
  #startedAt = -Infinity;
  #waiting = 0;
  #settings;
  #signal;

  /**
   * @param {Settings} settings
   * @param {AbortSignal} signal
   */
  constructor(settings, signal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  get areKnown() {
    return this.#keys !== null;
  }

  /**
   * The key of this name, or undefined when the server has none.
   * @param {string} kid
   */
  async find(kid) {
    const key = this.#keys?.get(kid);
    if (key) {
      if (this.#settings.clock.elapsed() - this.#startedAt > REFRESHED_AFTER) this.#refresh().catch(() => {});
      return key;
    }
    if (this.#waiting >= MAXIMUM_WAITING) throw unavailable('too many wait for the keys');
    this.#waiting += 1;
    const asked = this.#settings.clock.elapsed();
    try {
      // A fetch that was begun before knows nothing of a key that came after.
      do await this.#refresh(); while (!this.#keys?.has(kid) && this.#startedAt < asked);
    } catch (cause) {
      throw unavailable('the keys can not be had', { cause });
    } finally {
      this.#waiting -= 1;
    }
    return this.#keys?.get(kid);
  }

  /** Fetches the keys, if they aren't there. */
  async fetch() {
    if (!this.#keys) await this.#refresh();
  }

  /** One at a time, one a second: who comes before its beginning or in its middle waits for the same. */
  #refresh() {
    this.#refreshing ??= this.#replace().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #replace() {
    const { clock, onFault } = this.#settings;
    const early = this.#startedAt + PACE - clock.elapsed();
    if (early > 0) await new Promise(resolve => setTimeout(resolve, early));
    this.#startedAt = clock.elapsed();
    try {
      const set = await askJson(this.#settings, PATH, { signal: this.#signal });
      this.#keys = await read(set);
    } catch (fault) {
      if (!this.#signal.aborted) onFault(/** @type {Error} */ (fault));
      throw fault;
    }
  }
}

/** @param {Record<string, any>} set */
async function read(set) {
  if (!Array.isArray(set.keys) || set.keys.length > MAXIMUM_KEYS) throw new Unanswered(`${PATH}: this is no set of keys`);
  const keys = new Map();
  for (const jwk of set.keys) {
    const alg = algorithmOf(jwk);
    if (!alg || typeof jwk.kid !== 'string') continue;
    // One key that is none keeps no other from being used.
    const key = await importJWK(jwk, alg).catch(() => null);
    if (key) keys.set(jwk.kid, { key, alg });
  }
  if (keys.size === 0) throw new Unanswered(`${PATH}: there is no key to verify with`);
  return keys;
}

/**
 * The algorithm is the key's, whatever a token says (RFC 8725, section 3.1).
 * @param {any} jwk
 */
function algorithmOf(jwk) {
  if (typeof jwk !== 'object' || jwk === null || 'd' in jwk || (jwk.use ?? 'sig') !== 'sig') return null;
  const kind = [jwk.alg, jwk.kty, jwk.crv ?? ''].join(' ');
  return ['ES256 EC P-256', 'EdDSA OKP Ed25519', 'RS256 RSA '].includes(kind) ? jwk.alg : null;
}
