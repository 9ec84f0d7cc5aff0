import type { CardeaError, LogoutOutcome } from '@cardea/client';

import { Operator } from './operator';
import type { Script } from './script';
import { SessionEvents } from './session-events';
import { SessionList } from './sessions';
import { Store } from './store';
import { System } from './system';
import { Timeline, type Plan } from './timeline';
import { explain, explainDoubt } from './words';

const LACKS = new Set(['NO_LOCKS', 'NO_CHANNEL']);

/** All that is on stage, made once a page. */
export class Demo {
  readonly systems: readonly System[];
  readonly timeline: Timeline;
  readonly sessions: SessionList;
  readonly operator = new Operator();
  /** What this browser lacks, for as long as the page is open. */
  readonly lacks = new Store<readonly CardeaError[]>([]);
  readonly #events: SessionEvents;

  constructor({ cardea, systems }: Script) {
    this.timeline = new Timeline(clientId => systems.find(about => about.clientId === clientId)?.name ?? clientId);
    this.systems = systems.map(about => new System(about, cardea, {
      hearAnswer: (...word) => this.timeline.hearAnswer(...word),
      hearFault: fault => this.#noteLack(fault),
      hearState: (clientId, state, before) => {
        const isFromElsewhere = this.timeline.hearState(clientId, state, before);
        // Who ended this session may have ended the others as well: they learn it by asking.
        if (isFromElsewhere) this.hurry(this.systems.map(({ about }) => about.clientId));
        if (state.sessionId === before.sessionId) return;
        void this.sessions.refresh();
        this.#events.follow();
      },
    }));
    this.sessions = new SessionList(this.systems);
    this.#events = new SessionEvents(cardea, this.systems, () => void this.sessions.refresh());
  }

  start(): void {
    for (const { client } of this.systems) void client.start();
    this.operator.start();
  }

  /** Whichever system somebody is signed in at. */
  get anySignedIn(): System | undefined {
    return this.systems.find(({ isSignedIn }) => isSignedIn);
  }

  /** Where the same person is signed in as at this one. */
  signedInLike({ client }: System): System[] {
    return this.systems.filter(other => other.isSignedIn && other.client.state.userId === client.state.userId);
  }

  /** Asks those in a hurry whose answers may change; the others once, to see that theirs don't. */
  hurry(clientIds: Iterable<string>): void {
    const touched = new Set(clientIds);
    for (const { about, probe } of this.systems) {
      if (touched.has(about.clientId)) probe.hurry();
      else probe.askNow();
    }
  }

  /** Does something, and notes on the time line what becomes of it. Never fails: gives what went wrong, in words. */
  async happen(plan: Plan, run: (id: number) => Promise<LogoutOutcome | void>): Promise<string | null> {
    const id = this.timeline.begin(plan);
    this.hurry(plan.touches);
    try {
      const outcome = await run(id);
      if (outcome?.confirmed === false) {
        this.timeline.tellTrouble(id, explainDoubt(outcome.fault));
      } else if (outcome) {
        this.timeline.markCardea(id, 'confirmed', 'passed');
      }
      return null;
    } catch (error) {
      const trouble = explain(error);
      this.timeline.fail(id, trouble);
      return trouble;
    } finally {
      this.hurry(plan.touches);
      void this.sessions.refresh();
    }
  }

  /** Each client says it by itself; other faults are in their states. */
  #noteLack(fault: CardeaError): void {
    const known = this.lacks.now;
    if (LACKS.has(fault.code) && known.every(({ code }) => code !== fault.code)) this.lacks.set([...known, fault]);
  }
}
