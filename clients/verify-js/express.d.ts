import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verified, Verifier } from './index.js';

declare global {
  namespace Express {
    interface Request {
      /** Set by `protect`. */
      verified?: Verified;
    }
  }
}

/** Lets requests with a valid token of these scopes through, and answers all others. */
export function protect(
  verifier: Pick<Verifier, 'verify'>,
  ...scopes: string[]
): (request: IncomingMessage, response: ServerResponse, next: (fault?: unknown) => void) => Promise<void>;
