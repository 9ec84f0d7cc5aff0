import { Demo } from './demo';
import { readScript } from './script';
import { Store } from './store';

/** How far the page is with finding out what is on stage. */
export interface Opening {
  readonly demo: Demo | null;
  readonly trouble: string | null;
}

const AGAIN_MILLISECONDS = 2000;

/** Asks until the stage has said what is on it. */
export function open(): Store<Opening> {
  const opening = new Store<Opening>({ demo: null, trouble: null });
  void attempt(opening);
  return opening;
}

async function attempt(opening: Store<Opening>): Promise<void> {
  try {
    const demo = new Demo(await readScript());
    opening.set({ demo, trouble: null });
    demo.start();
  } catch (error) {
    opening.set({ demo: null, trouble: error instanceof Error ? error.message : String(error) });
    setTimeout(() => void attempt(opening), AGAIN_MILLISECONDS);
  }
}
