import type { Tone } from '../model/answer';
import type { System } from '../model/system';
import { Lamp } from './lamp';
import { useClient, usePart } from './use-store';

/** What the system answers at the moment: the words change when the answer does, and are announced then. */
export function Verdict({ system }: { system: System }) {
  const { asked } = system.probe;
  const label = usePart(asked, ({ last }) => last?.label ?? null);
  const tone = usePart(asked, ({ last }) => last?.tone ?? null);
  const { status } = useClient(system.client);
  const [code, ...reason] = (label ?? 'not asked yet').split(' ');
  return (
    <div className={`verdict ${tone === null ? '' : `tone-${tone}`}`}>
      <Lamp tone={tone} />
      <p role="status" className={label && /^\d/.test(label) ? 'verdict-words' : 'verdict-words is-plain'}>
        <span className="verdict-code">{code}</span>{' '}<span className="verdict-reason">{reason.join(' ')}</span>
      </p>
      <p className="verdict-meaning"><code>GET {system.about.open}</code> {meaningOf(label, tone, status === 'in')}</p>
    </div>
  );
}

function meaningOf(label: string | null, tone: Tone | null, isSignedIn: boolean): string {
  if (label === null) return 'once somebody is signed in.';
  if (label === 'no answer') return 'is asked again.';
  if (tone === 'away') return 'can’t know that now.';
  if (tone === 'limited') return 'wants a newer token.';
  if (tone === 'refused') return 'takes the last token no more.';
  return isSignedIn ? 'takes the token.' : 'still takes a copy of the token.';
}
