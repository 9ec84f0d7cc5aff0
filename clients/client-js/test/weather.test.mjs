// Bad weather in a real browser: a server that answers rubbish or not at all, a clock that is wrong, a tab that sleeps.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, launchSleeper, openTabs, renew, shown } from './chromium.mjs';
import { CREDENTIALS, Cardea, until } from './server.mjs';

/** The shortest that the server allows. */
const LIFE_SECONDS = 10;
const DAY_MS = 86_400_000;
const ME = 'query Me { me { email } }';
const IN = { status: 'in', reason: null, fault: null };

let server;
let browser;
before(async () => {
  server = await Cardea.start({ accessSeconds: LIFE_SECONDS });
  browser = await launch('localhost');
});
after(async () => {
  await browser?.close();
  await server?.remove();
});

/** A tab in which somebody is signed in, in a browser of its own whose clock is off by so much. */
async function openSignedIn({ clockOffBy = 0, of = browser } = {}) {
  const context = await of.newContext();
  await context.addInitScript(off => {
    const [now, Real] = [Date.now, Date];
    Real.now = () => now() + off;
    globalThis.Date = new Proxy(Real, { construct: (target, parameters) => new target(...(parameters.length ? parameters : [Real.now()])) });
  }, clockOffBy);
  const tabs = await openTabs(context, server, 1);
  const [page] = tabs.pages;
  const first = await page.evaluate(credentials => window.cardea.login(credentials).then(() => window.cardea.token()), CREDENTIALS);
  await until(() => page.evaluate(first => window.cardea.token().then(token => token !== first), first), 'the cookie was not tried');
  return { ...tabs, context, page };
}

// The first three last as long as a token.
describe('weather', { concurrency: 4 }, () => {
  for (const off of [DAY_MS, -DAY_MS]) {
    test(`a clock that is wrong by a day (${off / DAY_MS}): the token is renewed before it ends, and no more often`, async () => {
      const { context, page, count, complaints } = await openSignedIn({ clockOffBy: off });
      assert.ok(Math.abs(await page.evaluate(() => Date.now()) - Date.now() - off) < DAY_MS / 24);
      const first = await page.evaluate(() => window.cardea.token());
      await until(() => count('Refresh') > 1, 'the token is not renewed');
      await until(() => page.evaluate(first => window.cardea.token().then(token => token !== first), first));
      assert.deepEqual(await shown(page), IN);
      assert.deepEqual(await page.evaluate(document => window.cardea.request(document), ME), { me: { email: CREDENTIALS.identifier } });
      assert.deepEqual([count('Refresh'), complaints], [2, []]);
      await context.close();
    });
  }

  test('a tab that sleeps while its token ends, and wakes: one refresh, and everything goes on', async t => {
    const sleeper = await launchSleeper(t, 'localhost');
    const { page, count, asked } = await openSignedIn({ of: sleeper.browser });
    const token = await page.evaluate(() => window.cardea.token());
    asked.length = 0;
    sleeper.sleep();
    await until(async () => (await server.ask(ME, {}, token)).errors?.[0].extensions.reason === 'EXPIRED', 'the token does not end');
    assert.equal(asked.length, 0, 'it did not sleep');
    sleeper.wake();
    const answers = await page.evaluate(document => Promise.all([1, 2, 3].map(() => window.cardea.request(document))), ME);
    assert.deepEqual(answers, Array(3).fill({ me: { email: CREDENTIALS.identifier } }));
    assert.deepEqual(await shown(page), IN);
    assert.equal(count('Refresh'), 1);
  });

  for (const [what, instead, code, manner] of [
    ['HTML', route => route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Sign in to the network of this hotel</h1>' }), 'BAD_ANSWER'],
    ['nothing', route => route.fulfill({ status: 200, body: '' }), 'BAD_ANSWER'],
    ['500', route => route.fulfill({ status: 500, contentType: 'text/plain', body: 'Internal Server Error' }), 'BAD_ANSWER'],
    ['no answer at all', () => {}, 'TIMEOUT', { timeoutSeconds: 0.5 }],
    ['a connection that breaks', route => route.abort('connectionreset'), 'NETWORK'],
  ]) {
    test(`a server that gives ${what}: a page doesn't know who is signed in, says ${code}, and finds out by itself as soon as it can`, async () => {
      const { context, page, count } = await openSignedIn();
      await page.route(server.url, instead);
      await renew(page, server, manner);
      await page.evaluate(() => window.cardea.start());
      assert.deepEqual(await shown(page), { status: 'unknown', reason: null, fault: code });
      const before = count('Refresh');
      await page.unroute(server.url);
      await until(async () => (await shown(page)).status === 'in', 'it is not found out who is signed in');
      assert.ok(count('Refresh') > before);
      assert.deepEqual(await shown(page), IN);
      assert.deepEqual(await page.evaluate(document => window.cardea.request(document), ME), { me: { email: CREDENTIALS.identifier } });
      await context.close();
    });
  }
});
