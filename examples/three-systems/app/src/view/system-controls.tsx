import { logOut, logOutElsewhere, logOutOnAllDevices } from '../actions/log-out';
import type { Demo } from '../model/demo';
import type { System } from '../model/system';
import { Button } from './button';
import { Lamp } from './lamp';
import { useClient, useStore } from './use-store';

interface Props {
  demo: Demo;
  system: System;
  onSignIn: () => void;
}

/** What whoever is signed in may do there. */
export function SystemControls({ demo, system, onSignIn }: Props) {
  const { name, guarded } = system.about;
  const isIn = useClient(system.client).status === 'in';
  const answer = useStore(system.guarded);
  return (
    <div className="controls">
      <div className="controls-ways">
        {/* One button with two meanings: whoever just pressed it keeps the focus. */}
        <Button kind={isIn ? 'main' : 'plain'} onClick={isIn ? () => void logOut(demo, system) : onSignIn}>{isIn ? 'Log out' : 'Sign in'}</Button>
        {isIn && <Button label={`Log out of ${name} on all devices`} onClick={() => void logOutOnAllDevices(demo, system)}>on all devices</Button>}
        {isIn && <Button label="Log out of everything else" onClick={() => void logOutElsewhere(demo, system)}>of everything else</Button>}
      </div>
      <div className="controls-guarded">
        <Button isOff={!isIn} onClick={() => void system.askGuarded().catch(() => {})}>{`Ask ${guarded}`}</Button>
        <p className={`guarded ${answer ? `tone-${answer.tone}` : ''}`}>
          {answer && <Lamp tone={answer.tone} />}
          <span role="status" aria-label={`Answer of ${guarded}`}>{answer?.label ?? ''}</span>
        </p>
      </div>
    </div>
  );
}
