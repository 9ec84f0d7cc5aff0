// Logging out: every tab forgets at once, whatever the server says; and what the server says is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, ME, refusal, tokenOf } from './fakes.mjs';

const away = () => { throw new TypeError('fetch failed'); };
const statuses = tabs => tabs.map(({ client }) => client.state.status);

test('every tab has forgotten before the server is asked, and none of them asks anything', async () => {
  const browser = new Browser();
  const { tabs, client, sid } = await browser.signedIn(3);
  const token = await client.token();
  let answer;
  browser.server.instead.Logout = [({ token: shown }) => {
    assert.equal(shown, token);
    assert.equal(client.state.status, 'out');
    return new Promise(resolve => { answer = () => resolve(undefined); });
  }];
  const outcome = client.logout();
  assert.equal(client.state.status, 'out', 'in the same breath');
  await browser.clock.pass(0);
  assert.deepEqual(statuses(tabs), ['out', 'out', 'out']);
  assert.deepEqual(await Promise.all(tabs.map(tab => tab.client.token())), [null, null, null]);
  assert.deepEqual(browser.server.asked, ['Logout']);
  assert.equal(client.state.logoutPending, true);
  answer();
  assert.deepEqual(await outcome, { confirmed: true, endedSessionIds: [sid], fault: null });
  assert.deepEqual([client.state.logoutPending, client.state.reason, tabs[2].client.state.reason], [false, 'LOGGED_OUT', 'LOGGED_OUT']);
  await browser.clock.pass(1_000_000);
  assert.deepEqual(browser.server.asked, ['Logout']);
});

for (const which of [0, 1]) {
  test(`a refresh that was under way brings nobody back: in ${['the tab itself', 'another tab'][which]}`, async () => {
    const browser = new Browser();
    const { tabs, client } = await browser.signedIn(2);
    let answer;
    const tokens = browser.server.tokens(browser.cookie);
    browser.server.instead.Refresh = [() => new Promise(resolve => {
      answer = () => resolve(new Response(JSON.stringify({ data: { refreshSession: { __typename: 'Refreshed', tokens } } })));
    })];
    browser.clock.sleep(85_000);
    await tabs[which].client.token();
    await browser.clock.pass(0);
    assert.deepEqual(browser.server.asked, ['Refresh']);
    await client.logout();
    answer();
    await browser.clock.pass(1000);
    assert.deepEqual(statuses(tabs), ['out', 'out']);
    assert.deepEqual(await Promise.all(tabs.map(tab => tab.client.token())), [null, null]);
  });
}

for (const [what, becomes] of [['succeeds', undefined], ['fails', new Error('away')]]) {
  test(`a page that asks who is signed in while somebody logs out by the cookie: nobody is, also if that ${what}`, async () => {
    const browser = new Browser();
    browser.server.signIn(browser);
    const tokens = browser.server.tokens(browser.cookie);
    let answer;
    browser.server.instead.Refresh = [() => new Promise((resolve, reject) => {
      const refreshed = new Response(JSON.stringify({ data: { refreshSession: { __typename: 'Refreshed', tokens } } }));
      answer = () => (becomes ? reject(becomes) : resolve(refreshed));
    })];
    const { client, faults } = browser.tab();
    const started = client.start();
    await browser.clock.pass(0);
    await client.logout();
    answer();
    await started;
    await browser.clock.pass(60_000);
    assert.deepEqual([client.state.status, client.state.fault, faults, browser.server.asked], ['out', null, [], ['Refresh', 'Logout']]);
  });
}

test('a tab that has just refreshed tells a token of the session that another one ended: nobody is back', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  const late = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  const heard = [];
  late.onmessage = ({ data }) => data.type === 'out' && heard.push(data);
  await client.logout();
  late.postMessage({ type: 'token', token: tokenOf({ sid, sub: 'ada' }), expiresIn: 100 });
  await browser.clock.pass(0);
  assert.equal(client.state.status, 'out');
  const out = { type: 'out', sid, reason: 'LOGGED_OUT' };
  assert.deepEqual(heard, [out, out]);
});

