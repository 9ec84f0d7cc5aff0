import type { State } from '@cardea/client';

import type { Demo } from '../model/demo';
import type { System } from '../model/system';
import { explainDoubt, explainFault, explainReason } from '../model/words';
import { useClient, useStore } from './use-store';

/** Who is signed in there, as the client knows it, and what is the matter. */
export function Standing({ demo, system }: { demo: Demo; system: System }) {
  const state = useClient(system.client);
  const who = useStore(system.who);
  const isAway = useStore(demo.operator.stage)?.isUp === false;
  const { fault, reason, status, logoutPending } = state;
  return (
    <div className="standing">
      <p className="standing-who">{wordsOf(state, who?.email ?? null, isAway)}</p>
      {logoutPending && <p className="trouble doubt">{explainDoubt(fault)}</p>}
      {fault && !logoutPending && <p className="trouble">{explainFault(fault)}</p>}
      {isAway && !fault && status === 'in' && <p className="hint">The systems go on by themselves until what they heard is too old.</p>}
      {!fault && status === 'out' && reason !== null && <p className="hint">{explainReason(reason)}</p>}
    </div>
  );
}

function wordsOf({ status, reason, fault }: State, email: string | null, isAway: boolean): string {
  if (status === 'unknown') return fault ? 'Cardea is away: it isn’t known yet who is signed in' : 'asking who is signed in …';
  if (status === 'out') return reason === null ? 'not signed in' : `signed out: ${reason}`;
  if (isAway || fault?.isPassing) return 'Cardea is away, still signed in';
  return `signed in as ${email ?? '…'}`;
}
