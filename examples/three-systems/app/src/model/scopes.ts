import { isRecord } from './json';

const NONE: ReadonlySet<string> = new Set();

/** What an access token says that it opens. Good enough to name a button; only who verifies the token may rely on it. */
export function scopesIn(token: string | null): ReadonlySet<string> {
  try {
    const payload = (token ?? '').split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const scope = isRecord(claims) ? claims['scope'] : null;
    return typeof scope === 'string' ? new Set(scope.split(' ')) : NONE;
  } catch {
    return NONE;
  }
}
