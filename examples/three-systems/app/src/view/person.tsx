import { useRef, useState } from 'react';

import { logOutOfEverything } from '../actions/log-out';
import { stopCardea } from '../actions/operate';
import type { Demo } from '../model/demo';
import { explain } from '../model/words';
import { Button } from './button';
import { Entrance } from './entrance';
import { PasswordDialog } from './password-dialog';
import type { Wish } from './stage';
import { useKeptFocus } from './use-kept-focus';
import { useStore } from './use-store';
import { useSystems, type Standing } from './use-systems';

const OUTAGE_SECONDS = 10;

/** Who is signed in, and what they may do about all systems at once. */
export function Person({ demo, wish, onWishTaken }: { demo: Demo; wish: Wish | null; onWishTaken: () => void }) {
  const standings = useSystems(demo.systems);
  const lacks = useStore(demo.lacks);
  const dialog = useRef<HTMLDialogElement>(null);
  const isUp = useStore(demo.operator.stage)?.isUp ?? false;
  const [trouble, setTrouble] = useState<string | null>(null);
  const [email, setEmail] = useState<string | null>(null);
  const known = standings.find(standing => standing.email !== null)?.email ?? email;
  if (known !== email) setEmail(known);
  const isAnyIn = standings.some(({ isIn }) => isIn);
  const focus = useKeptFocus(isAnyIn);
  const isOneOut = standings.some(({ isIn }) => !isIn);
  return (
    <section className="card person" aria-labelledby="person-title" {...focus.on}>
      <h2 id="person-title" ref={focus.place} tabIndex={-1}>{isAnyIn ? 'Signed in' : 'Nobody is signed in'}</h2>
      {isAnyIn && <Presence standings={standings} />}
      {isAnyIn && (
        <div className="person-actions">
          <Button kind="main" onClick={() => void logOutOfEverything(demo)}>Log out of everything</Button>
          <Button onClick={() => dialog.current?.showModal()}>Change password</Button>
        </div>
      )}
      {isOneOut && <Entrance demo={demo} standings={standings} wish={wish} onWishTaken={onWishTaken} email={email} />}
      {lacks.map(lack => <p key={lack.code} className="trouble">{explain(lack)}</p>)}
      <Trials />
      <div className="operator" role="group" aria-label="Operator">
        <span className="operator-title" aria-hidden="true">Operator</span>
        <Button kind="quiet" isOff={!isUp} onClick={() => void stopCardea(demo, OUTAGE_SECONDS).then(setTrouble)}>
          {`Stop Cardea for ${OUTAGE_SECONDS} seconds`}
        </Button>
        {trouble !== null && <p className="complaint" role="alert">{trouble}</p>}
      </div>
      {isAnyIn && <PasswordDialog demo={demo} dialog={dialog} />}
    </section>
  );
}

function Presence({ standings }: { standings: readonly Standing[] }) {
  const emails = [...new Set(standings.flatMap(({ isIn, email }) => (isIn && email !== null ? [email] : [])))];
  return (
    <div className="presence">
      <p className="presence-who">{emails.join(', ') || '…'}</p>
      <ul aria-label="Signed in at">
        {standings.map(({ system, isIn }) => (
          <li key={system.about.clientId} data-in={isIn}>
            {system.about.name}<span className="hidden">{isIn ? ': signed in' : ': signed out'}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Trials() {
  return (
    <div className="trials">
      <h3>Worth a try</h3>
      <ol>
        <li>Log out of one system: the other two don’t notice.</li>
        <li>Open this page in a second tab, and log out there.</li>
        <li>Cut Billing’s feed, then log out: it refuses all rather than be wrong.</li>
        <li>Stop Cardea: nobody is signed out by that.</li>
      </ol>
    </div>
  );
}
