// Verifies access tokens of one application, in this process.
import { setMaxListeners } from 'node:events';
import { compactVerify } from 'jose';
import { VerifyError, malformed, stale, unauthenticated, unavailable } from './errors.js';
import { Feed } from './feed.js';
import { Unanswered } from './http.js';
import { Introspection } from './introspection.js';
import { Keys } from './keys.js';
import { Ledger } from './ledger.js';
import { Remembered, digestOf } from './remembered.js';
import { settingsOf } from './settings.js';
import { checkClaims, keyNamedBy, readClaims } from './token.js';
import { Verified } from './verified.js';

export { VerifyError };

/** How long to wait for the feed when a token comes from a position that it has not told yet. */
const PATIENCE = 250;
/** How often `ready` looks. */
const LOOK = 20;

/** @type {typeof import('../index.js').createVerifier} */
export function createVerifier(options) {
  return new Verifier(options);
}

class Verifier {
  #settings;
  #closing = new AbortController();
  #keys;
  #ledger;
  #feed;
  #introspection;
  #remembered;

  /** @param {import('../index.js').Options} options */
  constructor(options) {
    this.#settings = settingsOf(options);
    const { signal } = this.#closing;
    // As many as there are questions under way.
    setMaxListeners(0, signal);
    this.#keys = new Keys(this.#settings, signal);
    this.#ledger = new Ledger(this.#settings);
    this.#feed = new Feed(this.#settings, this.#ledger, signal);
    this.#introspection = new Introspection(this.#settings, signal);
    this.#remembered = new Remembered(this.#settings.rememberedTokens);
    this.#keys.fetch().catch(() => {});
  }

  /** @param {string} token */
  async verify(token) {
    if (this.#closing.signal.aborted) throw unavailable('the verifier is closed');
    const { kid, verified } = await this.#signed(token);
    const { claims } = verified;
    checkClaims(claims, this.#settings);
    this.#refuseRevoked(kid, claims);
    if (this.#ledger.isFresh) {
      if (claims.rev <= this.#ledger.position) return verified;
      await this.#ledger.hears(claims.rev, PATIENCE);
      this.#refuseRevoked(kid, claims);
      if (this.#ledger.isFresh && claims.rev <= this.#ledger.position) return verified;
    } else if (!this.#settings.asks) {
      throw unavailable('the revocations were not heard lately');
    }
    await this.#introspection.ask(token, claims.jti);
    return verified;
  }

  /** @param {number} [limitSeconds] */
  async ready(limitSeconds = 10) {
    const end = performance.now() + limitSeconds * 1000;
    for (;;) {
      if (this.#closing.signal.aborted) throw unavailable('the verifier is closed');
      if (this.#keys.areKnown && this.#ledger.isFresh) return;
      const cause = this.#feed.fault;
      // Nothing that waiting would mend.
      const isRefused = cause instanceof Unanswered && cause.status === 401;
      if (isRefused || performance.now() >= end) throw unavailable('keys or revocations are not there', { cause });
      await this.#keys.fetch().catch(() => {});
      await new Promise(resolve => setTimeout(resolve, LOOK));
    }
  }

  status() {
    const { id, isFresh, position, size } = this.#ledger;
    return { fresh: isFresh, ledger: id, position, revocations: size, fault: this.#feed.fault };
  }

  close() {
    this.#closing.abort();
  }

  /**
   * What a token with a good signature says.
   * @param {string} token
   */
  async #signed(token) {
    if (typeof token !== 'string') throw malformed();
    const digest = digestOf(token);
    const remembered = this.#remembered.find(digest);
    if (remembered) return remembered;
    const kid = keyNamedBy(token);
    const key = await this.#keys.find(kid);
    // One that was withdrawn is not published any more.
    if (!key) throw this.#ledger.isKeyRevoked(kid) ? unauthenticated('REVOKED') : malformed();
    const { payload } = await compactVerify(token, key.key, { algorithms: [key.alg] }).catch(() => {
      throw malformed();
    });
    const known = { kid, verified: new Verified(readClaims(payload, this.#settings)) };
    this.#remembered.keep(digest, known);
    return known;
  }

  /**
   * @param {string} kid
   * @param {import('../index.js').Claims} claims
   */
  #refuseRevoked(kid, claims) {
    const reason = this.#ledger.judge(kid, claims);
    if (reason === 'TOKEN_STALE') throw stale();
    if (reason !== null) throw unauthenticated(reason);
  }
}
