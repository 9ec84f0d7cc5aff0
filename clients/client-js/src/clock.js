// Time as it passes. What the wall clock says, and who sets it, is of no account here.

/** The longest that browsers wait; beyond it they would not wait at all. */
const LONGEST = 2 ** 31 - 1;

/** @type {import('../index.js').Clock} */
export const clock = {
  elapsed: () => performance.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, Math.min(Math.ceil(milliseconds), LONGEST));
    return () => clearTimeout(timer);
  },
};

/** The first wait after a failure, the longest, and how much of it is left to chance, so that many don't come back at once. */
const [FIRST, MOST, CHANCE] = [1000, 30_000, 0.5];
/** More than an hour no server means, and no page waits for. Seconds. */
const LONGEST_RETRY = 3600;

/**
 * How long to wait after so many failures in a row, in milliseconds: never less than the server asked for, up to an hour.
 * @param {number} failures
 * @param {number | null} retryAfter seconds
 */
export function backOff(failures, retryAfter) {
  const wait = Math.min(FIRST * 2 ** (failures - 1), MOST);
  return Math.max(wait * (1 - CHANCE * Math.random()), Math.min(retryAfter ?? 0, LONGEST_RETRY) * 1000);
}