test('a server that can\'t be reached: said so, forgotten all the same, and asked until it confirms', async () => {
  const browser = new Browser();
  const { client, tabs, sid, faults } = await browser.signedIn(2);
  browser.server.instead.Logout = [away, away, () => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 503)];
  const outcome = await client.logout();
  assert.deepEqual([outcome.confirmed, outcome.endedSessionIds, outcome.fault.code], [false, [], 'NETWORK']);
  assert.deepEqual([client.state.status, client.state.logoutPending, client.state.fault.code, statuses(tabs)], ['out', true, 'NETWORK', ['out', 'out']]);
  assert.equal((await client.start()).status, 'out');
  await browser.clock.pass(10_000);
  assert.deepEqual([client.state.logoutPending, client.state.fault, faults], [false, null, ['NETWORK', 'NETWORK', 'STORE_UNAVAILABLE']]);
  assert.equal(browser.server.sessions.get(sid).over, 'LOGGED_OUT');
  assert.deepEqual(browser.server.asked, ['Logout', 'Logout', 'Logout', 'Logout']);
});

test('the first attempt outlives its page; where a browser can\'t do that, the next one does without', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Logout = [({ init }) => { if (init.keepalive) throw new TypeError('not across origins'); }];
  const shown = [];
  browser.server.instead.Logout.push(({ init }) => void shown.push(init.keepalive));
  assert.equal((await client.logout()).confirmed, false);
  await browser.clock.pass(2000);
  assert.deepEqual([shown, client.state.logoutPending], [[false], false]);
});

test('an app whose own listeners fail is logged out all the same', async t => {
  const thrown = [];
  t.mock.method(globalThis, 'queueMicrotask', action => { try { action(); } catch (error) { thrown.push(error.message); } });
  const browser = new Browser();
  await browser.signedIn();
  const { client } = browser.tab({ onFault: () => { throw new Error('onFault'); } });
  client.subscribe(() => { throw new Error('a listener'); });
  browser.server.instead.Logout = [away];
  assert.equal((await client.logout()).confirmed, false);
  await browser.clock.pass(2000);
  assert.deepEqual([client.state.logoutPending, new Set(thrown)], [false, new Set(['a listener', 'onFault'])]);
});

test('a tab that is opened before the server has confirmed is put out by the one that knows', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Logout = Array(20).fill(away);
  await client.logout();
  const fresh = browser.tab();
  await browser.clock.during(fresh.client.start());
  await browser.clock.pass(0);
  assert.deepEqual([fresh.client.state.status, fresh.client.state.reason], ['out', 'LOGGED_OUT']);
});

test('to log out once more is to ask once more, by the same token', async () => {
  const browser = new Browser();
  browser.takesCookies = false;
  const { client } = browser.tab();
  await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
  browser.server.instead.Logout = [away];
  assert.equal((await client.logout()).confirmed, false);
  const { confirmed, endedSessionIds } = await client.logout();
  assert.deepEqual([confirmed, endedSessionIds.length, client.state.logoutPending], [true, 1, false]);
  await browser.clock.pass(100_000);
  assert.equal(browser.server.count('Logout'), 2);
});

test('a refusal is no outage: it is told, and not asked again', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Logout = [() => refusal('UNAUTHENTICATED', { reason: 'WRONG_AUDIENCE' }, 401)];
  const { confirmed, fault } = await client.logout();
  assert.deepEqual([confirmed, fault.reason, client.state.logoutPending, client.state.status], [false, 'WRONG_AUDIENCE', false, 'out']);
  await browser.clock.pass(100_000);
  assert.equal(browser.server.count('Logout'), 1);
});

