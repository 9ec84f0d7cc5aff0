import { useCallback, useState } from 'react';

import type { Demo } from '../model/demo';
import { Bus } from './bus';
import { Header } from './header';
import { Person } from './person';
import { SessionsTable } from './sessions-table';
import { SystemPanel } from './system-panel';
import { TimeLine } from './time-line';

/** At which systems somebody wishes to sign in: until the form has taken it up. */
export interface Wish {
  readonly clientIds: readonly string[];
}

/** The whole page: the person, what they are signed in to, and what happened. */
export function Stage({ demo }: { demo: Demo }) {
  const [wish, setWish] = useState<Wish | null>(null);
  const noWish = useCallback(() => setWish(null), []);
  return (
    <>
      <Header />
      <main className="stage">
        <Person demo={demo} wish={wish} onWishTaken={noWish} />
        <div className="systems">
          <Bus operator={demo.operator} />
          {demo.systems.map(system => (
            <SystemPanel key={system.about.clientId} demo={demo} system={system} onSignIn={() => setWish({ clientIds: [system.about.clientId] })} />
          ))}
        </div>
        <div className="records">
          <TimeLine demo={demo} />
          <SessionsTable demo={demo} />
        </div>
      </main>
    </>
  );
}
