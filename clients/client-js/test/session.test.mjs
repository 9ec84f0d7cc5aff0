// One tab: when it refreshes, when it forgets, and when it asks again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, ME, answer, refusal, tokenOf } from './fakes.mjs';

const shown = ({ status, userId, reason, fault }) => ({ status, userId, reason, fault: fault?.code ?? null });
const ADA = { status: 'in', userId: 'ada', reason: null, fault: null };
const out = reason => ({ status: 'out', userId: null, reason, fault: null });

test('who is signed in is found out by the cookie', async () => {
  const browser = new Browser();
  const { client, faults } = browser.tab();
  assert.equal(client.state.status, 'unknown');
  assert.deepEqual(shown(await client.start()), out(null));
  assert.equal(await client.token(), null);

  const sid = browser.server.signIn(browser);
  const other = browser.tab();
  const started = other.client.start();
  await browser.clock.pass(200);
  assert.deepEqual(shown(await started), ADA);
  assert.equal((await started).sessionId, sid);
  assert.deepEqual([faults, other.faults, browser.server.asked], [[], [], ['Refresh', 'Refresh']]);
});

test('a request is what finds out, too, and nobody is told that nobody is signed in before', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  assert.deepEqual(await browser.tab().client.request(ME), { me: { id: 'ada' } });
  assert.deepEqual(browser.server.asked, ['Refresh', 'Me']);
});

for (const hours of [0, 24, -24]) {
  test(`a token is renewed when four fifths of its life have passed, by a wall clock that is off by ${hours} hours`, async t => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-22T00:00:00Z') + hours * 3_600_000 });
    const browser = new Browser();
    await browser.signedIn();
    await browser.clock.pass(79_000);
    assert.deepEqual(browser.server.asked, []);
    t.mock.timers.setTime(0);
    await browser.clock.pass(1000);
    assert.deepEqual(browser.server.asked, ['Refresh']);
    await browser.clock.pass(80_000);
    assert.deepEqual(browser.server.asked, ['Refresh', 'Refresh']);
  });
}

test('the time that an answer took is no part of the token\'s life', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  browser.server.instead.Refresh = [() => new Promise(resolve => browser.clock.after(9000, () => resolve(undefined)))];
  const { client } = browser.tab();
  const started = client.start();
  await browser.clock.pass(9000);
  await started;
  await browser.clock.pass(91_000 * 0.8 - 1);
  assert.equal(browser.server.count('Refresh'), 1);
  await browser.clock.pass(1);
  assert.equal(browser.server.count('Refresh'), 2);
});

test('a tab that slept through the end of its token refreshes once when it wakes', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.clock.sleep(3_600_000);
  const asked = [client.request(ME), client.request(ME), client.token()];
  await browser.clock.pass(1000);
  await Promise.all(asked);
  assert.deepEqual(browser.server.asked, ['Refresh', 'Me', 'Me']);
});

test('a clock that stood still in the sleep: the server says EXPIRED, and one refresh mends all', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const expired = () => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401);
  browser.server.instead.Me = [expired, expired];
  assert.deepEqual(await Promise.all([client.request(ME), client.request(ME)]), [{ me: { id: 'ada' } }, { me: { id: 'ada' } }]);
  assert.deepEqual(browser.server.asked.toSorted(), ['Me', 'Me', 'Me', 'Me', 'Refresh']);
});

test('while a token is good, requests go on with it and don\'t wait for its successor', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Refresh = [() => new Promise(() => {})];
  await browser.clock.pass(85_000);
  assert.equal(browser.server.count('Refresh'), 1);
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
});

test('TOKEN_STALE: one refresh, one more try; stale once more is told, and nobody is signed out', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const stale = () => refusal('TOKEN_STALE', {}, 401);
  browser.server.instead.Me = [stale];
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
  assert.deepEqual(browser.server.asked, ['Me', 'Refresh', 'Me']);
  await browser.clock.pass(200);

  browser.server.instead.Me = [stale, stale];
  const again = client.request(ME);
  const failed = assert.rejects(again, { code: 'TOKEN_STALE' });
  await browser.clock.pass(200);
  await failed;
  assert.equal(browser.server.count('Refresh'), 2);
  assert.deepEqual(shown(client.state), ADA);
});