test('who logs out before it is known who they are is logged out by the cookie, in all tabs', async () => {
  const browser = new Browser();
  const { tabs: [other], sid } = await browser.signedIn();
  const { client } = browser.tab();
  assert.deepEqual(await client.logout(), { confirmed: true, endedSessionIds: [sid], fault: null });
  await browser.clock.pass(0);
  assert.equal(other.client.state.status, 'out');
});

test('a logout by the cookie that is still pending is over by a login, which ends what the cookie named, and is not asked again', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  const { client } = browser.tab();
  browser.server.instead.Logout = [away];
  await client.logout();
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  await browser.clock.pass(60_000);
  assert.deepEqual([client.state.status, client.state.userId, client.state.logoutPending], ['in', 'bob', false]);
  assert.deepEqual([browser.server.asked.slice(0, 2), browser.server.count('Logout')], [['Logout', 'Login'], 1]);
});

test('while everywhere can\'t be told nobody signs in, and it is asked again', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  const { client } = browser.tab();
  browser.server.instead.LogoutEverywhere = [away, away];
  await client.logoutEverywhere();
  await assert.rejects(browser.clock.during(client.login({ identifier: 'bob', password: 'right' })), { code: 'NETWORK' });
  assert.deepEqual([client.state.status, client.state.logoutPending, browser.server.count('Login')], ['out', true, 0]);
  await browser.clock.pass(1500);
  // The last one twice: it has no token, until the cookie brings one.
  assert.deepEqual([client.state.logoutPending, browser.server.count('LogoutEverywhere')], [false, 4]);
});

test('everywhere that is still pending is not less for a logout after it', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.LogoutEverywhere = [away, away];
  await client.logoutEverywhere();
  assert.equal((await client.logout()).confirmed, false);
  await browser.clock.pass(2500);
  assert.deepEqual([client.state.logoutPending, browser.server.asked], [false, ['LogoutEverywhere', 'LogoutEverywhere', 'LogoutEverywhere']]);
});

test('everywhere that is still pending is told before somebody signs in again, so that it does not end the new session', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  browser.server.instead.LogoutEverywhere = [away];
  await client.logoutEverywhere();
  await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
  await browser.clock.pass(60_000);
  assert.deepEqual(browser.server.asked.slice(0, 3), ['LogoutEverywhere', 'LogoutEverywhere', 'Login']);
  assert.deepEqual([client.state.status, client.state.logoutPending, browser.server.sessions.get(sid).over], ['in', false, 'LOGGED_OUT_EVERYWHERE']);
});

test('everywhere that is still pending when its token has expired does not end somebody else\'s sessions', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.LogoutEverywhere = [away, () => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401)];
  await client.logoutEverywhere();
  // By a page that knows nothing of this.
  const bob = browser.server.signIn(browser, 'bob');
  await browser.clock.pass(60_000);
  assert.deepEqual([browser.server.sessions.get(bob).over, browser.server.count('LogoutEverywhere'), client.state.logoutPending], [null, 2, false]);
});

test('a logout by the token that is still pending ends its own session, and not the next person\'s', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  browser.server.instead.Logout = [away];
  await client.logout();
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  await browser.clock.pass(60_000);
  const over = id => browser.server.sessions.get(id).over !== null;
  assert.deepEqual([client.state.userId, over(sid), over(client.state.sessionId), client.state.logoutPending], ['bob', true, false, false]);
});

test('a logout that is confirmed at last mends nothing else that is the matter', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const later = retryAfter => () => refusal('STORE_UNAVAILABLE', { retryAfter }, 503);
  browser.server.instead.Logout = [later(90)];
  await client.logout();
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  browser.server.instead.Refresh = [later(30)];
  const told = [];
  client.subscribe(({ logoutPending, fault }) => told.push([logoutPending, fault?.retryAfter]));
  await browser.clock.pass(95_000);
  assert.deepEqual(told, [[true, 30], [false, 30]]);
  assert.deepEqual([client.state.logoutPending, client.state.fault?.retryAfter], [false, 30]);
  await browser.clock.pass(30_000);
  assert.deepEqual([client.state.status, client.state.fault], ['in', null]);
});

