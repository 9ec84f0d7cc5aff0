import type { ReactNode } from 'react';

import type { Tone } from '../model/answer';

/** A verdict's sign: each has a shape of its own, for those who don't see its colour. */
export function Lamp({ tone }: { tone: Tone | null }) {
  return (
    <svg className={`lamp ${tone === null ? '' : `tone-${tone}`}`} viewBox="0 0 24 24" aria-hidden="true">
      {tone === null ? <circle className="lamp-ring" cx="12" cy="12" r="9" /> : SHAPES[tone]}
    </svg>
  );
}

const SHAPES: Record<Tone, ReactNode> = {
  passed: <><circle className="lamp-fill" cx="12" cy="12" r="11" /><path className="lamp-cut" d="M7 12.5l3.4 3.4L17 9" /></>,
  refused: <><path className="lamp-fill" d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" /><path className="lamp-cut" d="M8 8l8 8M16 8l-8 8" /></>,
  limited: <><path className="lamp-fill" d="M12 1.5L23.5 22H.5z" /><path className="lamp-cut" d="M12 9v6M12 18.2v.6" /></>,
  away: <><circle className="lamp-ring is-dashed" cx="12" cy="12" r="9.5" /><path className="lamp-stroke" d="M7.5 12h9" /></>,
};
