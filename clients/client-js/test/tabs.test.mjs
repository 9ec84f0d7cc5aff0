// Several tabs: they refresh once, and what one of them hears makes it nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, FakeClock, ME, answer, fakeChannels, tokenOf } from './fakes.mjs';

const statuses = tabs => tabs.map(({ client }) => client.state.status);

test('ten tabs that start at once refresh once', async () => {
  const browser = new Browser();
  const sid = browser.server.signIn(browser);
  const tabs = Array.from({ length: 10 }, () => browser.tab());
  const states = await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
  assert.deepEqual(browser.server.asked, ['Refresh']);
  assert.deepEqual([...new Set(states.map(({ sessionId }) => sessionId))], [sid]);
  assert.equal(new Set(await Promise.all(tabs.map(({ client }) => client.token()))).size, 1);
});

test('ten tabs whose token is due at once refresh once, each time', async () => {
  const browser = new Browser();
  const { tabs } = await browser.signedIn(10);
  for (const times of [1, 2, 3]) {
    await browser.clock.pass(82_000);
    assert.equal(browser.server.count('Refresh'), times);
  }
  assert.deepEqual(new Set(statuses(tabs)), new Set(['in']));
});

for (const milliseconds of [90, 500]) {
  test(`ten tabs refresh once, also if a word takes ${milliseconds} ms to arrive`, async () => {
    const browser = new Browser();
    browser.BroadcastChannel = fakeChannels(action => browser.clock.after(milliseconds, action));
    browser.server.signIn(browser);
    const tabs = Array.from({ length: 10 }, () => browser.tab());
    await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
    assert.deepEqual(browser.server.asked, ['Refresh']);
  });
}

test('a channel that carries nothing keeps no tab from its turn', async () => {
  const browser = new Browser();
  browser.BroadcastChannel = fakeChannels(() => {});
  browser.server.signIn(browser);
  const tabs = [browser.tab(), browser.tab()];
  await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
  assert.deepEqual([browser.server.asked, statuses(tabs)], [['Refresh', 'Refresh'], ['in', 'in']]);
});

test('a login waits for a refresh that another tab has begun: the newer cookie is the one that stays', async () => {
  const browser = new Browser();
  const { tabs: [one, two] } = await browser.signedIn(2);
  let answerIt;
  browser.server.instead.Refresh = [() => new Promise(resolve => { answerIt = () => resolve(undefined); })];
  browser.clock.sleep(85_000);
  await two.client.token();
  const login = one.client.login({ identifier: 'bob', password: 'right' });
  await browser.clock.pass(1000);
  assert.deepEqual(browser.server.asked, ['Refresh']);
  answerIt();
  await browser.clock.during(login);
  assert.equal(one.client.state.userId, 'bob');
});

test('a tab that hangs while it has its turn keeps another one waiting once; given back, turns are as before', async () => {
  const browser = new Browser();
  let giveBack;
  // It got its turn, and answers nobody.
  browser.locks.request('cardea shop https://id.example.com/graphql', { signal: new AbortController().signal }, () => new Promise(resolve => { giveBack = resolve; }));
  browser.server.signIn(browser);
  const { client } = browser.tab();
  const start = browser.clock.elapsed();
  await browser.clock.during(client.start());
  const first = browser.clock.elapsed() - start;
  await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
  const second = browser.clock.elapsed() - start - first;
  assert.ok(first > 10_000 && second < 2000, `${first} ms, then ${second} ms`);
  assert.equal(client.state.status, 'in');
  giveBack();
  await browser.clock.pass(5000);
  const another = browser.tab();
  const begun = browser.clock.elapsed();
  await browser.clock.during(Promise.all([another.client.start(), client.login({ identifier: 'ada', password: 'right' })]));
  assert.ok(browser.clock.elapsed() - begun < 2000);
});