test('a login that was under way when somebody logged out is logged out, too', async () => {
  const browser = new Browser();
  const { client } = browser.tab();
  let answer;
  browser.server.instead.Login = [() => new Promise(resolve => { answer = () => resolve(undefined); })];
  const login = client.login({ identifier: 'ada', password: 'right' });
  await browser.clock.pass(0);
  await client.logout();
  answer();
  await assert.rejects(login, { code: 'LOGGED_OUT' });
  await browser.clock.pass(0);
  assert.equal(client.state.status, 'out');
  assert.deepEqual([...browser.server.sessions.values()].map(({ over }) => over), ['LOGGED_OUT']);
});

test('everywhere: forgotten first, and confirmed by the server', async () => {
  const browser = new Browser();
  const { client, tabs, sid } = await browser.signedIn(2);
  const outcome = client.logoutEverywhere();
  assert.equal(client.state.status, 'out');
  assert.deepEqual(await outcome, { confirmed: true, endedSessionIds: [sid], fault: null });
  assert.deepEqual(statuses(tabs), ['out', 'out']);
});

test('everywhere, with a token that has expired: the cookie proves who asks, and signs nobody in', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  browser.server.instead.LogoutEverywhere = [() => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401)];
  assert.deepEqual(await client.logoutEverywhere(), { confirmed: true, endedSessionIds: [sid], fault: null });
  assert.deepEqual([browser.server.asked, client.state.status], [['LogoutEverywhere', 'Refresh', 'LogoutEverywhere'], 'out']);

  // Without either, nothing is confirmed.
  browser.cookie = null;
  const { confirmed, fault } = await client.logoutEverywhere();
  assert.deepEqual([confirmed, fault.code, fault.reason], [false, 'UNAUTHENTICATED', 'MISSING']);
});

test('everywhere but here: this session goes on with the new token, in all tabs', async () => {
  const browser = new Browser();
  const { client, tabs, sid } = await browser.signedIn(2);
  const lost = browser.server.signIn({ takesCookies: false });
  const before = await client.token();
  const { confirmed, endedSessionIds } = await browser.clock.during(client.logoutEverywhere({ keepCurrent: true }));
  assert.deepEqual([confirmed, endedSessionIds], [true, [lost]]);
  await browser.clock.pass(0);
  const after = await client.token();
  assert.notEqual(after, before);
  assert.deepEqual([client.state.sessionId, await tabs[1].client.token()], [sid, after]);
  await assert.rejects(browser.clock.during((browser.server.instead.LogoutEverywhere = [away], client.logoutEverywhere({ keepCurrent: true }))), { code: 'NETWORK' });
  assert.equal(client.state.status, 'in');
});

test('of an application, this one: found out at once, with the reason', async () => {
  const browser = new Browser();
  const { client, tabs } = await browser.signedIn(2);
  assert.equal((await client.logoutApplication('an application')).confirmed, true);
  await browser.clock.pass(0);
  assert.deepEqual(tabs.map(tab => tab.client.state.reason), ['LOGGED_OUT_OF_APPLICATION', 'LOGGED_OUT_OF_APPLICATION']);
});

test('of one session: another\'s end changes nothing here, one\'s own is found out', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  const lost = browser.server.signIn({ takesCookies: false });
  assert.deepEqual((await client.revokeSession(lost)).endedSessionIds, [lost]);
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
  await client.revokeSession(sid);
  assert.deepEqual([client.state.status, client.state.reason], ['out', 'LOGGED_OUT']);
});

test('a client that is closed gives up on what is pending', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Logout = [away];
  await client.logout();
  client.close();
  await browser.clock.pass(100_000);
  assert.equal(browser.server.count('Logout'), 1);
});
