import type { Demo } from '../model/demo';
import type { Happening } from '../model/happening';
import { Race } from './race';
import { useStore } from './use-store';

/** What happened, newest first, and when each system heard of it. */
export function TimeLine({ demo }: { demo: Demo }) {
  const happenings = useStore(demo.timeline.happenings);
  return (
    <section className="card time-line">
      <h2 id="time-line-title">Time line</h2>
      {happenings.length === 0 && <Nothing demo={demo} />}
      {/* Scrolls by itself, so it takes the focus. */}
      <ol aria-labelledby="time-line-title" tabIndex={happenings.length > 0 ? 0 : -1}>
        {happenings.map(happening => <Item key={happening.id} demo={demo} happening={happening} />)}
      </ol>
    </section>
  );
}

/** What a time line looks like, before there is one. */
function Nothing({ demo }: { demo: Demo }) {
  return (
    <>
      <p className="hint">Whatever happens is noted here, with the milliseconds that each system took to hear of it.</p>
      <div className="race" aria-hidden="true">
        {['Cardea', ...demo.systems.map(({ about }) => about.name)].map(name => (
          <div className="lane" key={name}><p><b>{name}</b></p><svg className="track" /></div>
        ))}
      </div>
    </>
  );
}

function Item({ demo, happening }: { demo: Demo; happening: Happening }) {
  const { title, when, trouble, isFailed, isFromElsewhere } = happening;
  return (
    <li data-elsewhere={isFromElsewhere}>
      <p className="happening">
        <strong>{isFailed ? `Failed: ${title}` : title}</strong> <time dateTime={when.toISOString()}>{TIME.format(when)}</time>
      </p>
      {trouble !== null && <p className="trouble">{trouble}</p>}
      <Race happening={happening} systems={demo.systems.map(({ about }) => about)} />
    </li>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
