// Several tabs of one browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUT_OFF, NAMES, newPerson, openDevice, theatre } from './theatre.mjs';

const TABS = 10;
const house = theatre();

test('a tab whose network is cut shows at once what another one logs out of, before Cardea has even been asked', async () => {
  const device = await openDevice(house);
  device.provoke(401, '/orders');
  const [tab, other] = [await device.open(), await device.open()];
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  await other.isSignedIn(person);

  device.provokeAnywhere(...CUT_OFF);
  const chromium = await device.context.newCDPSession(other.page);
  await chromium.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  await other.page.route('**/*', route => route.abort());
  await other.answers({ Shop: 'no answer', Billing: 'no answer', Support: 'no answer' });
  const heard = [];
  other.page.on('response', response => heard.push(response.url()));

  // The logout itself is held back, so that it is the first tab's word alone that the second one goes by.
  const { promise: held, resolve: letGo } = withResolvers();
  await tab.page.route(house.graphql, async route => {
    if (/mutation Logout\b/.test(route.request().postDataJSON()?.query)) await held;
    await route.fallback();
  });
  await tab.button('Log out', { of: 'Shop' }).click();
  await other.says('Shop', 'signed out: LOGGED_OUT');
  assert.equal(await other.region('Shop').getAttribute('data-status'), 'out');
  assert.deepEqual(await Promise.all(['Billing', 'Support'].map(name => other.region(name).getAttribute('data-status'))), ['in', 'in']);
  assert.deepEqual(heard, []);
  await tab.answers({ Shop: '200 OK' });

  letGo();
  await tab.answers({ Shop: '401 LOGGED_OUT', Billing: '200 OK', Support: '200 OK' });
  await tab.happens('Logged out of Shop', /Cardea confirmed after/);
  assert.deepEqual(heard, []);
  await device.close();
});

test(`${TABS} tabs that need a token at once: one refresh for each application, and nobody is signed out`, async () => {
  const device = await openDevice(house);
  const first = await device.open();
  const person = newPerson();
  await first.signUp(person);
  await first.isSignedIn(person);

  // None of them has a token, and all go on at the same moment: when the last one has asked what is on stage.
  const gate = gateFor(TABS);
  await device.context.route('**/demo.json', async route => {
    await gate.pass();
    await route.continue();
  });
  // And the refresh that comes first takes until all of them want one.
  const { promise: wanted, resolve: areWaiting } = withResolvers();
  await device.context.route(house.graphql, async route => {
    if (/mutation Refresh\b/.test(route.request().postDataJSON()?.query)) await wanted;
    await route.continue();
  });
  const answers = [];
  device.context.on('response', async response => {
    if (response.url() === house.graphql) answers.push(await response.text().catch(() => ''));
  });
  device.asked.length = 0;
  const [, ...others] = await Promise.all([first.page.reload(), ...Array.from({ length: TABS - 1 }, () => device.open())]);
  const tabs = [first, ...others];
  await Promise.all(tabs.flatMap(tab => NAMES.map(name => tab.region(name).and(tab.page.locator('[data-status=unknown]')).waitFor())));
  areWaiting();

  for (const tab of tabs) await tab.isSignedIn(person);
  assert.deepEqual(['shop', 'billing', 'support'].map(clientId => device.count('Refresh', clientId)), [1, 1, 1]);
  assert.equal(device.count('Login'), 0);
  for (const tab of tabs) assert.deepEqual(await tab.wereOut(), []);
  assert.ok(answers.length > 0 && !answers.join().includes('REUSED'));
  await device.close();
});

/** Opens when so many stand before it. */
function gateFor(count) {
  const { promise, resolve } = withResolvers();
  let waiting = 0;
  return {
    pass() {
      waiting += 1;
      if (waiting === count) resolve();
      return promise;
    },
  };
}

function withResolvers() {
  let resolve;
  const promise = new Promise(done => { resolve = done; });
  return { promise, resolve };
}
