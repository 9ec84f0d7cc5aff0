// Compiled and never run: what a caller who writes TypeScript may and may not do.
import { CardeaError, createClient, type LoginOutcome, type SessionEndReason, type State } from '@cardea/client';
import { cardeaLink } from '@cardea/client/apollo';
import { cardeaExchange } from '@cardea/client/urql';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';

const cardea = createClient({ url: '/graphql', clientId: 'shop' });

// @ts-expect-error: where?
createClient({ clientId: 'shop' });
// @ts-expect-error: there is no place to keep tokens
createClient({ url: '/graphql', storage: localStorage });

export async function login(identifier: string, password: string): Promise<string> {
  const outcome: LoginOutcome = await cardea.login({ identifier, password });
  // @ts-expect-error: tokens are not for the app
  void outcome.tokens;
  // @ts-expect-error: nobody knows yet which of the two it is
  void outcome.user;
  return outcome.__typename === 'Authenticated' ? outcome.user.email : outcome.code;
}

export async function ends(): Promise<(SessionEndReason | null)[]> {
  // @ts-expect-error: there is no such state
  await cardea.sessions({ state: 'DEAD' });
  const { nodes, pageInfo } = await cardea.sessions({ first: 10, state: 'ENDED' });
  const more: boolean = pageInfo.hasNextPage;
  void more;
  return nodes.map(session => session.endReason);
}

cardea.subscribe((state: State) => {
  // @ts-expect-error: what is shown is not changed
  state.status = 'in';
});

export function seconds(error: unknown): number | null {
  return error instanceof CardeaError ? error.retryAfter : null;
}

export async function orders(): Promise<string[]> {
  const { me } = await cardea.request<{ me: { id: string } | null }>('query Me { me { id } }');
  const answer = await cardea.authorize(async token => {
    const response = await fetch('/orders', { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return response.ok ? { orders: [await response.text()] } : { orders: [], errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'EXPIRED' } }] };
  });
  return me ? answer.orders : [];
}

new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([cardeaLink(cardea), new HttpLink({ uri: '/graphql' })]) });
new Client({ url: '/graphql', preferGetMethod: false, exchanges: [cardeaExchange(cardea), fetchExchange] });
