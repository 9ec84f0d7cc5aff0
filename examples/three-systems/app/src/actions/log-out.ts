import type { Client, LogoutOutcome } from '@cardea/client';

import type { Demo } from '../model/demo';
import type { System } from '../model/system';

/** Of this system, in this browser. */
export function logOut(demo: Demo, { about, client }: System): Promise<string | null> {
  return demo.happen({ title: `Logged out of ${about.name}`, sense: 'ends', touches: [about.clientId] },
    id => confirmed(demo, id, client, client.logout()));
}

/** Of this system, on all devices. */
export function logOutOnAllDevices(demo: Demo, system: System): Promise<string | null> {
  const { about, client } = system;
  return demo.happen({ title: `Logged out of ${about.name} on all devices`, sense: 'ends', touches: [about.clientId] }, async () => {
    const { applicationId } = await system.knownWho();
    return client.logoutApplication(applicationId);
  });
}

/** Of everything but this session. */
export function logOutElsewhere(demo: Demo, system: System): Promise<string | null> {
  const touches = namesOf(demo.signedInLike(system));
  const awaits = touches.filter(clientId => clientId !== system.about.clientId);
  return demo.happen({ title: `Logged out of everything but ${system.about.name}`, sense: 'ends', touches, awaits },
    () => system.client.logoutEverywhere({ keepCurrent: true }));
}

/** Of everything, on all devices. One client is enough to say so; the others learn it by asking. */
export async function logOutOfEverything(demo: Demo): Promise<string | null> {
  const system = demo.anySignedIn;
  if (!system) return null;
  return demo.happen({ title: 'Logged out of everything', sense: 'ends', touches: namesOf(demo.signedInLike(system)) },
    id => confirmed(demo, id, system.client, system.client.logoutEverywhere()));
}

function namesOf(systems: readonly System[]): string[] {
  return systems.map(({ about }) => about.clientId);
}

/** The outcome as it is now; if the server could not be reached, its late word is noted when it comes. */
async function confirmed(demo: Demo, id: number, client: Client, logout: Promise<LogoutOutcome>): Promise<LogoutOutcome> {
  const outcome = await logout;
  if (outcome.confirmed || !client.state.logoutPending) return outcome;
  const unsubscribe = client.subscribe(({ logoutPending, fault }) => {
    if (logoutPending) return;
    unsubscribe();
    // Given up on. What passes is the matter with something else.
    if (fault && !fault.isPassing) return;
    demo.timeline.tellTrouble(id, null);
    demo.timeline.markCardea(id, 'confirmed', 'passed');
    demo.hurry([]);
  });
  return outcome;
}
