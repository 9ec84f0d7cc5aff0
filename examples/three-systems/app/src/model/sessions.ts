import type { SessionsData } from '@cardea/client';

import { Store } from './store';
import type { System } from './system';
import { explain } from './words';

/** One sign-in that is not over, of whoever is signed in. */
export type Row = NonNullable<SessionsData['me']>['sessions']['nodes'][number];

export interface Sessions {
  readonly rows: readonly Row[];
  readonly page: number;
  readonly hasNext: boolean;
  readonly trouble: string | null;
}

const NOTHING: Sessions = { rows: [], page: 0, hasNext: false, trouble: null };
const PER_PAGE = 20;
const EVERY_MILLISECONDS = 10_000;

/** The list of sessions, asked by whichever client is signed in. */
export class SessionList {
  readonly sessions = new Store<Sessions>(NOTHING);
  readonly #systems: readonly System[];
  /** Where each page begins, up to the one that is shown. */
  #starts: (string | null)[] = [null];
  #next: string | null = null;
  #isAsking = false;
  #isOutdated = false;

  constructor(systems: readonly System[]) {
    this.#systems = systems;
    setInterval(() => {
      if (document.visibilityState === 'visible') void this.refresh();
    }, EVERY_MILLISECONDS);
  }

  /** However often it is called meanwhile, it asks once more at most. */
  async refresh(): Promise<void> {
    this.#isOutdated = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#isOutdated) {
      this.#isOutdated = false;
      await this.#ask();
    }
    this.#isAsking = false;
  }

  async turn(direction: 'next' | 'previous'): Promise<void> {
    if (direction === 'next' && this.#next !== null) {
      this.#starts.push(this.#next);
      // Where the one after it begins is known when it is there.
      this.#next = null;
    }
    if (direction === 'previous' && this.#starts.length > 1) this.#starts.pop();
    await this.refresh();
  }

  async #ask(): Promise<void> {
    const system = this.#systems.find(({ isSignedIn }) => isSignedIn);
    if (!system) {
      this.#starts = [null];
      this.sessions.set(NOTHING);
      return;
    }
    for (const each of this.#systems) void each.learnWho();
    try {
      const after = this.#starts.at(-1) ?? null;
      const { nodes, pageInfo } = await system.client.sessions({ first: PER_PAGE, after, state: 'ACTIVE' });
      // Somebody leafed on meanwhile: that is asked for next.
      if (after !== (this.#starts.at(-1) ?? null)) return;
      if (this.#starts.length > 1 && (nodes.length === 0 || !pageInfo.hasPreviousPage)) {
        // What was here has ended, or all that came before it.
        this.#starts = nodes.length === 0 ? this.#starts.slice(0, -1) : [null];
        this.#isOutdated = true;
        return;
      }
      this.#next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      this.sessions.set({ rows: nodes, page: this.#starts.length - 1, hasNext: pageInfo.hasNextPage, trouble: null });
    } catch (error) {
      // Whoever was just signed out is asked no more; another client may be signed in.
      if (system.isSignedIn) this.sessions.set({ ...this.sessions.now, trouble: explain(error) });
      else this.#isOutdated = true;
    }
  }
}
