// @urql/core in front of the server: what it makes of an answer is what an app sees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, CombinedError, fetchExchange } from '@urql/core';
import { LOGIN, LOGOUT, ME, SIGN_UP, credentials, endpoint, isUnauthenticated, stranger } from './cardea.mjs';

/** An app as its authors write it: what it knows of the session is one variable. */
function app(options = {}) {
  const session = { token: undefined };
  const client = new Client({
    url: endpoint,
    exchanges: [fetchExchange],
    fetchOptions: () => (session.token ? { headers: { authorization: `Bearer ${session.token}` } } : {}),
    ...options,
  });
  return { client, session };
}

async function done(source) {
  const { data, error } = await source.toPromise();
  assert.equal(error, undefined);
  return data;
}

for (const preferGetMethod of [false, 'force']) {
  const method = preferGetMethod ? 'GET' : 'POST';
  test(`sign up, log in, me, log out, and UNAUTHENTICATED as a GraphQL error: queries by ${method}`, async () => {
    const { client, session } = app({ preferGetMethod });
    const person = stranger();
    assert.deepEqual((await done(client.mutation(SIGN_UP, { input: person }))).signUp.userErrors, []);
    assert.equal((await done(client.query(ME, {}))).me, null);

    session.token = (await done(client.mutation(LOGIN, credentials(person)))).login.tokens.accessToken;
    assert.equal((await done(client.query(ME, {}))).me.email, person.email);

    assert.equal((await done(client.mutation(LOGOUT, {}))).logout.endedSessionIds.length, 1);
    const { data, error } = await client.query(ME, {}).toPromise();
    assert.equal(data ?? null, null);
    assert.ok(error instanceof CombinedError);
    assert.equal(error.networkError, undefined, 'an answer is no outage of the network');
    assert.ok(error.graphQLErrors.some(isUnauthenticated), String(error));
    assert.equal(error.graphQLErrors[0].extensions.reason, 'LOGGED_OUT');
    assert.equal(error.response.status, 401);
  });
}

test('a wrong password is data, not an error', async () => {
  const { client } = app();
  assert.equal((await done(client.mutation(LOGIN, credentials(stranger())))).login.code, 'INVALID_CREDENTIALS');
});
