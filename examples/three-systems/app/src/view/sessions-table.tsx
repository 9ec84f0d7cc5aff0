import { useState } from 'react';

import { endSession } from '../actions/end-session';
import type { Demo } from '../model/demo';
import { deviceOf } from '../model/device';
import type { Row } from '../model/sessions';
import { Button } from './button';
import { useKeptFocus } from './use-kept-focus';
import { useStore } from './use-store';
import { useSystems } from './use-systems';

const COLUMNS = ['Application', 'Device', 'Signed in', 'Last active', 'This one?'];

/** All sessions of whoever is signed in, each with its end at hand. */
export function SessionsTable({ demo }: { demo: Demo }) {
  const { rows, page, hasNext, trouble } = useStore(demo.sessions.sessions);
  const isAnyIn = useSystems(demo.systems).some(({ isIn }) => isIn);
  const own = new Set(demo.systems.flatMap(({ who }) => who.now?.sessionId ?? []));
  const focus = useKeptFocus(rows);
  const [refusal, setRefusal] = useState<string | null>(null);
  return (
    <section className="card sessions" {...focus.on}>
      <h2 id="sessions-title" ref={focus.place} tabIndex={-1}>Sessions</h2>
      <div className="sessions-scroll">
        <table aria-labelledby="sessions-title">
          <thead>
            <tr>
              {COLUMNS.map(column => <th key={column} scope="col">{column}</th>)}
              <th scope="col"><span className="hidden">End</span></th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => <SessionRow key={row.id} row={row} isOwn={own.has(row.id)} onEnd={() => void endSession(demo, row).then(setRefusal)} />)}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && trouble === null && (
        <p className="hint">{isAnyIn ? 'Asking …' : 'Of whoever is signed in, here and on other devices. Now it is nobody.'}</p>
      )}
      {trouble !== null && <p className="trouble" role="status">{trouble}</p>}
      {refusal !== null && <p className="complaint" role="alert">{refusal}</p>}
      {(page > 0 || hasNext) && (
        <nav className="pages" aria-label="Pages of sessions">
          <Button kind="quiet" isOff={page === 0} onClick={() => void demo.sessions.turn('previous')}>Newer</Button>
          <span>page {page + 1}</span>
          <Button kind="quiet" isOff={!hasNext} onClick={() => void demo.sessions.turn('next')}>Older</Button>
        </nav>
      )}
    </section>
  );
}

function SessionRow({ row, isOwn, onEnd }: { row: Row; isOwn: boolean; onEnd: () => void }) {
  const { application, device, createdAt, lastActiveAt } = row;
  return (
    <tr data-own={isOwn}>
      <th scope="row">{application.name}</th>
      <td>{deviceOf(device)}</td>
      <td><Time iso={createdAt} /></td>
      <td><Time iso={lastActiveAt} /></td>
      <td>{isOwn ? 'this browser' : 'another'}</td>
      <td><Button kind="quiet" label={`End ${application.name} session on ${deviceOf(device)}`} onClick={onEnd}>End</Button></td>
    </tr>
  );
}

/** The time of day, and the day as well if it is another. */
function Time({ iso }: { iso: string }) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return <time dateTime={iso}>{isToday ? CLOCK.format(date) : `${DAY.format(date)}, ${CLOCK.format(date)}`}</time>;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
