// The client where it belongs: real tabs of one browser, on another origin of the server's site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, launchWithoutCookies, openTabs, renew, shown } from './chromium.mjs';
import { CREDENTIALS, Cardea, until } from './server.mjs';

let server;
let browser;
before(async () => {
  server = await Cardea.start();
  browser = await launch('localhost');
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

const status = async page => (await shown(page)).status;

test('a login in one tab is one in both; a logout in one is one in both, without a request of the other; nothing is kept', async () => {
  const context = await browser.newContext();
  const { pages: [one, two], asked, complaints, count } = await openTabs(context, server, 2);
  for (const page of [one, two]) assert.equal((await page.evaluate(() => window.cardea.start())).status, 'out');
  asked.length = 0;

  const { __typename } = await one.evaluate(credentials => window.cardea.login(credentials), CREDENTIALS);
  assert.equal(__typename, 'Authenticated');
  await until(async () => await status(two) === 'in', 'the other tab did not hear of the login');
  await until(() => one.evaluate(() => window.cardea.state.fault === null));
  assert.deepEqual(await two.evaluate(() => window.cardea.request('query Me { me { email } }')), { me: { email: CREDENTIALS.identifier } });
  await until(() => count('Refresh') === 1, 'the cookie was not tried');
  const token = await two.evaluate(() => window.cardea.token());

  const lasting = JSON.stringify(await Promise.all([one, two].map(page => page.evaluate(async () => [
    { ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys(), document.cookie, location.href, window.name, history.state,
  ]))));
  assert.equal(lasting, JSON.stringify(Array(2).fill([{}, {}, [], [], '', `${server.origin}/`, '', null])));
  // What the browser itself keeps is the refresh token, where no script reads it.
  const cookies = await context.cookies(server.url);
  assert.deepEqual(cookies.filter(({ httpOnly, sameSite }) => !httpOnly || sameSite !== 'Strict'), []);
  assert.ok(cookies.some(({ name }) => name === '__Host-cardea-shop'));
  assert.ok(!JSON.stringify(await context.storageState({ indexedDB: true })).includes(token));

  asked.length = 0;
  assert.equal((await one.evaluate(() => window.cardea.logout())).confirmed, true);
  await until(async () => await status(two) === 'out', 'the other tab did not hear of the logout');
  assert.deepEqual(await two.evaluate(() => [window.cardea.state.reason, window.faults]), ['LOGGED_OUT', []]);
  assert.deepEqual(asked.map(({ page, operation }) => [page === one, operation]), [[true, 'Logout']]);
  assert.ok(!(await context.cookies(server.url)).some(({ name }) => name === '__Host-cardea-shop'));
  assert.equal((await server.ask('{ me { email } }', {}, token)).errors[0].extensions.reason, 'LOGGED_OUT');
  assert.deepEqual(complaints, []);
  await context.close();
});

/** Tabs that all know of the same login. */
async function openSignedIn(context, count, options) {
  const tabs = await openTabs(context, server, count, options);
  await tabs.pages[0].evaluate(credentials => window.cardea.login(credentials), CREDENTIALS);
  await until(() => tabs.count('Refresh') === 1, 'the cookie was not tried');
  await Promise.all(tabs.pages.map(page => until(async () => await status(page) === 'in', 'a tab did not hear of the login')));
  await until(() => tabs.pages[0].evaluate(() => window.cardea.token().then(Boolean)));
  return tabs;
}

test('tabs that start at once refresh once, and no tab is signed out by it', async () => {
  const context = await browser.newContext();
  const { pages, asked, complaints, count } = await openSignedIn(context, 5);
  await Promise.all(pages.map(page => renew(page, server)));
  asked.length = 0;
  const states = await Promise.all(pages.map(page => page.evaluate(() => window.cardea.start())));
  assert.deepEqual(states.map(state => state.status), Array(5).fill('in'));
  assert.equal(count('Refresh'), 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a browser without Web Locks: tabs that start at once are signed in, each says what is missing', async () => {
  const context = await browser.newContext();
  const { pages, complaints } = await openSignedIn(context, 5, { prepare: () => delete Navigator.prototype.locks });
  await Promise.all(pages.map(page => renew(page, server)));
  const states = await Promise.all(pages.map(page => page.evaluate(() => window.cardea.start())));
  assert.deepEqual(states.map(state => state.status), Array(5).fill('in'));
  assert.deepEqual(await Promise.all(pages.map(page => page.evaluate(() => window.faults))), Array(5).fill(['NO_LOCKS']));
  const told = await Promise.all(pages.map(page => page.evaluate(() => window.cardea.request('query Me { me { email } }'))));
  assert.ok(told.every(({ me }) => me.email === CREDENTIALS.identifier));
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a browser that allows no cookies: somebody can sign in, is told for how long, and can sign out', async t => {
  const context = await launchWithoutCookies(t, 'localhost');
  const { pages: [page] } = await openTabs(context, server, 1);
  assert.deepEqual(await page.evaluate(() => window.cardea.start()).then(() => shown(page)), { status: 'out', reason: null, fault: null });
  await page.evaluate(credentials => window.cardea.login(credentials), CREDENTIALS);
  await until(async () => (await shown(page)).fault !== null, 'nobody is told that there are no cookies');
  assert.deepEqual(await shown(page), { status: 'in', reason: null, fault: 'COOKIES_FORBIDDEN' });
  const token = await page.evaluate(() => window.cardea.token());
  assert.deepEqual(await page.evaluate(() => window.cardea.request('query Me { me { email } }')), { me: { email: CREDENTIALS.identifier } });
  assert.equal((await page.evaluate(() => window.cardea.logout())).confirmed, true);
  assert.equal((await server.ask('{ me { email } }', {}, token)).errors[0].extensions.reason, 'LOGGED_OUT');
});

test('a logout that the server has not heard outlives its tab: another one sees to it', async () => {
  const context = await browser.newContext();
  const { pages: [one, two], asked } = await openSignedIn(context, 2);
  const token = await two.evaluate(() => window.cardea.token());
  await server.end();
  assert.equal((await one.evaluate(() => window.cardea.logout())).confirmed, false);
  const isPending = () => two.evaluate(() => window.cardea.state.logoutPending);
  await until(isPending, 'the other tab does not know that a logout is not confirmed');
  await one.close();
  await server.run();
  await until(async () => !await isPending(), 'no other tab took over');
  assert.equal((await server.ask('{ me { email } }', {}, token)).errors[0].extensions.reason, 'LOGGED_OUT');
  assert.ok(asked.some(({ page, operation }) => page === two && operation === 'Logout'));
  assert.equal(await status(two), 'out');
  await context.close();
});