test('ten tabs that wake up together refresh once', async () => {
  const browser = new Browser();
  const { tabs } = await browser.signedIn(10);
  browser.clock.sleep(3_600_000);
  await browser.clock.during(Promise.all(tabs.map(({ client }) => client.request(ME))));
  assert.equal(browser.server.count('Refresh'), 1);
});

test('a tab that another one was late to tell refreshes by itself, and nobody is worse off', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  const tabs = [browser.tab(), browser.tab({ BroadcastChannel: undefined })];
  await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
  assert.deepEqual([browser.server.asked, statuses(tabs), tabs[1].faults], [['Refresh', 'Refresh'], ['in', 'in'], ['NO_CHANNEL']]);
});

test('a login in one tab is one in all, with no request of theirs', async () => {
  const browser = new Browser();
  const tabs = [browser.tab(), browser.tab(), browser.tab()];
  await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
  browser.server.asked.length = 0;
  await browser.clock.during(tabs[0].client.login({ identifier: 'ada', password: 'right' }));
  await browser.clock.pass(1000);
  assert.deepEqual(statuses(tabs), ['in', 'in', 'in']);
  // The one refresh is how the browser's cookie is tried.
  assert.deepEqual(browser.server.asked, ['Login', 'Refresh']);
});

test('somebody else signs in, in another tab: this one asks who that is, before it is them', async () => {
  const browser = new Browser();
  const { tabs: [one, two] } = await browser.signedIn(2);
  const users = [];
  two.client.subscribe(({ userId }) => users.push(userId));
  await browser.clock.during(one.client.login({ identifier: 'bob', password: 'right' }));
  await browser.clock.pass(1000);
  assert.deepEqual([one.client.state.userId, two.client.state.userId], ['bob', 'bob']);
  assert.deepEqual(users, ['bob']);
  assert.ok(browser.server.count('Refresh') >= 1);
});

for (const user of ['ada', 'bob']) {
  test(`a login over a session ends that: another tab whose token is dead by then is in by the new one, as ${user}`, async () => {
    const browser = new Browser();
    // A word takes longer than an answer.
    browser.BroadcastChannel = fakeChannels(action => browser.clock.after(300, action));
    const { tabs: [one, two], sid } = await browser.signedIn(2);
    await browser.clock.pass(1000);
    const seen = [];
    two.client.subscribe(({ status }) => seen.push(status));
    await browser.clock.during(one.client.login({ identifier: user, password: 'right' }));
    const asked = two.client.request(ME).catch(error => error.code);
    const told = await browser.clock.during(asked);
    await browser.clock.pass(2000);
    assert.notEqual(one.client.state.sessionId, sid);
    assert.deepEqual([two.client.state.sessionId, two.client.state.userId], [one.client.state.sessionId, user]);
    assert.deepEqual(new Set(seen), new Set(['in']), 'it was not signed out in between');
    // Nothing that somebody asked is asked again as somebody else.
    assert.deepEqual(told, user === 'ada' ? { me: { id: 'ada' } } : 'UNAUTHENTICATED');
  });
}

test('a word of a stranger makes nobody somebody else', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const stranger = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  stranger.postMessage({ type: 'token', token: tokenOf({ sid: 'forged', sub: 'mallory', rev: 1e9 }), expiresIn: 100 });
  await browser.clock.pass(1000);
  assert.equal(client.state.userId, 'ada');
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
  assert.deepEqual(browser.server.asked, ['Refresh', 'Me']);
});

test('a token that doesn\'t work is found out, and forgotten, wherever it came from', async () => {
  const browser = new Browser();
  const { client } = browser.tab();
  await client.start();
  const stranger = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  stranger.postMessage({ type: 'token', token: tokenOf({ sid: 'forged', sub: 'mallory' }), expiresIn: 100 });
  await browser.clock.pass(0);
  browser.server.instead.Me = [() => answer({ errors: [{ message: '', extensions: { code: 'UNAUTHENTICATED', reason: 'MALFORMED' } }] }, 401)];
  browser.server.instead.Refresh = [() => answer({ data: { refreshSession: { __typename: 'RefreshFailed', code: 'INVALID', reason: null, message: '' } } })];
  await assert.rejects(browser.clock.during(client.request(ME)), { reason: 'MALFORMED' });
  assert.equal(client.state.status, 'out');
});

