import { createClient, type CardeaError, type Client, type State } from '@cardea/client';

import { ask, type Answer } from './answer';
import { steadyClock } from './clock';
import { Probe } from './probe';
import { scopesIn } from './scopes';
import type { About } from './script';
import { Store } from './store';
import { askWho, type Who } from './who';

/** Who wants to hear of what a system and its client do. */
export interface Listener {
  hearAnswer(clientId: string, answer: Answer, before: Answer | null, isSignedIn: boolean): void;
  hearState(clientId: string, state: State, before: State): void;
  hearFault(fault: CardeaError): void;
}

/** One system: the client that is signed in there, the probe that asks it, and what is known of both. */
export class System {
  readonly about: About;
  readonly client: Client;
  readonly probe: Probe;
  readonly who = new Store<Who | null>(null);
  /** What the guarded path answered last, in this session. */
  readonly guarded = new Store<Answer | null>(null);
  /** What the token opens that was shown last. */
  readonly scopes = new Store<ReadonlySet<string>>(new Set());
  #shown: string | null = null;

  constructor(about: About, cardea: string, listener: Listener) {
    const { clientId, url, open } = about;
    this.about = about;
    this.client = createClient({ url: cardea, clientId, onFault: fault => listener.hearFault(fault) });
    let before = this.client.state;
    this.client.subscribe(state => {
      listener.hearState(clientId, state, before);
      this.#follow(state, before);
      before = state;
    });
    this.probe = new Probe({
      client: this.client,
      ask: token => this.#ask(url + open, token),
      clock: steadyClock,
      onAnswer: (answer, last) => listener.hearAnswer(clientId, answer, last, this.isSignedIn),
    });
  }

  get isSignedIn(): boolean {
    return this.client.state.status === 'in';
  }

  async askGuarded(): Promise<void> {
    const { url, guarded } = this.about;
    await this.client.authorize(async token => {
      const answer = await ask(url + guarded, token);
      this.guarded.set(answer);
      return answer;
    });
  }

  /** Whose session it is, if that isn't known yet. What can't be known now is asked with the next sessions. */
  async learnWho(): Promise<void> {
    const { sessionId } = this.client.state;
    if (!this.isSignedIn || this.who.now !== null) return;
    const who = await askWho(this.client).catch(() => null);
    if (this.client.state.sessionId === sessionId) this.who.set(who);
  }

  /** @throws {Error} if it can't be known now. */
  async knownWho(): Promise<Who> {
    await this.learnWho();
    if (!this.who.now) throw new Error('It isn’t known now whose session this is. Try again in a moment.');
    return this.who.now;
  }

  #ask(url: string, token: string | null): Promise<Answer> {
    if (token !== this.#shown) this.scopes.set(scopesIn(token));
    this.#shown = token;
    return ask(url, token);
  }

  #follow(state: State, before: State): void {
    if (state.sessionId === before.sessionId) return;
    this.who.set(null);
    this.guarded.set(null);
    void this.learnWho();
  }
}
