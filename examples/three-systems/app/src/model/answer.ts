import type { GraphqlError } from '@cardea/client';

import { isRecord } from './json';

/** What an answer means to whoever asked; never told by its colour alone. */
export type Tone =
  /** 200. */
  | 'passed'
  /** 401 for good: this token opens nothing any more. */
  | 'refused'
  /** 403, or a 401 that another token of the same session mends. */
  | 'limited'
  /** 503 or nothing: it can't be known now. */
  | 'away';

/** What a system answered. */
export interface Answer {
  /** When it was asked, and when it had answered: milliseconds of the steady clock. */
  readonly askedAt: number;
  readonly at: number;
  /** Such as `401 LOGGED_OUT`. */
  readonly label: string;
  readonly tone: Tone;
  /** A refusal as the client wants to be told of it. */
  readonly errors: readonly GraphqlError[];
}

/** Longer than any system on this machine needs, and short enough to go on asking. */
const PATIENCE_MILLISECONDS = 5000;

/** Asks a system with this token. Never fails: no answer is one, too. */
export async function ask(url: string, token: string | null): Promise<Answer> {
  const askedAt = performance.now();
  const finish = (verdict: Omit<Answer, 'askedAt' | 'at'>): Answer => ({ askedAt, at: performance.now(), ...verdict });
  try {
    const response = await fetch(url, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    const body: unknown = await response.json().catch(() => null);
    return finish(verdictOf(response.status, body));
  } catch {
    return finish({ label: 'no answer', tone: 'away', errors: [] });
  }
}

function verdictOf(status: number, body: unknown): Omit<Answer, 'askedAt' | 'at'> {
  if (status === 200) return { label: '200 OK', tone: 'passed', errors: [] };
  const code = textOf(body, 'code') ?? 'BAD_ANSWER';
  const reason = textOf(body, 'reason');
  const scope = textOf(body, 'scope');
  const detail = scope === undefined ? reason ?? code : `${code} ${scope}`;
  const extensions = { code, ...(reason === undefined ? {} : { reason }), ...(scope === undefined ? {} : { scope }) };
  return { label: `${status} ${detail}`, tone: toneOf(status, code), errors: [{ extensions }] };
}

function toneOf(status: number, code: string): Tone {
  if (status === 403 || (status === 401 && code === 'TOKEN_STALE')) return 'limited';
  return status === 401 ? 'refused' : 'away';
}

function textOf(body: unknown, name: string): string | undefined {
  const value = isRecord(body) ? body[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
