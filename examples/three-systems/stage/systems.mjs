// The three sub-systems: what the page has to know of them, and how each is started.
import { fileURLToPath } from 'node:url';

const here = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const SYSTEMS = [
  {
    clientId: 'shop', name: 'Shop', language: 'Rust', made: 'the crate cardea-verifier',
    open: '/orders', guarded: '/refunds', scope: 'refunds:read', whenStale: 'ask',
  },
  {
    clientId: 'billing', name: 'Billing', language: 'Node', made: 'the package @cardea/verify',
    open: '/invoices', guarded: '/payouts', scope: 'payouts:read', whenStale: 'refuse',
  },
  {
    clientId: 'support', name: 'Support', language: 'Python', made: 'the recipe of the docs',
    open: '/tickets', guarded: '/escalations', scope: 'escalations:read', whenStale: 'ask',
  },
];

/** The words that start a sub-system, given the programs that were built or found. */
export function commandOf(clientId, { shop, python }) {
  const commands = {
    shop: [shop],
    billing: [process.execPath, here('billing/billing.mjs')],
    // No bytecode beside the sources.
    support: [python, '-B', here('support/support.py')],
  };
  return commands[clientId];
}
