// What an access token says of itself. Only a server that verifies it may rely on that; here it tells tokens apart.

/** Longer than any that Cardea issues. */
const LONGEST = 16_384;

/**
 * @typedef {{ accessToken: string, expiresIn: number }} Tokens
 * @typedef {{ sub: string, sid: string, rev: number, client_id?: string }} Claims
 * @param {unknown} token
 * @returns {Claims | null}
 */
export function claimsOf(token) {
  if (typeof token !== 'string' || token.length > LONGEST) return null;
  try {
    const [, payload = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    const { sub, sid, rev } = claims;
    const isOurs = typeof sub === 'string' && typeof sid === 'string' && typeof rev === 'number';
    return isOurs ? claims : null;
  } catch {
    return null;
  }
}
