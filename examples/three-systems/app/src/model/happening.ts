import type { Tone } from './answer';

/** Which way a happening goes: tokens begin to be taken, end to be, or it is something else. */
export type Sense = 'begins' | 'ends' | 'other';

/** Something that was done, or heard of, and when each system heard of it. */
export interface Happening {
  readonly id: number;
  readonly title: string;
  /** What the wall clock said; everything else is of the steady one. */
  readonly when: Date;
  readonly startedAt: number;
  readonly sense: Sense;
  /** Until then, changes at the systems that it touches are its doing. */
  readonly openUntil: number;
  /** Done by nobody at this page. */
  readonly isFromElsewhere: boolean;
  /** Systems that may answer otherwise for it. */
  readonly touches: ReadonlySet<string>;
  /** Of these, those that shall refuse what they took before. */
  readonly awaits: ReadonlySet<string>;
  /** How each system had answered last. */
  readonly before: ReadonlyMap<string, Tone>;
  readonly marks: readonly Mark[];
  /** When Cardea confirmed it, or was away, or was back. */
  readonly cardea: readonly Mark[];
  /** Systems that were asked after Cardea had confirmed, and answered 200. */
  readonly unmoved: ReadonlySet<string>;
  /** It was not done, and `trouble` says why. */
  readonly isFailed: boolean;
  readonly trouble: string | null;
}

/** From here on, it was so. */
export interface Mark {
  /** Which system, if it is one. */
  readonly clientId: string;
  /** Such as `401 LOGGED_OUT`. */
  readonly label: string;
  readonly tone: Tone;
  /** Milliseconds after the click, or after it was first heard of. */
  readonly after: number;
}
