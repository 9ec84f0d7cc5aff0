import type { Answer, Tone } from '../model/answer';
import type { Asked, Probe } from '../model/probe';
import { useStoreAtEase } from './use-store';

const PLACES = 60;
const [WIDTH, HEIGHT, STEP] = [3, 28, 5];
/** Each verdict has a height of its own, for those who don't see its colour. */
const HEIGHTS: Record<Tone, number> = { passed: HEIGHT, limited: 18, away: 12, refused: 6 };
const TONES = Object.keys(HEIGHTS) as Tone[];

/** The last answers, the newest at the right. */
export function Strip({ probe }: { probe: Probe }) {
  const { recent, last, pace } = useStoreAtEase(probe.asked);
  return (
    <figure className="strip">
      <svg viewBox={`0 0 ${PLACES * STEP - (STEP - WIDTH)} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summaryOf(recent)}>
        {TONES.map(tone => <path key={tone} className={`strip-bars tone-${tone}`} d={barsOf(recent, tone)} />)}
      </svg>
      <figcaption><span>{PACES[pace]}</span><span>{last && `${(last.at - last.askedAt).toFixed(0)} ms`}</span></figcaption>
    </figure>
  );
}

const PACES: Record<Asked['pace'], string> = {
  fast: 'asked as fast as it answers',
  steady: 'asked once a second',
  stopped: 'not asked',
};

function barsOf(recent: readonly Answer[], tone: Tone): string {
  const first = PLACES - recent.length;
  return recent.map((answer, index) => {
    if (answer.tone !== tone) return '';
    const height = HEIGHTS[tone];
    return `M${(first + index) * STEP} ${HEIGHT - height}h${WIDTH}v${height}h-${WIDTH}z`;
  }).join('');
}

function summaryOf(recent: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { label } of recent) counts.set(label, (counts.get(label) ?? 0) + 1);
  const words = [...counts].map(([label, count]) => `${count} times ${label}`);
  return words.length > 0 ? `The last answers: ${words.join(', ')}` : 'No answers yet';
}