for (const reason of ['LOGGED_OUT', 'LOGGED_OUT_OF_APPLICATION', 'SUSPENDED', 'REFRESH_TOKEN_REUSED']) {
  test(`UNAUTHENTICATED, ${reason}: forgotten at once, with the reason, and no question more`, async () => {
    const browser = new Browser();
    const { client, tabs: [, other] } = await browser.signedIn(2);
    browser.server.instead.Me = [() => refusal('UNAUTHENTICATED', { reason }, 401)];
    await assert.rejects(client.request(ME), { code: 'UNAUTHENTICATED', reason });
    assert.deepEqual(browser.server.asked, ['Me']);
    assert.deepEqual(shown(client.state), out(reason));
    assert.equal(await client.token(), null);
    await browser.clock.pass(0);
    assert.deepEqual(shown(other.client.state), out(reason));
    await browser.clock.pass(1_000_000);
    assert.deepEqual(browser.server.asked, ['Me']);
  });
}

for (const reason of ['PASSWORD_CHANGED', 'LOGGED_OUT_EVERYWHERE', 'REVOKED', 'MALFORMED', 'WRONG_AUDIENCE']) {
  test(`a dead token (${reason}) is asked about: its session may live`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    const dead = () => refusal('UNAUTHENTICATED', { reason }, 401);
    browser.server.instead.Me = [dead];
    assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
    assert.deepEqual(browser.server.asked, ['Me', 'Refresh', 'Me']);
    await browser.clock.pass(200);

    // Or it doesn't. The reason is the one that says more.
    browser.server.instead.Me = [dead];
    browser.server.instead.Refresh = [() => answer({ data: { refreshSession: { __typename: 'RefreshFailed', code: 'REVOKED', reason: null, message: '' } } })];
    const failed = assert.rejects(client.request(ME), { code: 'UNAUTHENTICATED', reason });
    await browser.clock.pass(200);
    await failed;
    assert.deepEqual(shown(client.state), out(reason));
  });
}

for (const reason of ['NOT_YET_VALID', 'WRONG_AUDIENCE', 'MALFORMED', 'EXPIRED', undefined]) {
  test(`a system that refuses what the server has just issued (${reason}) signs nobody out, and is no reason to refresh at each question`, async () => {
    const browser = new Browser();
    const { client, tabs: [, other] } = await browser.signedIn(2);
    const refused = { errors: [{ extensions: { code: 'UNAUTHENTICATED', reason } }] };
    const shown = [];
    const ask = () => client.authorize(async token => { shown.push(token); return refused; });
    for (let times = 0; times < 20; times += 1) {
      assert.equal(await browser.clock.during(ask()), refused);
      await browser.clock.pass(1000);
    }
    assert.deepEqual([client.state.status, other.client.state.status, browser.server.asked], ['in', 'in', ['Refresh']]);
    assert.equal(shown.length, 21);
    assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
    // It may be right by now.
    await browser.clock.pass(15_000);
    await browser.clock.during(ask());
    assert.equal(browser.server.count('Refresh'), 2);
    // What leaves no doubt is believed.
    refused.errors[0].extensions.reason = 'LOGGED_OUT';
    await browser.clock.during(ask());
    assert.deepEqual([client.state.status, client.state.reason], ['out', 'LOGGED_OUT']);
  });
}

test('nothing is asked again as somebody else', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.signIn(browser, 'bob');
  browser.server.instead.Order = [() => refusal('UNAUTHENTICATED', { reason: 'EXPIRED' }, 401)];
  await assert.rejects(client.request('mutation Order { order { id } }'), { code: 'UNAUTHENTICATED', reason: 'EXPIRED' });
  assert.deepEqual(browser.server.asked, ['Order', 'Refresh']);
  assert.equal(client.state.userId, 'bob');
});

