import { useState } from 'react';

import { setCable, setScope } from '../actions/operate';
import type { Demo } from '../model/demo';
import type { System } from '../model/system';
import { Button } from './button';
import { useClient, useStore } from './use-store';

interface Props {
  demo: Demo;
  system: System;
  isWhole: boolean;
}

/** What an operator may do about this system. */
export function SystemOperator({ demo, system, isWhole }: Props) {
  const { scope } = system.about;
  const isIn = useClient(system.client).status === 'in';
  const isStageThere = useStore(demo.operator.stage) !== null;
  const isGranted = useStore(system.scopes).has(scope);
  const [trouble, setTrouble] = useState<string | null>(null);
  return (
    <div className="operator" role="group" aria-label="Operator">
      <span className="operator-title" aria-hidden="true">Operator</span>
      <Button kind="quiet" isOff={!isIn || !isStageThere} onClick={() => void setScope(demo, system, !isGranted).then(setTrouble)}>
        {`${isGranted ? 'Take' : 'Grant'} ${scope}`}
      </Button>
      <Button kind="quiet" isOff={!isStageThere} onClick={() => void setCable(demo, system, !isWhole).then(setTrouble)}>
        {isWhole ? 'Cut the feed' : 'Mend the feed'}
      </Button>
      {trouble !== null && <p className="complaint" role="alert">{trouble}</p>}
    </div>
  );
}
