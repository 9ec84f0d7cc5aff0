import type { Opening } from '../model/opening';
import type { Store } from '../model/store';
import { Stage } from './stage';
import { useStore } from './use-store';

/** What is on stage, as soon as that is known. */
export function Page({ opening }: { opening: Store<Opening> }) {
  const { demo, trouble } = useStore(opening);
  if (demo) return <Stage demo={demo} />;
  return (
    <main className="notice-page" aria-busy="true">
      <h1>One logout, three systems</h1>
      <p role="status">{trouble === null ? 'Asking what is on stage …' : `The stage is not there: ${trouble}.`}</p>
      {trouble !== null && <p>It is asked again every two seconds. Does the demo still run?</p>}
    </main>
  );
}
