// The client against the real server, over HTTP.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { createClient } from '@cardea/client';
import { FakeLocks, fakeChannels } from './fakes.mjs';
import { CREDENTIALS, Cardea, Jar, until } from './server.mjs';

const ME = 'query Me { me { email } }';

let server;
const clients = [];
before(async () => (server = await Cardea.start()));
afterEach(() => clients.splice(0).forEach(client => client.close()));
after(() => server?.remove());

/** Tabs of one browser. */
function tabs(count, options = {}) {
  const jar = new Jar();
  const shared = { url: server.url, clientId: 'shop', fetch: jar.fetch, locks: new FakeLocks(), BroadcastChannel: fakeChannels(), ...options };
  const opened = Array.from({ length: count }, () => createClient(shared));
  clients.push(...opened);
  return { jar, tabs: opened, client: opened[0] };
}

test('log in, ask, refresh, log out; the token is dead, and the cookie gone', async () => {
  const { jar, client } = tabs(1);
  assert.equal((await client.start()).status, 'out');
  const outcome = await client.login(CREDENTIALS);
  assert.deepEqual([outcome.__typename, outcome.user.email, 'tokens' in outcome], ['Authenticated', CREDENTIALS.identifier, false]);
  assert.equal(client.state.userId, outcome.user.subject);
  const first = await client.token();
  await until(async () => await client.token() !== first, 'the cookie was not tried');
  const token = await client.token();
  assert.deepEqual(await client.request(ME), { me: { email: CREDENTIALS.identifier } });
  assert.equal(client.state.fault, null);

  const { confirmed, endedSessionIds } = await client.logout();
  assert.deepEqual([confirmed, endedSessionIds], [true, [outcome.session.id]]);
  assert.equal((await server.ask(ME, {}, token)).errors[0].extensions.reason, 'LOGGED_OUT');
  assert.deepEqual([...jar.cookies.keys()].filter(name => name === '__Host-cardea-shop'), []);
  assert.deepEqual(await client.request(ME), { me: null });
});

test('wrong credentials are an outcome', async () => {
  const { client } = tabs(1);
  const outcome = await client.login({ ...CREDENTIALS, password: 'something else' });
  assert.deepEqual([outcome.__typename, outcome.code, client.state.status], ['AuthenticationFailed', 'INVALID_CREDENTIALS', 'unknown']);
});

test('ten tabs refresh at once: one refresh, one session, no theft', async () => {
  const { jar, client } = tabs(1);
  await client.login(CREDENTIALS);
  await until(() => jar.count('Refresh') === 1 && client.state.fault === null);
  const { tabs: ten } = tabs(10, { fetch: jar.fetch });
  const states = await Promise.all(ten.map(tab => tab.start()));
  assert.deepEqual([jar.count('Refresh'), new Set(states.map(({ sessionId }) => sessionId))], [2, new Set([client.state.sessionId])]);
  const answers = await Promise.all(ten.map(tab => tab.request(ME)));
  assert.ok(answers.every(({ me }) => me.email === CREDENTIALS.identifier));
});

test('ten tabs that know nothing of one another refresh at once: the server forgives, and nobody is signed out', async () => {
  const { jar, client } = tabs(1);
  await client.login(CREDENTIALS);
  await until(() => jar.count('Refresh') === 1 && client.state.fault === null);
  const { tabs: ten } = tabs(10, { fetch: jar.fetch, locks: undefined, BroadcastChannel: undefined });
  const states = await Promise.all(ten.map(tab => tab.start()));
  assert.deepEqual(states.map(({ status }) => status), Array(10).fill('in'));
  assert.equal((await tabs(1, { fetch: jar.fetch }).client.start()).status, 'in');
});

