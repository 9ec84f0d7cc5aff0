// A sub-system of one's own, asked by the token of whoever is signed in.
import { CardeaError } from '@cardea/client';
import type { Client, GraphqlError, Refusable } from '@cardea/client';

interface Orders extends Refusable {
  orders?: string[];
}

export async function orders(cardea: Client): Promise<string[]> {
  const answer = await cardea.authorize(async (token): Promise<Orders> => {
    const response = await fetch('/orders', token === null ? {} : { headers: { authorization: `Bearer ${token}` } });
    if (response.ok) return { orders: await response.json() as string[] };
    const extensions = await response.json() as NonNullable<GraphqlError['extensions']>;
    return { errors: [{ extensions }] };
  });
  const [refusal] = answer.errors ?? [];
  if (refusal) throw new CardeaError(refusal.extensions?.code ?? 'BAD_ANSWER', 'the orders can\'t be shown', { reason: refusal.extensions?.reason ?? null });
  return answer.orders ?? [];
}
