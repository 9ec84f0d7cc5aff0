// Compiled and never run: what a caller who writes TypeScript may and may not do.
import express from 'express';
import { createVerifier, VerifyError, type Code, type Verified } from '@cardea/verify';
import { protect } from '@cardea/verify/express';

const verifier = createVerifier({ issuer: 'https://id.example.com', audience: 'shop', clientId: 'shop', clientSecret: 's' });

// @ts-expect-error: whose tokens?
createVerifier({ audience: 'shop', clientId: 'shop', clientSecret: 's' });
// @ts-expect-error: to pass silently can't be chosen
createVerifier({ issuer: 'https://a', audience: 'a', clientId: 'a', clientSecret: 's', whenStale: 'pass' });

export async function whose(token: string): Promise<string> {
  const verified: Verified = await verifier.verify(token);
  verified.require('orders:read');
  // @ts-expect-error: what was signed stays as it is
  verified.claims.sub = 'somebody';
  return verified.claims.sub;
}

export function codeOf(error: unknown): Code | null {
  return error instanceof VerifyError ? error.code : null;
}

express().get('/orders', protect(verifier, 'orders:read'), (request, response) => {
  response.json({ user: request.verified?.userId });
});
