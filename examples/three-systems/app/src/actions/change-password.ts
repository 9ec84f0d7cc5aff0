import type { ChangePasswordInput } from '@cardea/client';

import type { Demo } from '../model/demo';
import type { Complaint } from './complaint';

/** Changes the password by one session, which goes on; every other one ends. Gives what stood in the way. */
export async function changePassword(demo: Demo, input: ChangePasswordInput): Promise<Complaint[]> {
  const system = demo.anySignedIn;
  if (!system) return [{ field: null, words: 'Nobody is signed in any more. Close this, and sign in.' }];
  const touches = demo.signedInLike(system).map(({ about }) => about.clientId);
  const awaits = touches.filter(clientId => clientId !== system.about.clientId);
  const complaints: Complaint[] = [];
  const trouble = await demo.happen({ title: `Changed the password at ${system.about.name}`, sense: 'ends', touches, awaits }, async id => {
    const { userErrors } = await system.client.changePassword(input);
    complaints.push(...userErrors.map(({ code, message, field }) => ({
      field: field?.at(-1) ?? null, words: code === 'PASSWORD_INCORRECT' ? 'That is not the current password.' : `${message}.`,
    })));
    if (complaints.length > 0) throw new Error('The password stays as it was.');
    demo.timeline.markCardea(id, 'confirmed', 'passed');
  });
  if (trouble !== null && complaints.length === 0) complaints.push({ field: null, words: trouble });
  return complaints;
}
