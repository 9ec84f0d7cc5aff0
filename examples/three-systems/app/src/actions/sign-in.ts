import type { LoginOutcome } from '@cardea/client';

import type { Demo } from '../model/demo';
import type { System } from '../model/system';
import { explain, inSeconds } from '../model/words';
import type { Complaint } from './complaint';

/** Held for as long as it takes to send them. */
export interface Credentials {
  readonly identifier: string;
  readonly password: string;
}

/** Signs in at these systems: a session, and a cookie, for each. Gives what stood in the way; nothing, if nothing did. */
export async function signIn(demo: Demo, systems: readonly System[], credentials: Credentials): Promise<Complaint[]> {
  const complaints = new Set<string>();
  const title = `Signed in at ${systems.map(({ about }) => about.name).join(', ')}`;
  const touches = systems.map(({ about }) => about.clientId);
  await demo.happen({ title, sense: 'begins', touches }, async id => {
    await Promise.all(systems.map(async ({ client }) => {
      const refusal = await client.login(credentials).then(refusalIn, explain);
      if (refusal !== null) complaints.add(refusal);
    }));
    if (complaints.size > 0) demo.timeline.fail(id, [...complaints].join(' '));
    else demo.timeline.markCardea(id, 'confirmed', 'passed');
  });
  return [...complaints].map(words => ({ field: null, words }));
}

function refusalIn(outcome: LoginOutcome): string | null {
  if (outcome.__typename === 'Authenticated') return null;
  if (outcome.code === 'INVALID_CREDENTIALS') return 'No account has this e-mail and this password. Look at both.';
  if (outcome.code === 'TOO_MANY_ATTEMPTS') return `Too many attempts. Try again ${inSeconds(outcome.retryAfter)}.`;
  return 'The account is suspended. An operator can lift that.';
}
