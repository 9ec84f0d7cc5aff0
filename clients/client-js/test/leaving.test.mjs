// A logout that the server has not heard, when the tab that asks is gone: the others know of it, and see to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, refusal } from './fakes.mjs';

const away = () => { throw new TypeError('fetch failed'); };

/** Tabs of which the first has logged out, which the server has not heard. */
async function leftUnheard(count, { field = 'logout', answers = [away] } = {}) {
  const browser = new Browser();
  const scene = await browser.signedIn(count);
  browser.server.instead[field === 'logout' ? 'Logout' : 'LogoutEverywhere'] = answers;
  const outcome = scene.client[field]();
  await browser.clock.pass(100);
  const pending = () => scene.tabs.map(({ client }) => client.state.logoutPending);
  return { browser, ...scene, outcome, pending };
}

for (const [field, over] of [['logout', 'LOGGED_OUT'], ['logoutEverywhere', 'LOGGED_OUT_EVERYWHERE']]) {
  test(`${field} that the server has not heard outlives its tab: others know of it, one asks, all hear that it is done`, async () => {
    const { browser, client, sid, tabs, pending } = await leftUnheard(4, { field, answers: [away, away] });
    assert.deepEqual(pending(), [true, true, true, true]);
    client.close();
    for (let failed = 0; browser.server.asked.length < 2; failed += 1) {
      assert.ok(failed < 90, 'no tab has taken over within nine seconds');
      await browser.clock.pass(100);
    }
    // Who has taken over is gone, too.
    const heir = tabs.find(({ faults }) => faults.length > 0 && faults !== tabs[0].faults);
    heir.client.close();
    await browser.clock.pass(40_000);
    assert.deepEqual([browser.server.asked.length, browser.server.sessions.get(sid).over], [3, over]);
    assert.deepEqual(pending(), [false, false, false, false]);
  });
}

test('a tab that goes while the server has not answered leaves the logout to the others', async () => {
  const { browser, client, sid, pending } = await leftUnheard(2, { answers: [() => new Promise(() => {})] });
  client.close();
  await browser.clock.pass(20_000);
  assert.deepEqual([browser.server.asked, browser.server.sessions.get(sid).over, pending()], [['Logout', 'Logout'], 'LOGGED_OUT', [false, false]]);
});

test('as long as the tab that asks is there no other asks, however long that takes', async () => {
  const { browser, tabs, pending } = await leftUnheard(3, { answers: [...Array(8).fill(away), () => refusal('STORE_UNAVAILABLE', { retryAfter: 600 }, 503)] });
  await browser.clock.pass(1_000_000);
  assert.deepEqual([browser.server.count('Logout'), pending()], [10, [false, false, false]]);
  assert.deepEqual(tabs.map(({ faults }) => faults.length), [9, 0, 0]);
});

test('a tab that is opened meanwhile is told, by whoever knows, and takes over when they are gone', async () => {
  const { browser, client, tabs: [, heir], sid } = await leftUnheard(2, { answers: Array(3).fill(away) });
  client.close();
  const fresh = browser.tab();
  await browser.clock.pass(0);
  heir.client.close();
  assert.equal(fresh.client.state.logoutPending, true);
  await browser.clock.pass(100_000);
  assert.deepEqual([fresh.client.state.logoutPending, fresh.client.state.status, browser.server.sessions.get(sid).over], [false, 'unknown', 'LOGGED_OUT']);
});

test('an attempt in whose place another was made ends nobody\'s sessions who came after', async () => {
  const browser = new Browser();
  const ada = browser.server.signIn(browser, 'ada');
  const { client } = browser.tab();
  let answerIt;
  browser.server.instead.Refresh = [() => new Promise(resolve => { answerIt = () => resolve(undefined); })];
  // By the cookie: it asks for a token, which is long in coming.
  const first = client.logoutEverywhere();
  await browser.clock.pass(100);
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  answerIt();
  assert.equal((await browser.clock.during(first)).confirmed, false);
  await browser.clock.pass(60_000);
  const { userId, sessionId, logoutPending } = client.state;
  assert.deepEqual([browser.server.sessions.get(ada).over, userId, browser.server.sessions.get(sessionId).over, logoutPending], ['LOGGED_OUT_EVERYWHERE', 'bob', null, false]);
});

test('what is refused for good no other tab asks again', async () => {
  const { browser, client, pending } = await leftUnheard(2, { answers: [() => refusal('UNAUTHENTICATED', { reason: 'WRONG_AUDIENCE' }, 401)] });
  client.close();
  await browser.clock.pass(100_000);
  assert.deepEqual([browser.server.count('Logout'), pending()], [1, [false, false]]);
});

test('another tab may ask once more at once, by what named the session, and nobody asks after that', async () => {
  const { browser, tabs: [, other], sid, pending } = await leftUnheard(2);
  browser.cookie = null;
  assert.deepEqual(await other.client.logout(), { confirmed: true, endedSessionIds: [sid], fault: null });
  await browser.clock.pass(100_000);
  assert.deepEqual([browser.server.count('Logout'), pending()], [2, [false, false]]);
});

test('who signs in in another tab is not logged out by what that left unsaid', async () => {
  const browser = new Browser();
  const sid = browser.server.signIn(browser);
  const [one, two] = [browser.tab(), browser.tab()];
  browser.server.instead.Logout = [away];
  // By the cookie: nobody knows yet whose it is.
  await one.client.logout();
  await browser.clock.pass(0);
  await browser.clock.during(two.client.login({ identifier: 'bob', password: 'right' }));
  await browser.clock.pass(100_000);
  // The login ends what the cookie named before.
  assert.deepEqual([browser.server.asked.slice(0, 2), browser.server.count('Logout')], [['Logout', 'Login'], 1]);
  assert.deepEqual([browser.server.sessions.get(sid).over, two.client.state.userId, two.client.state.status], ['REVOKED', 'bob', 'in']);
  assert.deepEqual([one, two].map(({ client }) => client.state.logoutPending), [false, false]);
});

