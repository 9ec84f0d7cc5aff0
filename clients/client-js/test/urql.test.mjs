// urql behind the exchange: what an app sees when its token is renewed, refused, or not to be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, CombinedError, fetchExchange } from '@urql/core';
import { cardeaExchange } from '@cardea/client/urql';
import { Browser, ME, refusal } from './fakes.mjs';

const expired = () => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401);

/** An app in a browser in which somebody is signed in. */
async function app(options = {}) {
  const browser = new Browser();
  const { client: cardea } = await browser.signedIn();
  const client = new Client({
    url: 'https://id.example.com/graphql', preferGetMethod: false, requestPolicy: 'network-only', fetchOptions: { headers: { 'x-kept': 'yes' } },
    exchanges: [cardeaExchange(cardea), fetchExchange], fetch: (_, init) => browser.server.answer(init, browser), ...options,
  });
  return { browser, cardea, client };
}

for (const fetchOptions of [{ headers: { 'x-kept': 'yes' } }, () => ({ headers: { 'x-kept': 'yes' } })]) {
  test(`a token goes with each operation, beside what headers there are: ${typeof fetchOptions}`, async () => {
    const { browser, client, cardea } = await app({ fetchOptions });
    const shown = [];
    browser.server.instead.Me = [({ init }) => void shown.push(new Headers(init.headers))];
    assert.deepEqual((await client.query(ME, {})).data, { me: { id: 'ada' } });
    assert.deepEqual([shown[0].get('authorization'), shown[0].get('x-kept')], [`Bearer ${await cardea.token()}`, 'yes']);
  });
}

test('nobody signed in: no token, and no error', async () => {
  const { client, cardea } = await app();
  await cardea.logout();
  const { data, error } = await client.query(ME, {});
  assert.deepEqual([data, error], [{ me: null }, undefined]);
});

test('an expired token is renewed, and the operation asked again: once', async () => {
  const { browser, client } = await app();
  browser.server.instead.Me = [expired];
  assert.deepEqual((await client.query(ME, {})).data, { me: { id: 'ada' } });
  assert.deepEqual(browser.server.asked, ['Me', 'Refresh', 'Me']);
  browser.server.instead.Me = [expired, expired];
  const { error } = await browser.clock.during(client.query(ME, {}).toPromise());
  assert.ok(error instanceof CombinedError);
  assert.deepEqual([error.graphQLErrors[0].extensions.reason, browser.server.count('Me')], ['EXPIRED', 4]);
});

test('ten operations at once are renewed by one refresh', async () => {
  const { browser, client } = await app();
  browser.server.instead.Me = Array(10).fill(expired);
  const queries = Array.from({ length: 10 }, (_, index) => client.query(`query Me { me { id } again${index}: __typename }`, {}).toPromise());
  const results = await Promise.all(queries);
  assert.deepEqual([results.every(({ data }) => data?.me.id === 'ada'), browser.server.count('Refresh'), browser.server.count('Me')], [true, 1, 20]);
});

test('the end of the session is a GraphQL error, and known to the client', async () => {
  const { browser, client, cardea } = await app();
  for (const session of browser.server.sessions.values()) session.over = 'LOGGED_OUT';
  const { error } = await client.query(ME, {});
  assert.deepEqual([error.graphQLErrors[0].extensions.reason, cardea.state.status, cardea.state.reason], ['LOGGED_OUT', 'out', 'LOGGED_OUT']);
});

test('a token that can\'t be had now is an error that says so, not a request without it', async () => {
  const { browser, client, cardea } = await app();
  browser.server.instead.Refresh = Array(2).fill(() => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 503));
  browser.server.instead.Me = [expired];
  const after = await client.query(ME, {});
  assert.deepEqual([after.error.networkError.code, browser.server.asked], ['STORE_UNAVAILABLE', ['Me', 'Refresh']]);
  browser.clock.sleep(200_000);
  await assert.rejects(browser.clock.during(cardea.token()), { code: 'STORE_UNAVAILABLE' });
  const before = await client.query(ME, {});
  assert.deepEqual([before.error.networkError.code, browser.server.count('Me')], ['STORE_UNAVAILABLE', 1]);
});

test('an operation that nobody waits for any more is cancelled, also before it is sent', async () => {
  const { browser, client } = await app();
  const signals = [];
  browser.server.instead.Me = [({ init }) => { signals.push(init.signal); return new Promise(() => {}); }];
  const { unsubscribe } = client.query(ME, {}).subscribe(() => {});
  await browser.clock.pass(0);
  unsubscribe();
  await browser.clock.pass(0);
  assert.deepEqual(signals.map(signal => signal.aborted), [true]);
  client.query(ME, {}).subscribe(() => {}).unsubscribe();
  await browser.clock.pass(0);
  assert.equal(browser.server.count('Me'), 1);
});
