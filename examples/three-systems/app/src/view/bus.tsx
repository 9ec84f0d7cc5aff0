import type { Operator } from '../model/operator';
import { useStore } from './use-store';

/** Cardea, above the systems that hear its feed. */
export function Bus({ operator }: { operator: Operator }) {
  const stage = useStore(operator.stage);
  const isUp = stage?.isUp ?? null;
  return (
    <div className="bus" data-up={isUp ?? 'unknown'}>
      <strong>Cardea</strong>
      <span role="status">{wordsOf(isUp)}</span>
      <span className="bus-note">feed of revocations</span>
    </div>
  );
}

function wordsOf(isUp: boolean | null): string {
  if (isUp === null) return 'the stage does not answer; it is asked again';
  return isUp ? 'is up' : 'is away, and will be back';
}