test('a session that was logged out elsewhere is told, with the reason, and other tabs hear it', async () => {
  const { tabs: [one, two] } = tabs(2);
  await one.login(CREDENTIALS);
  await until(() => two.state.status === 'in');
  await server.ask('mutation { logoutEverywhere { endedSessionIds } }', {}, await one.token());
  await assert.rejects(one.request(ME), { code: 'UNAUTHENTICATED', reason: 'LOGGED_OUT_EVERYWHERE' });
  await until(() => two.state.status === 'out');
  assert.deepEqual([one.state.reason, two.state.reason], ['LOGGED_OUT_EVERYWHERE', 'LOGGED_OUT_EVERYWHERE']);
});

test('sessions are listed, and ended: one, all others, those of an application, all', async () => {
  const { client: here } = tabs(1);
  await here.login(CREDENTIALS);
  const elsewhere = async () => {
    const { client } = tabs(1);
    await client.login(CREDENTIALS);
    // It tries its cookie; afterwards it asks nothing by itself.
    const first = await client.token();
    await until(async () => await client.token() !== first);
    return client;
  };
  const phone = await elsewhere();
  const { nodes } = await here.sessions({ first: 2 });
  assert.deepEqual(nodes.map(({ isCurrent, application }) => [isCurrent, application.clientId]), [[false, 'shop'], [true, 'shop']]);
  assert.deepEqual(await here.revokeSession(nodes[0].id), { endedSessionIds: [nodes[0].id], userErrors: [] });
  await assert.rejects(phone.request(ME), { code: 'UNAUTHENTICATED' });

  const laptop = await elsewhere();
  const { confirmed, endedSessionIds } = await here.logoutEverywhere({ keepCurrent: true });
  assert.ok(confirmed && endedSessionIds.length >= 1);
  await assert.rejects(laptop.request(ME), { reason: 'LOGGED_OUT_EVERYWHERE' });
  assert.deepEqual(await here.request(ME), { me: { email: CREDENTIALS.identifier } });

  await here.logoutApplication(nodes[0].application.id);
  assert.deepEqual([here.state.status, here.state.reason], ['out', 'LOGGED_OUT_OF_APPLICATION']);
  await here.login(CREDENTIALS);
  assert.equal((await here.logoutEverywhere()).confirmed, true);
});

test('a changed password keeps this session, its cookie too', async () => {
  const { jar, client } = tabs(1);
  await client.login(CREDENTIALS);
  await until(() => jar.count('Refresh') === 1 && client.state.fault === null);
  const weak = await client.changePassword({ currentPassword: CREDENTIALS.password, newPassword: 'x' });
  assert.equal(weak.userErrors.length, 1);
  const { userErrors } = await client.changePassword({ currentPassword: CREDENTIALS.password, newPassword: 'nine green lamps 1852' });
  assert.deepEqual(userErrors, []);
  assert.deepEqual(await client.request(ME), { me: { email: CREDENTIALS.identifier } });
  assert.equal((await tabs(1, { fetch: jar.fetch }).client.start()).sessionId, client.state.sessionId);
  await client.changePassword({ currentPassword: 'nine green lamps 1852', newPassword: CREDENTIALS.password });
});

test('a server that is killed and comes back logs nobody out; a logout meanwhile is told as pending, and made up for', async () => {
  const { client, jar } = tabs(1);
  const { client: leaver } = tabs(1);
  await Promise.all([client.login(CREDENTIALS), leaver.login(CREDENTIALS)]);
  await until(() => jar.count('Refresh') === 1 && client.state.fault === null);
  const token = await leaver.token();
  await server.end();
  await assert.rejects(client.request('mutation Rename { nothing }'), { code: 'NETWORK' });
  assert.equal((await tabs(1, { fetch: jar.fetch }).client.start()).status, 'unknown');
  const { confirmed, fault } = await leaver.logout();
  assert.deepEqual([confirmed, fault.code, leaver.state.logoutPending], [false, 'NETWORK', true]);
  await server.run();
  assert.deepEqual(await client.request(ME), { me: { email: CREDENTIALS.identifier } });
  await until(() => !leaver.state.logoutPending, 'the logout was not made up for');
  assert.equal((await server.ask(ME, {}, token)).errors[0].extensions.reason, 'LOGGED_OUT');
});
