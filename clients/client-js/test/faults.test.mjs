// A server that is away, slow, or not ours; a browser that lacks something. Nobody is signed out by any of it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Browser, ME, answer, refusal, tokenOf } from './fakes.mjs';

const html = status => () => new Response('<h1>nginx</h1>', { status, headers: { 'content-type': 'text/html', 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } });
const never = () => new Promise(() => {});

/** What may come in an answer's place, the code that tells of it, and how long it takes. */
const FAULTS = {
  'the network is gone': [() => { throw new TypeError('fetch failed'); }, 'NETWORK'],
  'STORE_UNAVAILABLE': [() => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 503), 'STORE_UNAVAILABLE'],
  'STORE_UNAVAILABLE under application/json': [() => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 200), 'STORE_UNAVAILABLE'],
  'OVERLOADED': [() => refusal('OVERLOADED', { retryAfter: 1 }, 503), 'OVERLOADED'],
  'RATE_LIMITED': [() => refusal('RATE_LIMITED', { retryAfter: 1 }, 429), 'RATE_LIMITED'],
  'INTERNAL_SERVER_ERROR': [() => refusal('INTERNAL_SERVER_ERROR', {}, 500), 'INTERNAL_SERVER_ERROR'],
  'HTML with 502': [html(502), 'BAD_ANSWER'],
  'HTML with 200': [html(200), 'BAD_ANSWER'],
  'HTML with 401': [html(401), 'BAD_ANSWER'],
  'nothing with 200': [() => new Response('', { status: 200 }), 'BAD_ANSWER'],
  'nothing with 500': [() => new Response('', { status: 500 }), 'BAD_ANSWER'],
  'JSON that is no answer': [() => answer({}), 'BAD_ANSWER'],
  'null': [() => answer('null'), 'BAD_ANSWER'],
  'half an answer': [() => answer('{"data": {"refr'), 'BAD_ANSWER'],
  'a token that is none': [() => answer({ data: { refreshSession: { __typename: 'Refreshed', tokens: { accessToken: 'x', expiresIn: 100 } } } }), 'BAD_ANSWER'],
  'a life that is none': [() => answer({ data: { refreshSession: { __typename: 'Refreshed', tokens: { accessToken: tokenOf({ sid: 's', sub: 'ada' }) } } } }), 'BAD_ANSWER'],
  'an answer without what was asked for': [() => answer({ data: {} }), 'BAD_ANSWER'],
  'an answer that breaks off': [() => new Response(new ReadableStream({ start: body => body.error(new TypeError('terminated')) })), 'NETWORK'],
  'an answer that never comes': [never, 'TIMEOUT'],
  'an answer that stops midway': [() => new Response(new ReadableStream()), 'TIMEOUT'],
};

for (const [what, [instead, code]] of Object.entries(FAULTS)) {
  test(`a refresh that gets this keeps what there is, says ${code}, and is made up for: ${what}`, async () => {
    const browser = new Browser();
    const { client, faults } = await browser.signedIn();
    const before = await client.token();
    browser.server.instead.Refresh = [instead];
    await browser.clock.pass(80_000 + (code === 'TIMEOUT' ? 10_000 : 0));
    assert.deepEqual([client.state.status, client.state.fault?.code, faults], ['in', code, [code]]);
    assert.equal(await client.token(), before);
    await browser.clock.pass(1500);
    assert.deepEqual([client.state.status, client.state.fault, browser.server.count('Refresh')], ['in', null, 2]);
    assert.notEqual(await client.token(), before);
  });
}

for (const [what, [instead, code]] of Object.entries(FAULTS)) {
  test(`a page that starts and gets this doesn't know, which isn't "nobody": ${what}`, async () => {
    const browser = new Browser();
    browser.server.signIn(browser);
    browser.server.instead.Refresh = [instead];
    const { client } = browser.tab();
    const { status, fault } = await browser.clock.during(client.start());
    assert.deepEqual([status, fault.code], ['unknown', code]);
    // Who asks in the meantime is told, at once, and asks the server nothing.
    await assert.rejects(client.token(), { code });
    assert.equal(browser.server.count('Refresh'), 1);
    await browser.clock.pass(1500);
    assert.deepEqual([client.state.status, client.state.fault, browser.server.count('Refresh')], ['in', null, 2]);
  });
}

