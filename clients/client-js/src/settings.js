// What the app said, checked, with defaults for what it didn't say.
import { clock } from './clock.js';
import { undisturbed } from './undisturbed.js';

/**
 * @typedef {object} Settings
 * @property {string} url
 * @property {string | undefined} clientId
 * @property {number} timeout milliseconds
 * @property {(fault: import('../index.js').CardeaError) => void} onFault
 * @property {typeof globalThis.fetch} fetch
 * @property {LockManager | undefined} locks
 * @property {typeof globalThis.BroadcastChannel | undefined} BroadcastChannel
 * @property {import('../index.js').Clock} clock
 */

/**
 * @param {import('../index.js').Options} options
 * @returns {Settings}
 */
export function settingsOf(options) {
  const { url, clientId, timeoutSeconds = 10, onFault = () => {} } = options;
  if (typeof url !== 'string' || url === '') throw new TypeError('url must name the server, such as https://id.example.com/graphql');
  if (clientId !== undefined && (typeof clientId !== 'string' || clientId === '')) throw new TypeError('clientId must name an application');
  if (!(timeoutSeconds >= 0.05 && timeoutSeconds <= 60)) throw new RangeError('timeoutSeconds must be from 0.05 to 60');
  return {
    url,
    clientId,
    timeout: timeoutSeconds * 1000,
    onFault: fault => undisturbed(() => onFault(fault)),
    fetch: options.fetch ?? ((...all) => globalThis.fetch(...all)),
    locks: 'locks' in options ? options.locks : globalThis.navigator?.locks,
    BroadcastChannel: 'BroadcastChannel' in options ? options.BroadcastChannel : globalThis.BroadcastChannel,
    clock: options.clock ?? clock,
  };
}
