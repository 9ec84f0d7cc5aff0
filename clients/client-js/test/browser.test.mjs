// The client where it belongs: two real tabs of one browser, on another origin of the server's site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CREDENTIALS, Cardea, until } from './server.mjs';

const FLAGS = ['--disable-background-networking', '--disable-component-update', '--disable-gpu', '--disable-quic', '--disable-sync', '--no-first-run'];

let server;
let browser;
before(async () => {
  server = await Cardea.start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'],
  });
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

/** Tabs of one browser, with a client each as `window.cardea`, and what they asked of the server. */
async function open(count) {
  const context = await browser.newContext();
  const asked = [];
  const faults = [];
  const pages = await Promise.all(Array.from({ length: count }, async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('request', request => {
      if (request.method() === 'POST') asked.push({ page, operation: /(?:query|mutation) (\w+)/.exec(request.postDataJSON().query)?.[1] });
    });
    page.on('console', message => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', error => faults.push(String(error)));
    await page.goto(server.origin);
    await page.evaluate(async url => {
      const { createClient } = await import('/src/index.js');
      window.faults = [];
      window.cardea = createClient({ url, clientId: 'shop', onFault: fault => window.faults.push(fault.code) });
    }, server.url);
    return page;
  }));
  return { context, pages, asked, faults };
}

const status = page => page.evaluate(() => window.cardea.state.status);
const count = (asked, operation) => asked.filter(one => one.operation === operation).length;

test('a login in one tab is one in both; a logout in one is one in both, without a request of the other; nothing is kept', async () => {
  const { context, pages: [one, two], asked, faults } = await open(2);
  for (const page of [one, two]) assert.equal((await page.evaluate(() => window.cardea.start())).status, 'out');
  asked.length = 0;

  const { __typename } = await one.evaluate(credentials => window.cardea.login(credentials), CREDENTIALS);
  assert.equal(__typename, 'Authenticated');
  await until(async () => await status(two) === 'in', 'the other tab did not hear of the login');
  await until(() => one.evaluate(() => window.cardea.state.fault === null));
  assert.deepEqual(await two.evaluate(() => window.cardea.request('query Me { me { email } }')), { me: { email: CREDENTIALS.identifier } });
  await until(() => count(asked, 'Refresh') === 1, 'the cookie was not tried');
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
  assert.deepEqual(faults, []);
  await context.close();
});

test('tabs that start at once refresh once, and no tab is signed out by it', async () => {
  const { context, pages, asked, faults } = await open(5);
  await pages[0].evaluate(credentials => window.cardea.login(credentials), CREDENTIALS);
  await until(() => pages[0].evaluate(() => window.cardea.state.status === 'in'));
  await until(() => count(asked, 'Refresh') === 1, 'the cookie was not tried');
  await Promise.all(pages.map(page => until(async () => await status(page) === 'in', 'a tab did not hear of the login')));
  // Each forgets all of it, and asks for its token at the same time as the others.
  await Promise.all(pages.map(page => page.evaluate(async url => {
    window.cardea.close();
    const { createClient } = await import('/src/index.js');
    window.cardea = createClient({ url, clientId: 'shop' });
  }, server.url)));
  asked.length = 0;
  const states = await Promise.all(pages.map(page => page.evaluate(() => window.cardea.start())));
  assert.deepEqual(states.map(state => state.status), Array(5).fill('in'));
  assert.equal(count(asked, 'Refresh'), 1);
  assert.deepEqual(faults, []);
  await context.close();
});