/** Those that may come in any answer's place. */
const ANYWHERE = Object.entries(FAULTS).filter(([what]) => !/^a token|^a life/.test(what));
/** What `request` makes of them: it doesn't know what is asked for. */
const OF_ANY_QUERY = ANYWHERE.filter(([what]) => !what.startsWith('an answer without'));
/** What a query is asked again after. */
const REPEATABLE = ['STORE_UNAVAILABLE', 'OVERLOADED', 'NETWORK', 'BAD_ANSWER'];

for (const [what, [instead, code]] of ANYWHERE) {
  test(`a login that gets this throws ${code}, leaves whoever is signed in, and the next one is one: ${what}`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    browser.server.instead.Login = [instead];
    const bob = { identifier: 'bob', password: 'right' };
    await assert.rejects(browser.clock.during(client.login(bob)), { code });
    assert.deepEqual([client.state.status, client.state.userId], ['in', 'ada']);
    await browser.clock.during(client.login(bob));
    assert.deepEqual([client.state.userId, browser.server.count('Login')], ['bob', 2]);
  });

  test(`a logout that gets this is one here, says ${code}, and is made up for: ${what}`, async () => {
    const browser = new Browser();
    const { tabs, client, sid } = await browser.signedIn(2);
    browser.server.instead.Logout = [instead];
    const { confirmed, fault } = await browser.clock.during(client.logout());
    assert.deepEqual([confirmed, fault.code, client.state.fault?.code, client.state.logoutPending], [false, code, code, true]);
    assert.deepEqual(tabs.map(tab => tab.client.state.status), ['out', 'out']);
    await browser.clock.pass(1500);
    assert.deepEqual([client.state.logoutPending, client.state.fault, browser.server.sessions.get(sid).over], [false, null, 'LOGGED_OUT']);
  });
}

for (const [what, [instead, code]] of OF_ANY_QUERY) {
  test(`a query that gets nothing but this throws ${code}; the next one is answered: ${what}`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    browser.server.instead.Me = Array(4).fill(instead);
    await assert.rejects(browser.clock.during(client.request(ME)), { code });
    assert.equal(browser.server.count('Me'), REPEATABLE.includes(code) ? 3 : 1);
    browser.server.instead.Me = [];
    assert.deepEqual([await client.request(ME), client.state.status], [{ me: { id: 'ada' } }, 'in']);
  });

  test(`a change of the password that gets this throws ${code}, is asked once, and signs nobody out: ${what}`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    const token = await client.token();
    browser.server.instead.ChangePassword = [instead];
    await assert.rejects(browser.clock.during(client.changePassword({ currentPassword: 'right', newPassword: 'better' })), { code });
    assert.deepEqual([browser.server.asked, client.state.status, await client.token()], [['ChangePassword'], 'in', token]);
  });
}

test('a Retry-After that is none, or for ever, is not heeded', async () => {
  for (const retryAfter of ['abc', -5, Number.NaN, {}, 1e9]) {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    browser.server.instead.Refresh = Array(3).fill(() => refusal('STORE_UNAVAILABLE', { retryAfter }, 503));
    await browser.clock.pass(81_000);
    const count = browser.server.count('Refresh');
    assert.ok(count <= 2, `${retryAfter}: ${count} refreshes in a second`);
    browser.server.instead.Refresh = [];
    await browser.clock.pass(3_600_000);
    assert.deepEqual([client.state.status, client.state.fault], ['in', null]);
  }
});

const WITH_A_RESULT = {
  LogoutApplication: client => client.logoutApplication('app'),
  RevokeSession: client => client.revokeSession('session'),
  Sessions: client => client.sessions(),
};
for (const [operation, ask] of Object.entries(WITH_A_RESULT)) {
  test(`an answer to ${operation} without what was asked for throws BAD_ANSWER, and signs nobody out`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    browser.server.instead[operation] = [() => answer({ data: {} })];
    await assert.rejects(browser.clock.during(ask(client)), { code: 'BAD_ANSWER' });
    assert.deepEqual([browser.server.asked, client.state.status], [[operation], 'in']);
  });
}

test('a token that ends while the server is away is kept no longer, but the session is', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Refresh = Array(50).fill(() => refusal('STORE_UNAVAILABLE', {}, 503));
  await browser.clock.pass(101_000);
  await assert.rejects(client.token(), { code: 'STORE_UNAVAILABLE' });
  assert.equal(client.state.status, 'in');
  browser.server.instead.Refresh = [];
  await browser.clock.pass(31_000);
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
});

