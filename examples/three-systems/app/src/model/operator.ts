import { isRecord } from './json';
import { Store } from './store';

/** What an operator sees of the stage; null, as long as it isn't known. */
export interface Stage {
  /** Whether each system's connection to Cardea's feed is whole. */
  readonly cables: Readonly<Record<string, boolean>>;
  readonly isUp: boolean;
}

const DOWN_MILLISECONDS = 200;
const UP_MILLISECONDS = 5000;
/** Longer than whatever an operator does takes. */
const PATIENCE_MILLISECONDS = 15_000;

/** Does what an operator may do, and follows what became of it. */
export class Operator {
  readonly stage = new Store<Stage | null>(null);
  #timer = 0;

  start(): void {
    void this.#follow();
  }

  cable(clientId: string, isWhole: boolean): Promise<void> {
    return this.#post('cable', { clientId, isWhole });
  }

  /** `user` is an e-mail address. */
  scope(clientId: string, user: string, isGranted: boolean): Promise<void> {
    return this.#post('scope', { clientId, user, isGranted });
  }

  outage(seconds: number): Promise<void> {
    return this.#post('outage', { seconds });
  }

  /** Settles when Cardea is seen to be up, or down. */
  whenUp(isUp: boolean): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (this.stage.now?.isUp !== isUp) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = this.stage.subscribe(look);
      look();
    });
  }

  async #post(what: string, body: object): Promise<void> {
    const response = await fetch(`/operator/${what}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    }).catch(() => null);
    if (!response) throw new Error('The stage does not answer: does the demo still run?');
    if (!response.ok) throw new Error(await troubleIn(response));
    void this.#follow();
  }

  async #follow(): Promise<void> {
    this.stage.set(await readStage());
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#follow(), this.stage.now?.isUp ? UP_MILLISECONDS : DOWN_MILLISECONDS);
  }
}

async function readStage(): Promise<Stage | null> {
  try {
    const response = await fetch('/operator', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    const stage: unknown = await response.json();
    return isStage(stage) ? stage : null;
  } catch {
    return null;
  }
}

function isStage(value: unknown): value is Stage {
  return isRecord(value) && typeof value['isUp'] === 'boolean' && isRecord(value['cables'])
    && Object.values(value['cables']).every(cable => typeof cable === 'boolean');
}

async function troubleIn(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  return isRecord(body) && typeof body['error'] === 'string' ? body['error'] : `The stage answered ${response.status}.`;
}
