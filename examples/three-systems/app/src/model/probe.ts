import type { Client } from '@cardea/client';

import type { Answer } from './answer';
import type { Clock } from './clock';
import { Store } from './store';

/** What a probe knows. */
export interface Asked {
  readonly last: Answer | null;
  /** The last ones, oldest first. */
  readonly recent: readonly Answer[];
  /** How it goes on: as fast as answers come, once a second, or not at all. */
  readonly pace: 'fast' | 'steady' | 'stopped';
}

export interface Means {
  client: Pick<Client, 'state' | 'subscribe' | 'authorize'>;
  ask: (token: string | null) => Promise<Answer>;
  clock: Clock;
  /** Hears each answer, and the one before. */
  onAnswer: (answer: Answer, before: Answer | null) => void;
}

const STEADY_MILLISECONDS = 1000;
/** Between two questions at least, however fast the answers come. */
const FAST_MILLISECONDS = 10;
/** The same after anything but 200: browsers write each such answer to their console. */
const CAREFUL_MILLISECONDS = 250;
const HURRY_MILLISECONDS = 3000;
const REMEMBERED = 60;

/**
 * Asks one system, over and over, whether it still takes this page's token. While the client is signed in, it asks by the client. After a
 * logout it goes on with a copy of the last token, as a thief would, until that is refused for good.
 */
export class Probe {
  readonly asked = new Store<Asked>({ last: null, recent: [], pace: 'stopped' });
  readonly #means: Means;
  readonly #unsubscribe: () => void;
  #copy: string | null = null;
  #isAsking = false;
  #isClosed = false;
  #hurriedUntil = 0;
  #cancelTimer = () => {};

  constructor(means: Means) {
    this.#means = means;
    this.#unsubscribe = means.client.subscribe(() => this.hurry());
  }

  /** Something may change the answer: asks as fast as answers come, for a while. */
  hurry(): void {
    this.#hurriedUntil = this.#means.clock.now() + HURRY_MILLISECONDS;
    this.askNow();
  }

  /** Asks out of turn, once. */
  askNow(): void {
    const rest = (this.asked.now.last?.askedAt ?? -Infinity) + FAST_MILLISECONDS - this.#means.clock.now();
    if (!this.#isAsking) this.#schedule(Math.max(0, rest));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#unsubscribe();
  }

  #schedule(milliseconds: number): void {
    this.#cancelTimer();
    if (!this.#isClosed) this.#cancelTimer = this.#means.clock.after(milliseconds, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    if (this.#hasToken()) {
      this.#isAsking = true;
      // A client that gets no token now says so in its state: the next turn asks again.
      await (this.#isSignedIn() ? this.#askByClient() : this.#askWithCopy()).catch(() => {});
      this.#isAsking = false;
    }
    if (this.#hasToken()) this.#schedule(this.#pause());
    this.asked.set({ ...this.asked.now, pace: this.#pace() });
  }

  async #askByClient(): Promise<void> {
    await this.#means.client.authorize(token => {
      this.#copy = token;
      return this.#ask(token);
    });
  }

  async #askWithCopy(): Promise<void> {
    const copy = this.#copy;
    const answer = await this.#ask(copy);
    // Nothing mends a copy. Unless somebody signed in meanwhile, that was its last answer.
    const isOver = answer.tone === 'refused' || answer.label === '401 TOKEN_STALE';
    if (isOver && this.#copy === copy) this.#copy = null;
  }

  async #ask(token: string | null): Promise<Answer> {
    const answer = await this.#means.ask(token);
    const { last, recent, pace } = this.asked.now;
    this.asked.set({ last: answer, recent: [...recent.slice(1 - REMEMBERED), answer], pace });
    this.#means.onAnswer(answer, last);
    return answer;
  }

  #pause(): number {
    if (this.#means.clock.now() >= this.#hurriedUntil) return STEADY_MILLISECONDS;
    return this.asked.now.last?.tone === 'passed' ? FAST_MILLISECONDS : CAREFUL_MILLISECONDS;
  }

  #pace(): Asked['pace'] {
    if (!this.#hasToken()) return 'stopped';
    return this.#pause() === STEADY_MILLISECONDS ? 'steady' : 'fast';
  }

  #isSignedIn(): boolean {
    return this.#means.client.state.status === 'in';
  }

  #hasToken(): boolean {
    return this.#isSignedIn() || this.#copy !== null;
  }
}
