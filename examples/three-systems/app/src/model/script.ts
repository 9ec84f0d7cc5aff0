import { isRecord } from './json';

/** What is on stage: where Cardea answers, and which systems trust it. */
export interface Script {
  readonly cardea: string;
  readonly systems: readonly About[];
}

/** One system, as `/demo.json` tells of it. */
export interface About {
  readonly clientId: string;
  readonly name: string;
  readonly language: string;
  /** By what it verifies tokens. */
  readonly made: string;
  readonly url: string;
  /** What it shows to whoever is signed in. */
  readonly open: string;
  /** What it shows only to those who hold `scope`. */
  readonly guarded: string;
  readonly scope: string;
  /** What it does while it does not hear Cardea's feed: ask Cardea about each token, or refuse with 503. */
  readonly whenStale: 'ask' | 'refuse';
}

const TEXTS = ['clientId', 'name', 'language', 'made', 'url', 'open', 'guarded', 'scope'] as const;

/** @throws {Error} that says what is wrong with it. */
export async function readScript(): Promise<Script> {
  const response = await fetch('/demo.json', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`/demo.json was answered ${response.status}`);
  const script: unknown = await response.json().catch(() => null);
  if (!isScript(script)) throw new Error('/demo.json does not say what is on stage');
  return script;
}

function isScript(value: unknown): value is Script {
  return isRecord(value) && typeof value['cardea'] === 'string' && URL.canParse(value['cardea'])
    && Array.isArray(value['systems']) && value['systems'].length > 0 && value['systems'].every(isAbout);
}

function isAbout(value: unknown): value is About {
  return isRecord(value) && TEXTS.every(name => typeof value[name] === 'string')
    && (value['whenStale'] === 'ask' || value['whenStale'] === 'refuse');
}
