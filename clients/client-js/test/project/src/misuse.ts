// What the compiler refuses: each of these lines would be a fault of the app.
import { CardeaError, createClient } from '@cardea/client';
import type { Client, LoginOutcome, SessionsVariables, State } from '@cardea/client';

export function options() {
  // @ts-expect-error no server is named
  createClient({});
  // @ts-expect-error an address is text
  createClient({ url: new URL('https://id.example.com/graphql') });
  // @ts-expect-error seconds are a number
  createClient({ url: '/graphql', timeoutSeconds: '5' });
  // @ts-expect-error there is no such option, and no place to keep tokens in
  createClient({ url: '/graphql', storage: localStorage });
}

export async function state(cardea: Client) {
  // @ts-expect-error what is shown is not set
  cardea.state = { ...cardea.state };
  // @ts-expect-error nor a part of it
  cardea.state.status = 'out';
  // @ts-expect-error it may be nobody
  const user: string = cardea.state.userId;
  // @ts-expect-error there are three, and this is none of them
  if (cardea.state.status === 'loading') return user;
  // @ts-expect-error tokens are not in the state
  return (await cardea.start()).accessToken;
}

export function outcome(of: LoginOutcome) {
  // @ts-expect-error nobody may have signed in
  const name = of.user.email;
  // @ts-expect-error there is no such outcome
  if (of.__typename === 'Denied') return name;
  // @ts-expect-error tokens are not for the app
  if (of.__typename === 'Authenticated') return of.tokens;
  // @ts-expect-error there is no such code
  return of.code === 'PASSWORD_INCORRECT';
}

export async function calls(cardea: Client) {
  // @ts-expect-error whoever signs in shows a password
  await cardea.login({ identifier: 'ada' });
  // @ts-expect-error it is what the schema calls the identifier
  await cardea.login({ email: 'ada@example.com', password: 'violet kettle 1815' });
  // @ts-expect-error the new token is kept, and not shown
  const { tokens } = await cardea.changePassword({ currentPassword: 'violet kettle 1815', newPassword: 'nine green lamps 1852' });
  // @ts-expect-error of which application?
  await cardea.logoutApplication();
  // @ts-expect-error a token may be missing
  const token: string = await cardea.token();
  // @ts-expect-error what a sub-system refuses is told as GraphQL does
  await cardea.authorize(async () => ({ errors: 'UNAUTHENTICATED' }));
  // @ts-expect-error the token may be null
  await cardea.authorize(async sent => ({ errors: [], size: sent.length }));
  // @ts-expect-error data is what was said to be asked for
  (await cardea.request<{ me: null }>('query Me { me { id } }')).you;
  // @ts-expect-error sessions are active, or have ended
  const page: SessionsVariables = { state: 'OPEN' };
  // @ts-expect-error a logout that is not looked at is a promise, and no outcome
  const { confirmed } = cardea.logout();
  return [token, tokens, page, confirmed];
}

export function errors(fault: State['fault']) {
  // @ts-expect-error nothing may be the matter
  const code = fault.code;
  // @ts-expect-error what was told is not rewritten
  if (fault) fault.code = 'NETWORK';
  // @ts-expect-error a number of seconds, or none
  const seconds: number = new CardeaError('OVERLOADED', 'busy').retryAfter;
  // @ts-expect-error details have names of their own
  return [code, seconds, new CardeaError('NETWORK', 'away', { status: 'none' })];
}