test('each wait is longer than the one before, up to half a minute', async () => {
  const browser = new Browser();
  await browser.signedIn();
  const times = [];
  browser.server.instead.Refresh = Array(12).fill(() => { times.push(browser.clock.elapsed()); throw new TypeError('away'); });
  await browser.clock.pass(400_000);
  const waits = times.slice(1).map((time, index) => time - times[index]);
  // A tab's turn lasts a tenth of a second longer than its work.
  const bounds = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30].map(seconds => seconds * 1000);
  assert.equal(waits.length, bounds.length);
  waits.forEach((wait, index) => assert.ok(wait >= bounds[index] / 2 && wait <= bounds[index] + 100, `${waits}`));
});

for (const [where, instead] of Object.entries({
  'the body': () => refusal('OVERLOADED', { retryAfter: 45 }, 503),
  'the header': () => new Response('busy', { status: 503, headers: { 'retry-after': '45' } }),
})) {
  test(`the server is not asked again before the time that ${where} names`, async () => {
    const browser = new Browser();
    const { client } = await browser.signedIn();
    browser.server.instead.Refresh = [instead];
    await browser.clock.pass(80_000);
    browser.clock.sleep(44_000);
    await assert.rejects(client.token(), { retryAfter: 45 });
    await browser.clock.pass(700);
    assert.equal(browser.server.count('Refresh'), 1);
    await browser.clock.pass(200);
    assert.equal(browser.server.count('Refresh'), 2);
  });
}

test('a query is asked again when the server is away; a mutation never is', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const away = () => refusal('STORE_UNAVAILABLE', { retryAfter: 1 }, 503);
  browser.server.instead.Me = [away, () => { throw new TypeError('away'); }];
  assert.deepEqual(await browser.clock.during(client.request(ME)), { me: { id: 'ada' } });
  assert.equal(browser.server.count('Me'), 3);

  browser.server.instead = { Me: [away, away, away], Order: [away] };
  await assert.rejects(browser.clock.during(client.request(ME)), { code: 'STORE_UNAVAILABLE', retryAfter: 1 });
  assert.equal(browser.server.count('Me'), 6);
  await assert.rejects(client.request('mutation Order { order { id } }'), { code: 'STORE_UNAVAILABLE' });
  assert.equal(browser.server.count('Order'), 1);
  assert.equal(client.state.status, 'in');
});

test('what would take too long to ask again is told at once', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  browser.server.instead.Me = [() => refusal('OVERLOADED', { retryAfter: 60 }, 503)];
  await assert.rejects(client.request(ME), { code: 'OVERLOADED', retryAfter: 60 });
});

test('whoever gives up on a request is let go, in the request and between two', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const signals = [];
  browser.server.instead.Me = [({ init }) => { signals.push(init.signal); return never(); }, () => refusal('OVERLOADED', {}, 503)];
  for (const asked of [1, 2]) {
    const giveUp = new AbortController();
    const request = client.request(ME, {}, { signal: giveUp.signal });
    await browser.clock.pass(0);
    giveUp.abort();
    await assert.rejects(request, { name: 'AbortError' });
    assert.equal(browser.server.count('Me'), asked);
  }
  assert.ok(signals[0].aborted);
  await assert.rejects(client.request(ME, {}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(browser.server.count('Me'), 2);
});

test('a slow request is told as such after the time that was set', async () => {
  const browser = new Browser();
  await browser.signedIn();
  const { client } = browser.tab({ timeoutSeconds: 3 });
  await browser.clock.during(client.start());
  browser.server.instead.Me = [never];
  const failed = assert.rejects(client.request(ME), { code: 'TIMEOUT', message: /3 seconds/ });
  await browser.clock.pass(3000);
  await failed;
});

test('wrong credentials are an outcome; a server that is away is an error, and who was signed in stays so', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  const { __typename, code } = await browser.clock.during(client.login({ identifier: 'ada', password: 'wrong' }));
  assert.deepEqual([__typename, code], ['AuthenticationFailed', 'INVALID_CREDENTIALS']);
  browser.server.instead.Login = [html(502)];
  await assert.rejects(browser.clock.during(client.login({ identifier: 'ada', password: 'right' })), { code: 'BAD_ANSWER', status: 502, message: /502.*text\/html/ });
  assert.equal(client.state.status, 'in');
});

