// Turns among tabs of a browser that has no Web Locks: by asking around. Who hears no objection for a while has its turn.
//
// It is less than a lock: a tab that is too busy to object is not waited for.

/** How long an objection may be under way. Milliseconds. */
const OBJECTION = 500;
/** No tab that only waits objects to who has its turn. */
const FIRST = -1;

export class Turns {
  #clock;
  #open;

  /**
   * @param {import('../index.js').Clock} clock
   * @param {(name: string) => BroadcastChannel | undefined} open
   */
  constructor(clock, open) {
    this.#clock = clock;
    this.#open = open;
  }

  /**
   * As `LockManager.request`.
   * @param {string} name
   * @param {{ signal: AbortSignal }} options
   * @param {() => Promise<unknown>} hold
   */
  async request(name, { signal }, hold) {
    // Of its own, and open for as long: a tab that closes meanwhile still objects.
    const channel = this.#open(`${name} turn`);
    if (!channel) return hold();
    let rank = Math.random();
    let isFree;
    channel.onmessage = ({ data }) => {
      if (data?.rank < rank) isFree = false;
      // An objection is no question: nobody objects to it.
      else if (data?.asks && data.rank > rank) channel.postMessage({ rank });
    };
    try {
      do {
        isFree = true;
        channel.postMessage({ rank, asks: true });
        await new Promise(resolve => this.#clock.after(OBJECTION, () => resolve(undefined)));
        if (signal.aborted) throw signal.reason;
      } while (!isFree);
      rank = FIRST;
      return await hold();
    } finally {
      channel.close();
    }
  }
}
