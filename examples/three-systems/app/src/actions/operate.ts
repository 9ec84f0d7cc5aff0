import type { Demo } from '../model/demo';
import type { System } from '../model/system';

/** Grants or takes what the system's guarded path asks for. */
export function setScope(demo: Demo, system: System, isGranted: boolean): Promise<string | null> {
  const { clientId, scope } = system.about;
  return demo.happen({ title: `${isGranted ? 'Granted' : 'Took'} ${scope}`, sense: 'other', touches: [clientId] }, async id => {
    const { email } = await system.knownWho();
    await demo.operator.scope(clientId, email, isGranted);
    demo.timeline.markCardea(id, 'confirmed', 'passed');
  });
}

/** How long it may take until a system acts on a feed that it hears no more, or hears again. */
const CABLE_SECONDS = 60;

/** Cuts or mends the connection over which the system hears who was logged out. */
export function setCable(demo: Demo, { about }: System, isWhole: boolean): Promise<string | null> {
  const { clientId, name } = about;
  const title = `${isWhole ? 'Mended' : 'Cut'} the feed of ${name}`;
  return demo.happen({ title, sense: 'other', touches: [clientId], openSeconds: CABLE_SECONDS },
    () => demo.operator.cable(clientId, isWhole));
}

/** After Cardea is back, systems may take a while to hear it. */
const RECOVERY_SECONDS = 20;

/** Kills Cardea; it is started anew. */
export function stopCardea(demo: Demo, seconds: number): Promise<string | null> {
  const touches = demo.systems.map(({ about }) => about.clientId);
  const plan = { title: `Stopped Cardea for ${seconds} seconds`, sense: 'other' as const, touches, openSeconds: seconds + RECOVERY_SECONDS };
  return demo.happen(plan, async id => {
    await demo.operator.outage(seconds);
    demo.timeline.markCardea(id, 'stopped', 'away');
    await demo.operator.whenUp(false);
    await demo.operator.whenUp(true);
    demo.timeline.markCardea(id, 'up again', 'passed');
  });
}
