import type { Demo } from '../model/demo';
import type { System } from '../model/system';
import { Feed } from './feed';
import { Standing } from './standing';
import { Strip } from './strip';
import { SystemControls } from './system-controls';
import { SystemOperator } from './system-operator';
import { useKeptFocus } from './use-kept-focus';
import { useClient, useStore } from './use-store';
import { Verdict } from './verdict';

interface Props {
  demo: Demo;
  system: System;
  onSignIn: () => void;
}

/** One system: what it answers at the moment, and what one may do there. */
export function SystemPanel({ demo, system, onSignIn }: Props) {
  const { name, language, made } = system.about;
  const { status } = useClient(system.client);
  const focus = useKeptFocus(status);
  const stage = useStore(demo.operator.stage);
  const isWhole = stage?.cables[system.about.clientId] ?? true;
  return (
    <section className="system" aria-label={name} data-status={status} {...focus.on}>
      <Feed isWhole={isWhole} isUp={stage?.isUp ?? false} />
      <div className="card">
        <header className="system-head">
          <h2 ref={focus.place} tabIndex={-1}>{name}</h2>
          <span className="badge">{language}</span>
          <span className="system-made">{made}</span>
        </header>
        <Verdict system={system} />
        <Strip probe={system.probe} />
        <Standing demo={demo} system={system} />
        <SystemControls demo={demo} system={system} onSignIn={onSignIn} />
        <SystemOperator demo={demo} system={system} isWhole={isWhole} />
      </div>
    </section>
  );
}
