// What the caller wants, checked, with the defaults filled in.

/** @typedef {ReturnType<typeof settingsOf>} Settings */

/** As at the server: with it a token is over, whatever is set. */
export const LONGEST_LEEWAY_SECONDS = 5;

const CLOCK = { now: () => Date.now(), elapsed: () => performance.now() };

/** @param {import('../index.js').Options} options */
export function settingsOf(options) {
  const { whenStale = 'ask', allowInsecure = false } = options;
  if (whenStale !== 'ask' && whenStale !== 'refuse') throw new TypeError('whenStale is "ask" or "refuse"');
  const clientId = text(options, 'clientId');
  const secret = text(options, 'clientSecret');
  return {
    issuer: text(options, 'issuer'),
    audience: text(options, 'audience'),
    clientId,
    authorization: `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64')}`,
    server: serverOf(options.server ?? text(options, 'issuer'), allowInsecure),
    freshness: number(options, 'freshnessSeconds', 5, [1, 60]) * 1000,
    asks: whenStale === 'ask',
    leewaySeconds: number(options, 'leewaySeconds', 0, [0, LONGEST_LEEWAY_SECONDS]),
    timeout: number(options, 'timeoutSeconds', 2, [0.05, 30]) * 1000,
    rememberedTokens: number(options, 'rememberedTokens', 50_000, [0, 1_000_000]),
    // On a stack of its own: what the caller's function throws must not end the feed.
    onFault: (/** @type {Error} */ fault) => queueMicrotask(() => options.onFault?.(fault)),
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? CLOCK,
  };
}

/**
 * @param {import('../index.js').Options} options
 * @param {'issuer' | 'audience' | 'clientId' | 'clientSecret'} name
 */
function text(options, name) {
  const value = options[name];
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} is missing`);
  return value;
}

/**
 * @param {import('../index.js').Options} options
 * @param {'freshnessSeconds' | 'leewaySeconds' | 'timeoutSeconds' | 'rememberedTokens'} name
 * @param {number} standard
 * @param {[number, number]} range
 */
function number(options, name, standard, [least, most]) {
  const value = options[name] ?? standard;
  if (!(typeof value === 'number' && value >= least && value <= most)) {
    throw new TypeError(`${name} is a number from ${least} to ${most}`);
  }
  return value;
}

/**
 * @param {string} server
 * @param {boolean} allowInsecure
 */
function serverOf(server, allowInsecure) {
  const url = new URL(server);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && (isLoopback || allowInsecure));
  if (!isSafe) throw new TypeError(`${server}: keys and secrets want https (or allowInsecure, on a network that you trust)`);
  return server.replace(/\/+$/, '');
}

/**
 * RFC 6749, section 2.3.1.
 * @param {string} value
 */
function formEncoded(value) {
  return new URLSearchParams({ '': value }).toString().slice(1);
}