for (const [code, reason, told] of [
  ['EXPIRED', 'EXPIRED', 'EXPIRED'], ['REUSED', 'REFRESH_TOKEN_REUSED', 'REFRESH_TOKEN_REUSED'], ['REVOKED', 'SUSPENDED', 'SUSPENDED'],
  ['REVOKED', null, 'REVOKED'], ['INVALID', null, 'INVALID'], ['MISSING', null, 'MISSING'], [undefined, undefined, 'INVALID'],
]) {
  test(`a refresh that fails (${code}, ${reason}) ends the session with the reason ${told}, in all tabs`, async () => {
    const browser = new Browser();
    const { tabs } = await browser.signedIn(2);
    // The first one's refresh was by its own cookie: it knows that there are cookies.
    const type = code ? 'RefreshFailed' : 'SomethingNew';
    browser.server.instead.Refresh = [() => answer({ data: { refreshSession: { __typename: type, code, reason, message: '' } } })];
    await browser.clock.pass(81_000);
    assert.deepEqual(tabs.map(({ client }) => shown(client.state)), [out(told), out(told)]);
    assert.deepEqual(browser.server.asked, ['Refresh']);
  });
}

test('other refusals are told, and change nothing', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  for (const [code, more, status] of [
    ['FORBIDDEN', { scope: 'orders:read' }, 403], ['NOT_FOUND', {}, 404], ['BAD_USER_INPUT', {}, 400], ['RATE_LIMITED', { retryAfter: 7 }, 429],
  ]) {
    browser.server.instead.Me = [() => refusal(code, more, status)];
    await assert.rejects(client.request(ME), { code, status, scope: more.scope ?? null, retryAfter: more.retryAfter ?? null });
  }
  assert.deepEqual(browser.server.asked, ['Me', 'Me', 'Me', 'Me']);
  assert.deepEqual(shown(client.state), ADA);
});

test('what is there of an answer is in the error beside what failed', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Me = [() => answer({ data: { me: null }, errors: [{ message: 'no', extensions: { code: 'NOT_FOUND' } }] })];
  await assert.rejects(client.request(ME), error => error.data.me === null && error.errors.length === 1 && error.code === 'NOT_FOUND');
});

test('listeners hear each change once, and one that fails keeps nobody from hearing', async t => {
  const browser = new Browser();
  const { client } = browser.tab();
  const heard = [];
  const thrown = [];
  t.mock.method(globalThis, 'queueMicrotask', action => { try { action(); } catch (error) { thrown.push(error.message); } });
  client.subscribe(() => { throw new Error('a listener'); });
  const unsubscribe = client.subscribe(state => heard.push(state.status));
  await client.start();
  assert.equal(client.state, client.state);
  assert.ok(Object.isFrozen(client.state));
  await client.start();
  unsubscribe();
  browser.server.signIn(browser);
  await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
  assert.deepEqual([heard, thrown.length > 0], [['out'], true]);
});

test('a closed client asks nothing any more', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  client.close();
  await browser.clock.pass(1_000_000);
  await assert.rejects(client.token(), { code: 'CLOSED' });
  assert.deepEqual(browser.server.asked, []);
});

test('options that make no sense are refused', () => {
  const browser = new Browser();
  for (const options of [{ url: '' }, { url: undefined }, { clientId: '' }, { clientId: 7 }, { timeoutSeconds: 0 }, { timeoutSeconds: NaN }]) {
    assert.throws(() => browser.tab(options), /must/);
  }
});

test('the token is told to whoever asks for it here, and to nobody by way of the state', async () => {
  const browser = new Browser();
  const { client, sid } = await browser.signedIn();
  const outcome = await client.login({ identifier: 'ada', password: 'right' });
  const token = await client.token();
  for (const told of [client.state, outcome, client]) assert.ok(!JSON.stringify(told).includes(token.slice(0, 40)));
  assert.notEqual(token, tokenOf({ sid }));
});
