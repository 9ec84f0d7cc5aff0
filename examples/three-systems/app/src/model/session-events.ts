import { createClient } from 'graphql-ws';

import type { System } from './system';

const SUBSCRIPTION = { query: 'subscription { sessionEvents { __typename } }' };
/** How long to wait after a socket ended, and at most after some that never opened. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 10_000];
/** How long the server may take to let a socket in. */
const PATIENCE = 5000;

/** Cardea's word of the sessions of whoever is signed in, on whatever device: by one socket, of whichever client that is. */
export class SessionEvents {
  readonly #url: string;
  readonly #systems: readonly System[];
  readonly #onWord: () => void;
  #followed: string | null = null;
  #end = () => {};

  /** `onWord` is called when sessions have started or ended, and when they may have done so unheard. */
  constructor(cardea: string, systems: readonly System[], onWord: () => void) {
    this.#url = cardea.replace(/^http/, 'ws');
    this.#systems = systems;
    this.#onWord = onWord;
  }

  /** Somebody signed in or out: from now on whoever is in is followed. */
  follow(): void {
    const system = this.#systems.find(({ isSignedIn }) => isSignedIn);
    const sessionId = system?.client.state.sessionId ?? null;
    if (sessionId === this.#followed) return;
    this.#followed = sessionId;
    this.#end();
    this.#end = system ? this.#listen(system) : () => {};
  }

  /** Gives what ends it. */
  #listen({ client }: System): () => void {
    let hasEnded = false;
    let wait = FIRST_WAIT;
    let timer = 0;
    let leave = () => {};
    const socket = createClient({
      url: this.#url,
      // A new socket has a new token: the server closes one whose token has run out.
      retryAttempts: 0,
      connectionAckWaitTimeout: PATIENCE,
      connectionParams: async () => ({ authorization: `Bearer ${await client.token()}` }),
      on: {
        connected: () => {
          wait = FIRST_WAIT;
          this.#onWord();
        },
      },
    });
    const again = () => {
      if (hasEnded) return;
      // It may be over because the session is: whoever asks is told so.
      this.#onWord();
      timer = window.setTimeout(open, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    };
    const open = () => {
      leave = socket.subscribe(SUBSCRIPTION, { next: this.#onWord, error: again, complete: again });
    };
    open();
    return () => {
      hasEnded = true;
      clearTimeout(timer);
      // The socket closes when nobody listens; `dispose` would close it before what is under way has been said.
      leave();
    };
  }
}
