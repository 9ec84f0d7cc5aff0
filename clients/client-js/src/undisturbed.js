// The app's own code, called in the midst of ours.

/**
 * What it throws is told where uncaught errors are, and keeps nobody from being logged out.
 * @param {() => void} call
 */
export function undisturbed(call) {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}
