import { useMemo, useSyncExternalStore } from 'react';

import type { System } from '../model/system';

/** How all systems stand, for what depends on more than one of them. */
export function useSystems(systems: readonly System[]): readonly Standing[] {
  const store = useMemo(() => together(systems), [systems]);
  return useSyncExternalStore(store.subscribe, store.read);
}

export interface Standing {
  readonly system: System;
  readonly isIn: boolean;
  /** Null, if that isn't known. */
  readonly email: string | null;
}

function together(systems: readonly System[]) {
  let last: readonly Standing[] = [];
  return {
    subscribe(listener: () => void) {
      const ends = systems.flatMap(({ client, who }) => [client.subscribe(listener), who.subscribe(listener)]);
      return () => ends.forEach(end => end());
    },
    /** The same object for as long as nothing changed. */
    read() {
      const now = systems.map(system => ({ system, isIn: system.isSignedIn, email: system.who.now?.email ?? null }));
      const isSame = now.length === last.length && now.every(({ isIn, email }, index) => isIn === last[index]?.isIn && email === last[index]?.email);
      if (!isSame) last = now;
      return last;
    },
  };
}
