import type { Answer } from './answer';
import type { Happening, Sense } from './happening';

// By which happening a change is explained; the newest that explains it, if there is one. `happenings` are newest first.

/** What made a system answer otherwise than before. */
export function causeOfAnswer(happenings: readonly Happening[], clientId: string, { tone, at }: Answer, isSignedIn: boolean): Happening | undefined {
  return happenings.find(({ touches, sense, openUntil, marks }) => {
    if (!touches.has(clientId)) return false;
    // Whoever has left may be refused late, if the system's feed is cut: that is still the doing of the last end.
    if (tone === 'refused') return sense === 'ends' && (at <= openUntil || !isSignedIn);
    // Whoever was let in, and isn't any more for want of an answer, is not so because of the sign-in.
    const wasLetIn = sense === 'begins' && marks.some(mark => mark.clientId === clientId);
    return at <= openUntil && !(tone === 'away' && wasLetIn);
  });
}

/** What made a client sign in or out. */
export function causeOfState(happenings: readonly Happening[], clientId: string, sense: Sense, at: number): Happening | undefined {
  return happenings.find(happening => happening.sense === sense && happening.touches.has(clientId) && at <= happening.openUntil);
}

/** What is heard from elsewhere within so short a time is of one cause. */
const ONE_CAUSE_MILLISECONDS = 3000;

/** What was heard from elsewhere a moment ago, and is probably the same. */
export function kinOf(happenings: readonly Happening[], sense: Sense, at: number): Happening | undefined {
  return happenings.find(one => one.isFromElsewhere && one.sense === sense && at - one.startedAt < ONE_CAUSE_MILLISECONDS);
}

/** Whether it tells something that this happening left a system alone: of an end, that it is none of those that shall refuse. */
export function isSpared({ touches, sense, awaits }: Happening, clientId: string): boolean {
  return !touches.has(clientId) || (sense === 'ends' && !awaits.has(clientId));
}
