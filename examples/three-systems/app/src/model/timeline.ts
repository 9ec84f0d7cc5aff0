import type { State } from '@cardea/client';

import type { Answer, Tone } from './answer';
import { causeOfAnswer, causeOfState, isSpared, kinOf } from './causes';
import type { Happening, Sense } from './happening';
import { Store } from './store';

/** What somebody at this page sets out to do. */
export interface Plan {
  readonly title: string;
  readonly sense: Sense;
  readonly touches: readonly string[];
  /** By default, all that an end touches. */
  readonly awaits?: readonly string[];
  /** For how long changes may be its doing. */
  readonly openSeconds?: number;
}

const REMEMBERED = 20;
const OPEN_SECONDS = 20;
const ELSEWHERE: Record<Sense, string> = { begins: 'signed in at ', ends: 'signed out of ', other: '' };

/** What happened, newest first, and when each system heard of it. */
export class Timeline {
  readonly happenings = new Store<readonly Happening[]>([]);
  /** How each system answered last. */
  readonly #tones = new Map<string, Tone>();
  readonly #nameOf: (clientId: string) => string;
  #count = 0;

  constructor(nameOf: (clientId: string) => string) {
    this.#nameOf = nameOf;
  }

  /** The clock runs from here: call it with the click. Gives what names the happening. */
  begin(plan: Plan): number {
    return this.#add(plan, { startedAt: performance.now(), isFromElsewhere: false });
  }

  /** What Cardea did, or what became of it, at this moment. */
  markCardea(id: number, label: string, tone: Tone): void {
    this.#change(id, ({ startedAt, cardea }) => ({
      cardea: [...cardea, { clientId: 'cardea', label, tone, after: performance.now() - startedAt }],
    }));
  }

  /** What is the matter with it; null, if that is mended. */
  tellTrouble(id: number, trouble: string | null): void {
    this.#change(id, () => ({ trouble }));
  }

  /** It was not done, or not all of it. */
  fail(id: number, trouble: string): void {
    this.#change(id, () => ({ trouble, isFailed: true, awaits: new Set() }));
  }

  /** A system answered. If it answers otherwise than before, something made it do so. */
  hearAnswer(clientId: string, answer: Answer, before: Answer | null, isSignedIn: boolean): void {
    this.#tones.set(clientId, answer.tone);
    if (answer.tone === 'passed') this.#noteUnmoved(clientId, answer.askedAt);
    if (answer.label === before?.label) return;
    const cause = causeOfAnswer(this.happenings.now, clientId, answer, isSignedIn)?.id ?? this.#fromElsewhere(clientId, answer, before);
    if (cause === null) return;
    const { label, tone, at } = answer;
    this.#change(cause, ({ startedAt, marks }) => ({ marks: [...marks, { clientId, label, tone, after: at - startedAt }] }));
  }

  /** A client's state changed. True, if nothing was done here that explains it: then somebody did it elsewhere. */
  hearState(clientId: string, state: State, before: State): boolean {
    const hasLeft = before.status === 'in' && state.status === 'out';
    const hasCome = state.status === 'in' && before.status !== 'unknown' && state.sessionId !== before.sessionId;
    if (!hasLeft && !hasCome) return false;
    const sense = hasLeft ? 'ends' : 'begins';
    const at = performance.now();
    if (causeOfState(this.happenings.now, clientId, sense, at)) return false;
    this.#hearElsewhere(clientId, sense, this.#nameOf(clientId), at);
    return true;
  }

  #fromElsewhere(clientId: string, { tone, at, label }: Answer, before: Answer | null): number | null {
    // The first answers after this page was opened tell of nothing new.
    if (before === null) return null;
    const name = this.#nameOf(clientId);
    return tone === 'refused' ? this.#hearElsewhere(clientId, 'ends', name, at) : this.#hearElsewhere(clientId, 'other', `${name} ${label}`, at);
  }

  #hearElsewhere(clientId: string, sense: Sense, what: string, at: number): number {
    const kin = kinOf(this.happenings.now, sense, at);
    if (!kin) {
      const title = `Heard from elsewhere: ${ELSEWHERE[sense]}${what}`;
      return this.#add({ title, sense, touches: [clientId] }, { startedAt: at, isFromElsewhere: true });
    }
    this.#change(kin.id, ({ title, touches, awaits }) => ({
      title: `${title}, ${what}`,
      touches: new Set([...touches, clientId]),
      awaits: sense === 'ends' ? new Set([...awaits, clientId]) : awaits,
    }));
    return kin.id;
  }

  /** An answer tells that the last happening left a system alone only if the question came after Cardea's word. */
  #noteUnmoved(clientId: string, askedAt: number): void {
    const [newest] = this.happenings.now;
    if (!newest || newest.unmoved.has(clientId) || !isSpared(newest, clientId)) return;
    const [word] = newest.cardea;
    if (!word && !newest.isFromElsewhere) return;
    if (askedAt > newest.startedAt + (word?.after ?? 0)) this.#change(newest.id, ({ unmoved }) => ({ unmoved: new Set([...unmoved, clientId]) }));
  }

  #add({ title, sense, touches, awaits, openSeconds = OPEN_SECONDS }: Plan, origin: Pick<Happening, 'startedAt' | 'isFromElsewhere'>): number {
    const id = (this.#count += 1);
    const added: Happening = {
      ...origin, id, title, sense, when: new Date(), openUntil: origin.startedAt + openSeconds * 1000,
      touches: new Set(touches), awaits: new Set(sense === 'ends' ? awaits ?? touches : []), before: new Map(this.#tones),
      marks: [], cardea: [], unmoved: new Set(), isFailed: false, trouble: null,
    };
    this.happenings.set([added, ...this.happenings.now].slice(0, REMEMBERED));
    return id;
  }

  #change(id: number, change: (happening: Happening) => Partial<Happening>): void {
    this.happenings.set(this.happenings.now.map(happening => (happening.id === id ? { ...happening, ...change(happening) } : happening)));
  }
}
