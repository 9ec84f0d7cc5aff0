// @apollo/client in front of the server: what it makes of an answer is what an app sees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, switchMap } from 'rxjs';
import {
  LOGIN, LOGOUT, ME, SIGN_UP, credentials, endpoint, isUnauthenticated, signIn, signUp, stranger,
} from './cardea.mjs';

/** An app as its authors write it: what it knows of the session is one variable. */
function app({ links = () => [], headers = {} } = {}) {
  const session = { token: undefined };
  const bearer = new SetContextLink(({ headers }) => ({
    headers: session.token ? { ...headers, authorization: `Bearer ${session.token}` } : headers,
  }));
  const http = new HttpLink({ uri: endpoint, headers });
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([...links(session), bearer, http]),
    defaultOptions: { query: { fetchPolicy: 'network-only' } },
  });
  return { client, session };
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('this was to fail');
}

// The new media type, which Apollo asks for by itself, answers 401; the old one answers 200. An app sees the same.
for (const accept of [undefined, 'application/json']) {
  const media = accept ?? 'what Apollo accepts by itself';
  test(`sign up, log in, me, log out, and UNAUTHENTICATED as a GraphQL error: ${media}`, async () => {
    const { client, session } = app({ headers: accept ? { accept } : {} });
    const person = stranger();
    const signedUp = await client.mutate({ mutation: gql(SIGN_UP), variables: { input: person } });
    assert.deepEqual(signedUp.data.signUp.userErrors, []);
    assert.equal((await client.query({ query: gql(ME) })).data.me, null);

    const loggedIn = await client.mutate({ mutation: gql(LOGIN), variables: credentials(person) });
    session.token = loggedIn.data.login.tokens.accessToken;
    assert.equal((await client.query({ query: gql(ME) })).data.me.email, person.email);

    const left = await client.mutate({ mutation: gql(LOGOUT) });
    assert.equal(left.data.logout.endedSessionIds.length, 1);
    const error = await failure(client.query({ query: gql(ME) }));
    assert.ok(CombinedGraphQLErrors.is(error), `not a GraphQL error: ${error}`);
    assert.deepEqual(error.errors[0].extensions, { code: 'UNAUTHENTICATED', reason: 'LOGGED_OUT' });
  });
}

test('a mutation that needs nobody does not mind a dead token', async () => {
  const { client, session } = app();
  const person = await signUp();
  session.token = await signIn(person);
  await client.mutate({ mutation: gql(LOGOUT) });
  assert.deepEqual((await client.mutate({ mutation: gql(LOGOUT) })).data.logout.endedSessionIds, []);
  const again = await client.mutate({ mutation: gql(LOGIN), variables: credentials(person) });
  assert.equal(again.data.login.user.email, person.email);
});

test('an app that signs in again on UNAUTHENTICATED goes on where it was', async () => {
  const person = await signUp();
  let renewals = 0;
  const renewing = session => new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error) || !error.errors.some(isUnauthenticated)) return undefined;
    renewals += 1;
    const renewed = signIn(person).then(token => { session.token = token; });
    return from(renewed).pipe(switchMap(() => forward(operation)));
  });
  const { client, session } = app({ links: session => [renewing(session)] });
  session.token = await signIn(person);
  await client.mutate({ mutation: gql(LOGOUT) });
  assert.equal((await client.query({ query: gql(ME) })).data.me.email, person.email);
  assert.equal(renewals, 1);
});

test('what does not fit the schema is a GraphQL error, too', async () => {
  const error = await failure(app().client.query({ query: gql('{ nothing }') }));
  assert.ok(CombinedGraphQLErrors.is(error), `not a GraphQL error: ${error}`);
  assert.equal(error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
});
