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
  assert.deepEqual(browser.server.asked.slice(0, 3), ['Logout', 'Logout', 'Login']);
  assert.deepEqual([browser.server.sessions.get(sid).over, two.client.state.userId, two.client.state.status], ['LOGGED_OUT', 'bob', 'in']);
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
