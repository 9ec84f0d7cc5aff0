/** Time as it passes; the probe’s tests move another one. */
export interface Clock {
  /** Milliseconds since whenever, never set back. */
  now(): number;
  /** Calls `action` once, later; gives what prevents that. */
  after(milliseconds: number, action: () => void): () => void;
}

export const steadyClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
