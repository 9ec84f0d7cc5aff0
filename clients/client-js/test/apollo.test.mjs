// Apollo Client behind the link: what an app sees when its token is renewed, refused, or not to be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { cardeaLink } from '@cardea/client/apollo';
import { Browser, refusal } from './fakes.mjs';

const ME = gql('query Me { me { id } }');
const expired = () => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401);

/** An app in a browser in which somebody is signed in. */
async function app() {
  const browser = new Browser();
  const { client: cardea } = await browser.signedIn();
  const http = new HttpLink({ uri: 'https://id.example.com/graphql', headers: { 'x-kept': 'yes' }, fetch: (_, init) => browser.server.answer(init, browser) });
  const client = new ApolloClient({
    cache: new InMemoryCache(), link: ApolloLink.from([cardeaLink(cardea), http]), defaultOptions: { query: { fetchPolicy: 'no-cache' } },
  });
  return { browser, cardea, client };
}

test('a token goes with each operation, beside what headers there are', async () => {
  const { browser, client, cardea } = await app();
  const shown = [];
  browser.server.instead.Me = [({ init }) => void shown.push(new Headers(init.headers))];
  const { data } = await client.query({ query: ME });
  assert.deepEqual(data, { me: { id: 'ada' } });
  assert.deepEqual([shown[0].get('authorization'), shown[0].get('x-kept')], [`Bearer ${await cardea.token()}`, 'yes']);
});

test('nobody signed in: no token, and no error', async () => {
  const { client, cardea } = await app();
  await cardea.logout();
  assert.deepEqual((await client.query({ query: ME })).data, { me: null });
});

test('an expired token is renewed, and the operation asked again: once', async () => {
  const { browser, client } = await app();
  browser.server.instead.Me = [expired];
  assert.deepEqual((await client.query({ query: ME })).data, { me: { id: 'ada' } });
  assert.deepEqual(browser.server.asked, ['Me', 'Refresh', 'Me']);
  browser.server.instead.Me = [expired, expired];
  const failure = await browser.clock.during(client.query({ query: ME }).catch(error => error));
  assert.ok(CombinedGraphQLErrors.is(failure), String(failure));
  assert.equal(failure.errors[0].extensions.reason, 'EXPIRED');
});

test('the end of the session is a GraphQL error, and known to the client', async () => {
  const { browser, client, cardea } = await app();
  for (const session of browser.server.sessions.values()) session.over = 'LOGGED_OUT';
  const failure = await client.query({ query: ME }).catch(error => error);
  assert.ok(CombinedGraphQLErrors.is(failure), String(failure));
  assert.deepEqual([cardea.state.status, cardea.state.reason], ['out', 'LOGGED_OUT']);
});

test('a token that can\'t be had now is an error that says so, not a request without it', async () => {
  const { browser, client } = await app();
  browser.server.instead.Me = [expired];
  browser.server.instead.Refresh = [() => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 503)];
  const failure = await client.query({ query: ME }).catch(error => error);
  assert.deepEqual([failure.code, failure.retryAfter], ['STORE_UNAVAILABLE', 1]);
  assert.deepEqual(browser.server.asked, ['Me', 'Refresh']);
});

test('an operation that nobody waits for any more is cancelled', async () => {
  const { browser, client } = await app();
  const signals = [];
  browser.server.instead.Me = [({ init }) => { signals.push(init.signal); return new Promise(() => {}); }];
  const subscription = client.watchQuery({ query: ME }).subscribe({});
  await browser.clock.pass(0);
  subscription.unsubscribe();
  await browser.clock.pass(0);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
});

test('subscriptions pass as they are', async () => {
  const { cardea } = await app();
  const passed = [];
  const socket = new ApolloLink(operation => { passed.push(operation.getContext().headers); return new ApolloLink.empty().request(); });
  const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([cardeaLink(cardea), socket]) });
  client.subscribe({ query: gql('subscription Events { sessionEvents { occurredAt } }') }).subscribe({ error: () => {} });
  await new Promise(setImmediate);
  assert.deepEqual(passed, [undefined]);
});