test('a cookie that is of a session which somebody left is nobody\'s: whoever was there before is not there any more', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const stranger = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  // Another tab replaced the cookie, and left, which the server has not heard.
  const sid = browser.server.signIn(browser, 'bob');
  stranger.postMessage({ type: 'out', sid, reason: 'LOGGED_OUT' });
  await browser.clock.pass(200_000);
  assert.deepEqual([client.state.status, client.state.reason, browser.server.asked], ['out', 'LOGGED_OUT', ['Refresh']]);
});

test('what is no message changes nothing', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  const [before, token] = [client.state, await client.token()];
  const stranger = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  const good = tokenOf({ sid, sub: 'ada', rev: 9 });
  for (const message of [
    null, undefined, 7, 'out', [], {}, { type: 'out' }, { type: 'out', sid: 7 }, { type: 'out', sid: 'another', reason: 'LOGGED_OUT' },
    { type: 'out', sid: 'x'.repeat(10_000) }, { type: 'token' }, { type: 'token', token: 7, expiresIn: 100 }, { type: 'token', token: 'a.b.c', expiresIn: 100 },
    { type: 'token', token: good, expiresIn: '100' }, { type: 'token', token: good, expiresIn: 0 }, { type: 'token', token: good, expiresIn: -1 },
    { type: 'token', token: good, expiresIn: NaN }, { type: 'token', token: good, expiresIn: Infinity }, { type: 'token', token: good, expiresIn: 1e9 },
    { type: 'token', token: tokenOf({ sid, sub: 'ada', rev: 9, client_id: 'billing' }), expiresIn: 100 }, { type: 'token', token: tokenOf({ sub: 'ada' }), expiresIn: 100 },
    { type: 'token', token: `${good}${'x'.repeat(20_000)}`, expiresIn: 100 }, { type: 'token', token: 'x.bnVsbA.x', expiresIn: 100 },
    { type: 'left' }, { type: 'left', id: 1 }, { type: 'leaving' }, { type: 'leaving', id: 'a', field: 'logout', token: null, wait: 0 },
    { type: 'leaving', id: 1, field: 'login', token: null, wait: 0 }, { type: 'leaving', id: 1, field: 'toString', token: null, wait: 0 },
    { type: 'leaving', id: 1, field: 'logout', token: 'x', wait: 0 }, { type: 'leaving', id: 1, field: 'logout', token: null, wait: -1 },
    { type: 'leaving', id: 1, field: 'logout', token: null }, { type: 'leaving', id: 1, field: ['logout'], token: null, wait: '' },
  ]) stranger.postMessage(message);
  await browser.clock.pass(10_000);
  assert.equal(client.state, before);
  assert.equal(await client.token(), token);
  assert.deepEqual(browser.server.asked, []);
});

test('an older token takes no newer one\'s place, by the ledger\'s order', async () => {
  const browser = new Browser();
  browser.server.rev = 5;
  const { client, sid } = await browser.signedIn();
  const stranger = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql');
  const [older, newer] = [4, 6].map(rev => tokenOf({ sid, sub: 'ada', rev }));
  for (const [token, taken] of [[older, false], [newer, true], [older, false]]) {
    stranger.postMessage({ type: 'token', token, expiresIn: 5000 });
    await browser.clock.pass(0);
    assert.equal(await client.token() === token, taken);
    assert.notEqual(await client.token(), older);
  }
});

test('two applications of one origin don\'t hear of one another', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const billing = browser.tab({ clientId: 'billing' });
  await billing.client.logout();
  await browser.clock.pass(0);
  assert.equal(client.state.status, 'in');
});