test('who leaves before it is known who they are leaves by the cookie, whatever else is pending: that is of another session', async () => {
  const { browser, client, tabs: [, other], sid } = await leftUnheard(2, { answers: Array(3).fill(away) });
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  const { sessionId } = client.state;
  const fresh = browser.tab();
  await browser.clock.pass(0);
  assert.deepEqual([fresh.client.state.status, fresh.client.state.logoutPending], ['unknown', true]);
  await fresh.client.logout();
  await browser.clock.pass(60_000);
  const over = id => browser.server.sessions.get(id).over !== null;
  assert.deepEqual([over(sid), over(sessionId), other.client.state.logoutPending], [true, true, false]);
});

test('to log out once more is to ask once more for all that is pending', async () => {
  const { browser, client, tabs: [, other], sid } = await leftUnheard(2, { answers: Array(20).fill(away) });
  // Or the login would have ended it.
  browser.cookie = null;
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  const { sessionId } = client.state;
  assert.equal((await client.logout()).confirmed, false);
  await browser.clock.pass(0);
  browser.server.instead.Logout = [];
  const { confirmed, endedSessionIds, fault } = await other.client.logout();
  assert.deepEqual([confirmed, endedSessionIds.toSorted(), fault], [true, [sid, sessionId].toSorted(), null]);
  await browser.clock.pass(0);
  assert.equal(client.state.logoutPending, false);
});

const later = () => refusal('STORE_UNAVAILABLE', { retryAfter: 30 }, 503);

test('who left before it was known who they are is not in again in a tab that finds out', async () => {
  const browser = new Browser();
  const sid = browser.server.signIn(browser);
  const one = browser.tab();
  browser.server.instead.Logout = [later];
  await one.client.logout();
  const fresh = browser.tab();
  await browser.clock.during(fresh.client.start());
  await browser.clock.pass(0);
  assert.deepEqual([fresh.client.state.status, one.client.state.status], ['out', 'out']);
  await browser.clock.pass(60_000);
  assert.deepEqual([browser.server.sessions.get(sid).over, fresh.client.state.logoutPending], ['LOGGED_OUT', false]);
});

test('a tab that opens while a logout is pending is not in by the session that was left, though nobody is there who could say so', async () => {
  const { browser, client, sid } = await leftUnheard(1, { answers: [later] });
  const fresh = browser.tab();
  await browser.clock.pass(10);
  client.close();
  await browser.clock.during(fresh.client.start());
  assert.deepEqual([fresh.client.state.status, fresh.client.state.reason], ['out', 'LOGGED_OUT']);
  await browser.clock.pass(60_000);
  assert.equal(browser.server.sessions.get(sid).over, 'LOGGED_OUT');
});

test('what is over stays over, though a tab that stood still speaks of it again', async () => {
  const { browser, client, tabs: [, other], pending } = await leftUnheard(2);
  const channel = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  const heard = [];
  channel.onmessage = ({ data }) => heard.push(data);
  await browser.clock.pass(5000);
  assert.deepEqual(pending(), [false, false]);
  channel.postMessage(heard.find(({ type }) => type === 'leaving'));
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  await browser.clock.pass(600_000);
  assert.deepEqual([pending(), other.client.state.userId, other.client.state.status], [[false, false], 'bob', 'in']);
});

test('of two tabs that ask, one goes on', async () => {
  const { browser, tabs } = await leftUnheard(6, { answers: [] });
  browser.server.instead.Logout = Array(200).fill(away);
  await tabs[0].client.logout();
  for (const { client } of tabs) void client.login({ identifier: 'bob', password: 'right' }).catch(() => {});
  await browser.clock.pass(60_000);
  const before = browser.server.count('Logout');
  await browser.clock.pass(600_000);
  // Each half a minute, at the most often.
  assert.ok(browser.server.count('Logout') - before <= 45, `${browser.server.count('Logout') - before} attempts`);
});

test('a login waits for the answer to a logout: it would take the new cookie away', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Logout = [() => new Promise(resolve => browser.clock.after(3000, () => resolve(undefined)))];
  void client.logout();
  await browser.clock.during(client.login({ identifier: 'bob', password: 'right' }));
  assert.ok(browser.clock.elapsed() >= 3000);
  assert.equal(client.state.userId, 'bob');
});

test('a page out of the browser\'s cache does not ask any more for what went by the cookie: it may be of somebody who came since', async t => {
  const page = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener']) globalThis[name] = page[name].bind(page);
  globalThis.document = new EventTarget();
  t.after(() => ['addEventListener', 'removeEventListener', 'document'].forEach(name => delete globalThis[name]));
  const browser = new Browser();
  browser.server.signIn(browser);
  const { client } = browser.tab({ BroadcastChannel: undefined });
  browser.server.instead.Logout = [away];
  await client.logout();
  const bob = browser.server.signIn(browser, 'bob');
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  await browser.clock.pass(100_000);
  assert.deepEqual([browser.server.sessions.get(bob).over, client.state.logoutPending], [null, false]);
});

test('a tab that only passes on what is pending delays nobody who asks', async () => {
  for (let times = 0; times < 20; times += 1) {
    const { browser, tabs } = await leftUnheard(4);
    const extra = [];
    for (let second = 0; second < 6 && browser.server.count('Logout') < 2; second += 1) {
      await browser.clock.pass(200);
      extra.push(browser.tab());
    }
    assert.equal(browser.server.count('Logout'), 2, 'it was not asked when it was due');
    for (const { client } of [...tabs, ...extra]) client.close();
  }
});