test('a browser that keeps no cookies is found out after the login, and the sign-in lasts as long as its token', async () => {
  const browser = new Browser();
  browser.takesCookies = false;
  const { client, faults } = browser.tab();
  await client.start();
  await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
  await browser.clock.pass(1000);
  assert.deepEqual([client.state.status, client.state.fault.code, faults], ['in', 'COOKIES_FORBIDDEN', ['COOKIES_FORBIDDEN']]);
  assert.deepEqual(await client.request(ME), { me: { id: 'ada' } });
  await browser.clock.pass(90_000);
  assert.deepEqual([client.state.status, faults.length], ['in', 1]);
  await browser.clock.pass(10_000);
  assert.deepEqual([client.state.status, client.state.reason], ['out', 'COOKIES_FORBIDDEN']);
});

test('a browser that keeps no cookies and is allowed to: the next login says so no more, and outlasts its token', async () => {
  const browser = new Browser();
  browser.takesCookies = false;
  const { client } = browser.tab();
  for (const allowed of [false, true]) {
    browser.takesCookies = allowed;
    await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
    await browser.clock.pass(1000);
    assert.equal(client.state.fault?.code, allowed ? undefined : 'COOKIES_FORBIDDEN');
  }
  await browser.clock.pass(200_000);
  assert.deepEqual([client.state.status, client.state.fault], ['in', null]);
});

test('a browser that keeps cookies is tried once', async () => {
  const browser = new Browser();
  const { client, faults } = browser.tab();
  for (let times = 0; times < 3; times += 1) {
    await browser.clock.during(client.login({ identifier: 'ada', password: 'right' }));
    await browser.clock.pass(1000);
  }
  assert.deepEqual([browser.server.asked, faults], [['Login', 'Refresh', 'Login', 'Login'], []]);
});

test('a password is carried nowhere by a redirection', async t => {
  const asked = [];
  const site = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  }).listen(0, '127.0.0.1');
  t.after(() => site.close());
  await once(site, 'listening');
  const { client } = new Browser().tab({ url: `http://127.0.0.1:${site.address().port}/graphql`, fetch: globalThis.fetch });
  await assert.rejects(client.login({ identifier: 'ada', password: 'right' }), { code: 'NETWORK' });
  assert.deepEqual(asked, ['/graphql']);
});

test('a client that is closed while somebody signs in asks no more, and leaves no session behind', async () => {
  const browser = new Browser();
  const { client } = browser.tab();
  let answerIt;
  browser.server.instead.Login = [() => new Promise(resolve => { answerIt = () => resolve(undefined); })];
  const login = assert.rejects(client.login({ identifier: 'ada', password: 'right' }), { code: 'LOGGED_OUT' });
  await browser.clock.pass(0);
  client.close();
  browser.server.instead.Logout = [() => { throw new TypeError('fetch failed'); }];
  answerIt();
  await login;
  await browser.clock.pass(1_000_000);
  assert.equal(client.state.status, 'unknown');
  assert.deepEqual(browser.server.asked, ['Login', 'Logout']);
});

test('who wants no answer any more doesn\'t wait for a token, either', async () => {
  const browser = new Browser();
  browser.server.signIn(browser);
  const { client } = browser.tab();
  browser.server.instead.Refresh = [() => new Promise(() => {})];
  const abort = new AbortController();
  const asked = assert.rejects(client.request(ME, {}, { signal: abort.signal }), { name: 'AbortError' });
  await browser.clock.pass(500);
  abort.abort();
  await asked;
  assert.deepEqual(browser.server.asked, ['Refresh']);
});

test('a signal that is over already asks nothing, and one that lasts for long collects no listeners', async () => {
  const browser = new Browser();
  const { client } = await browser.signedIn();
  await assert.rejects(client.request(ME, {}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.deepEqual(browser.server.asked, []);
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...words) => { listeners += 1; return add.apply(signal, words); };
  signal.removeEventListener = (...words) => { listeners -= 1; return remove.apply(signal, words); };
  for (let times = 0; times < 5; times += 1) await client.request(ME, {}, { signal });
  assert.equal(listeners, 0);
});