test('one tab refreshes while another changes the password: the first waits, and has the new token', async () => {
  const browser = new Browser();
  const { tabs: [one, two] } = await browser.signedIn(2);
  browser.server.instead.ChangePassword = [() => new Promise(resolve => browser.clock.after(5000, () => resolve(undefined)))];
  const changed = one.client.changePassword({ currentPassword: 'right', newPassword: 'better' });
  await browser.clock.pass(1000);
  browser.server.instead.Me = [() => answer({ errors: [{ message: '', extensions: { code: 'UNAUTHENTICATED', reason: 'PASSWORD_CHANGED' } }] }, 401)];
  const asked = two.client.request(ME);
  assert.deepEqual(await browser.clock.during(Promise.all([asked, changed])), [{ me: { id: 'ada' } }, { endedSessionIds: [], userErrors: [] }]);
  assert.deepEqual(browser.server.asked, ['ChangePassword', 'Me', 'Me']);
  assert.equal(await two.client.token(), await one.client.token());
});

test('a tab whose turn never comes goes on without it', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  browser.locks.request('cardea shop https://id.example.com/graphql', { signal: new AbortController().signal }, () => new Promise(() => {}));
  const { client, faults } = browser.tab();
  const started = client.start();
  await browser.clock.pass(19_999);
  assert.deepEqual(browser.server.asked, []);
  await browser.clock.pass(1);
  assert.deepEqual([(await started).status, faults], ['in', []]);
});

for (const [what, locks] of [['are missing', undefined], ['are refused', { request: async () => { throw new DOMException('no', 'SecurityError'); } }]]) {
  test(`Web Locks ${what}: that is told, once, and one tab refreshes once all the same`, async () => {
    const browser = new Browser();
    browser.server.signIn(browser);
    const { client, faults } = browser.tab({ locks });
    await browser.clock.during(Promise.all([client.start(), client.token(), client.request(ME)]));
    await browser.clock.pass(81_000);
    assert.deepEqual([browser.server.asked, faults, client.state.status], [['Refresh', 'Me', 'Refresh'], ['NO_LOCKS'], 'in']);
  });
}

test('without Web Locks ten tabs that start at once, one after another, or when due refresh once', async () => {
  const browser = new Browser();
  browser.locks = undefined;
  browser.server.signIn(browser);
  const tabs = Array.from({ length: 10 }, () => browser.tab());
  const states = tabs.map(async ({ client }, place) => {
    await new Promise(resolve => browser.clock.after(place * 100, resolve));
    return client.start();
  });
  assert.deepEqual(new Set((await browser.clock.during(Promise.all(states))).map(({ status }) => status)), new Set(['in']));
  assert.deepEqual(browser.server.asked, ['Refresh']);
  await browser.clock.pass(85_000);
  assert.deepEqual(browser.server.asked, ['Refresh', 'Refresh']);
  assert.deepEqual(tabs.map(({ faults }) => faults), Array(10).fill(['NO_LOCKS']));
});

test('without Web Locks twenty tabs say little: a question is objected to, an objection is not', async () => {
  const browser = new Browser();
  browser.locks = undefined;
  let said = 0;
  const { BroadcastChannel } = browser;
  browser.BroadcastChannel = class extends BroadcastChannel {
    postMessage(message) {
      if (this.name.endsWith(' turn')) said += 1;
      super.postMessage(message);
    }
  };
  browser.server.signIn(browser);
  const tabs = Array.from({ length: 20 }, () => browser.tab());
  await browser.clock.during(Promise.all(tabs.map(({ client }) => client.start())));
  assert.deepEqual(browser.server.asked, ['Refresh']);
  // Twenty, nineteen, ... ask, and each is objected to by half of the others.
  assert.ok(said < 5000, `${said} words`);
});

