// graphql-ws in front of the server: what an app sees of somebody's sessions, and of its own end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { LOGOUT, ask, endpoint, signIn, signUp } from './cardea.mjs';

const EVENTS = `subscription {
  sessionEvents { __typename occurredAt session { isCurrent state } ... on SessionEnded { reason } }
}`;

/** An app as its authors write it: it shows whatever token it has when it connects. */
function app(session, options = {}) {
  const closes = [];
  const client = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${session.token}` }),
    on: { closed: ({ code, reason }) => closes.push({ code, reason }) },
    ...options,
  });
  return { client, closes };
}

/** The next event, without what differs each time. */
async function next(events) {
  const { value, done } = await events.next();
  assert.equal(done, false);
  assert.equal(value.errors, undefined);
  const { __typename, occurredAt, reason, session } = value.data.sessionEvents;
  assert.ok(Date.parse(occurredAt));
  return { __typename, reason, state: session.state, isCurrent: session.isCurrent };
}

/** Subscribes; an answer to a ping says that the server has heeded it. */
async function follow(client) {
  const events = client.iterate({ query: EVENTS });
  const first = next(events);
  await new Promise((resolve) => {
    client.on('connected', (socket) => {
      const heeded = ({ data }) => JSON.parse(data).type === 'pong' && resolve();
      socket.addEventListener('message', heeded);
      setTimeout(() => socket.send('{"type":"ping"}'), 100);
    });
  });
  return { events, first };
}

async function logOut(token) {
  const { body } = await ask(LOGOUT, { token });
  assert.equal(body.data.logout.endedSessionIds.length, 1);
}

const STARTED = { __typename: 'SessionStarted', reason: undefined, state: 'ACTIVE', isCurrent: false };
const ENDED = { __typename: 'SessionEnded', reason: 'LOGGED_OUT', state: 'ENDED', isCurrent: false };

test('sessions that start and end are events; a logout closes with 4403', async () => {
  const person = await signUp();
  const session = { token: await signIn(person) };
  const { client, closes } = app(session, { retryAttempts: 0 });
  const { events, first } = await follow(client);
  const other = await signIn(person);
  assert.deepEqual(await first, STARTED);
  await logOut(other);
  assert.deepEqual(await next(events), ENDED);
  await logOut(session.token);
  await assert.rejects(events.next(), { code: CloseCode.Forbidden, reason: 'Forbidden: LOGGED_OUT' });
  assert.deepEqual(closes, [{ code: 4403, reason: 'Forbidden: LOGGED_OUT' }]);
});

test('an app that has signed in again goes on by itself', async () => {
  const person = await signUp();
  const session = { token: await signIn(person) };
  const { client, closes } = app(session, { retryAttempts: 5, retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)) });
  const { events, first } = await follow(client);
  const old = session.token;
  session.token = await signIn(person);
  assert.deepEqual(await first, STARTED);
  const again = new Promise((resolve) => client.on('connected', resolve));
  await logOut(old);
  await again;
  assert.deepEqual(closes, [{ code: 4403, reason: 'Forbidden: LOGGED_OUT' }]);
  const event = next(events);
  // Whatever has started before it was heeded is no news: one will be.
  const signing = setInterval(() => signIn(person).catch(() => {}), 300);
  assert.deepEqual(await event, STARTED);
  clearInterval(signing);
  await client.dispose();
});

test('who has no good token is forbidden; a query is refused, and the socket stays', async () => {
  const { client } = app({ token: 'garbage' }, { retryAttempts: 0 });
  await assert.rejects(client.iterate({ query: EVENTS }).next(), { code: 4403, reason: 'Forbidden: MALFORMED' });
  const person = await signUp();
  const { client: good, closes } = app({ token: await signIn(person) }, { retryAttempts: 0, lazy: false, onNonLazyError: assert.fail });
  await assert.rejects(good.iterate({ query: '{ me { email } }' }).next(), ([error]) => {
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    return true;
  });
  assert.deepEqual(closes, []);
  await good.dispose();
});
