import type { Client, State } from '@cardea/client';
import { useMemo, useSyncExternalStore } from 'react';

import type { Store } from '../model/store';

/** What a store holds, and again whenever that changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, () => store.now);
}

/** A word or a number of what a store holds, and again whenever that changes. */
export function usePart<T, P extends string | number | null>(store: Store<T>, read: (now: T) => P): P {
  return useSyncExternalStore(store.subscribe, () => read(store.now));
}

/** What changes all the time is shown so often: to draw each would delay what the next is measured by. */
const EASE_MILLISECONDS = 250;

/** The same for what changes more often than anybody reads. */
export function useStoreAtEase<T>(store: Store<T>): T {
  const subscribe = useMemo(() => atEase(store.subscribe), [store]);
  return useSyncExternalStore(subscribe, () => store.now);
}

/** Who is signed in, as a client knows it. */
export function useClient(client: Client): State {
  const subscribe = useMemo(() => (listener: () => void) => client.subscribe(listener), [client]);
  return useSyncExternalStore(subscribe, () => client.state);
}

type Subscribe = (listener: () => void) => () => void;

function atEase(subscribe: Subscribe): Subscribe {
  return listener => {
    let timer = 0;
    const unsubscribe = subscribe(() => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        listener();
      }, EASE_MILLISECONDS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  };
}