test('without Web Locks a tab waits for the refresh of another, also of one that was closed meanwhile; for one that hangs, once', async () => {
  const browser = new Browser();
  browser.locks = undefined;
  browser.server.signIn(browser);
  let answerIt;
  browser.server.instead.Refresh = [() => new Promise(resolve => { answerIt = () => resolve(undefined); })];
  const [one, two] = [browser.tab(), browser.tab()];
  void one.client.start();
  await browser.clock.pass(1000);
  one.client.close();
  const started = two.client.start();
  await browser.clock.pass(5000);
  assert.deepEqual(browser.server.asked, ['Refresh']);
  answerIt();
  assert.equal((await browser.clock.during(started)).status, 'in');
  assert.deepEqual(browser.server.asked, ['Refresh', 'Refresh']);

  const forever = new browser.BroadcastChannel('cardea shop https://id.example.com/graphql turn');
  forever.onmessage = () => forever.postMessage({ rank: -2 });
  const begun = browser.clock.elapsed();
  await browser.clock.during(two.client.login({ identifier: 'ada', password: 'right' }));
  const waited = browser.clock.elapsed() - begun;
  await browser.clock.during(two.client.login({ identifier: 'ada', password: 'right' }));
  assert.ok(waited >= 20_000 && waited < 21_000 && browser.clock.elapsed() - begun - waited < 2500, `${waited} ms, then ${browser.clock.elapsed() - begun - waited} ms`);
});

test('a channel that is refused is as one that is missing', async () => {
  const browser = new Browser();
  const { faults, client } = browser.tab({ BroadcastChannel: class { constructor() { throw new DOMException('no', 'SecurityError'); } } });
  assert.deepEqual([faults, (await client.logout()).confirmed], [['NO_CHANNEL'], true]);
});

test('a page that comes back out of the browser\'s cache asks at once: it has heard nothing meanwhile', async t => {
  const page = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener']) globalThis[name] = page[name].bind(page);
  globalThis.document = new EventTarget();
  t.after(() => ['addEventListener', 'removeEventListener', 'document'].forEach(name => delete globalThis[name]));
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();

  page.dispatchEvent(new Event('pageshow'));
  globalThis.document.dispatchEvent(new Event('visibilitychange'));
  await browser.clock.pass(1000);
  assert.deepEqual(browser.server.asked, []);

  browser.server.sessions.get(sid).over = 'LOGGED_OUT';
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  await browser.clock.pass(1000);
  assert.deepEqual([browser.server.asked, client.state.status, client.state.reason], [['Refresh'], 'out', 'LOGGED_OUT']);
});

test('a page that is shown again, or online again, makes up for what fell due', async t => {
  const page = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener']) globalThis[name] = page[name].bind(page);
  globalThis.document = new EventTarget();
  t.after(() => ['addEventListener', 'removeEventListener', 'document'].forEach(name => delete globalThis[name]));
  const browser = new Browser(undefined, new FakeClock());
  const { client } = await browser.signedIn();
  browser.clock.sleep(90_000);
  browser.server.instead.Refresh = [() => { throw new TypeError('offline'); }];
  globalThis.document.dispatchEvent(new Event('visibilitychange'));
  await browser.clock.pass(200);
  assert.deepEqual([browser.server.count('Refresh'), client.state.fault.code], [1, 'NETWORK']);
  // Hidden, it goes on waiting.
  globalThis.document.visibilityState = 'hidden';
  globalThis.document.dispatchEvent(new Event('visibilitychange'));
  await browser.clock.pass(200);
  assert.equal(browser.server.count('Refresh'), 1);
  page.dispatchEvent(new Event('online'));
  await browser.clock.pass(200);
  assert.deepEqual([browser.server.count('Refresh'), client.state.fault], [2, null]);
  client.close();
  browser.clock.sleep(90_000);
  page.dispatchEvent(new Event('online'));
  assert.equal(browser.server.count('Refresh'), 2);
});
