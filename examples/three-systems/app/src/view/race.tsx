import type { Tone } from '../model/answer';
import type { Happening, Mark } from '../model/happening';
import type { About } from '../model/script';

interface Lane {
  readonly key: string;
  readonly name: string;
  readonly words: string;
  /** What it was before the first mark; null, if nothing ran there. */
  readonly before: Tone | null;
  readonly marks: readonly Mark[];
}

/** Who heard of a happening when: a lane for each, on one scale, and the same in words. */
export function Race({ happening, systems }: { happening: Happening; systems: readonly About[] }) {
  const lanes = lanesOf(happening, systems);
  const end = scaleOf(lanes);
  if (lanes.length === 0) return null;
  return (
    <div className="race">
      {lanes.map(({ key, name, words, before, marks }) => (
        <div className="lane" data-lane={key} key={key}>
          <p><b>{name}</b> {words}</p>
          <Track before={before} marks={marks} end={end} />
        </div>
      ))}
      {lanes.some(({ marks }) => marks.length > 0) && (
        <div className="scale" aria-hidden="true"><span>0</span><span>{show(end / 2)}</span><span>{show(end)}</span></div>
      )}
    </div>
  );
}

/** In pieces, each in the tone of the answers at that time; where one ends, there is a mark. */
function Track({ before, marks, end }: Pick<Lane, 'before' | 'marks'> & { end: number }) {
  const at = (after: number) => `${Math.min(100, Math.max(0, (after / end) * 100))}%`;
  const pieces = [{ tone: before, after: 0 }, ...marks];
  return (
    <svg className="track" aria-hidden="true">
      {pieces.map(({ tone, after }, index) => tone !== null && (
        <line key={index} className={`track-piece tone-${tone}`} x1={at(after)} x2={at(pieces[index + 1]?.after ?? end)} y1="50%" y2="50%" />
      ))}
      {marks.map(({ tone, after }, index) => (
        <line key={index} className={`track-mark tone-${tone}`} x1={at(after)} x2={at(after)} y1="10%" y2="90%" />
      ))}
    </svg>
  );
}

function lanesOf({ cardea, marks, unmoved, awaits, before }: Happening, systems: readonly About[]): Lane[] {
  const lanes: Lane[] = [];
  if (cardea.length > 0) lanes.push({ key: 'cardea', name: 'Cardea', words: wordsOf(cardea), before: null, marks: cardea });
  for (const { clientId, name } of systems) {
    const own = marks.filter(mark => mark.clientId === clientId);
    const lane = { key: clientId, name, before: before.get(clientId) ?? null, marks: own };
    if (own.length > 0) lanes.push({ ...lane, words: wordsOf(own) });
    else if (unmoved.has(clientId)) lanes.push({ ...lane, words: 'still 200' });
    else if (awaits.has(clientId)) lanes.push({ ...lane, words: 'has not heard yet' });
  }
  return lanes;
}

function wordsOf(marks: readonly Mark[]): string {
  return marks.map(({ label, after }) => `${label} after ${show(after)}`).join(', ');
}

const HEADROOM = 1.12;

/** A round number with a round half, far enough after the last mark to see what came of it. */
function scaleOf(lanes: readonly Lane[]): number {
  const last = Math.max(1, ...lanes.flatMap(({ marks }) => marks.map(({ after }) => after)));
  const power = 10 ** Math.floor(Math.log10(last));
  return [1, 2, 3, 4, 6, 8, 10, 12].map(factor => factor * power).find(round => round >= last * HEADROOM) ?? last;
}

function show(milliseconds: number): string {
  return `${Math.round(milliseconds).toLocaleString('en')} ms`;
}
