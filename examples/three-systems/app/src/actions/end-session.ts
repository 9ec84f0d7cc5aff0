import type { Demo } from '../model/demo';
import type { Row } from '../model/sessions';
import { deviceOf } from '../model/device';

/** Ends one session: of this browser at any of the systems, or of another device. */
export async function endSession(demo: Demo, { id: sessionId, application, device }: Row): Promise<string | null> {
  const system = demo.anySignedIn;
  if (!system) return 'Nobody is signed in any more.';
  const touches = demo.systems.filter(({ who }) => who.now?.sessionId === sessionId).map(({ about }) => about.clientId);
  const title = `Ended the ${application.name} session on ${deviceOf(device)}`;
  return demo.happen({ title, sense: 'ends', touches }, async id => {
    const { userErrors: [complaint] } = await system.client.revokeSession(sessionId);
    if (complaint) throw new Error(complaint.message);
    demo.timeline.markCardea(id, 'confirmed', 'passed');
  });
}
