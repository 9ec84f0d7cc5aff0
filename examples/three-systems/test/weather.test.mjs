// What fails: Cardea, the feeds, whatever stands between, the browser, and people.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchWithoutCookies } from '../../../tests/browser/browser.mjs';
import { CUT_OFF, Device, NAMES, PASSWORD, newPerson, openDevice, theatre } from './theatre.mjs';

const house = theatre();
/** On a busy machine; less than what a system that doesn't ask would take to hear of it. */
const AT_ONCE_MS = 3000;

test('Cardea is killed for ten seconds: nobody is signed out, the page says so, and afterwards all is as before', async () => {
  const device = await openDevice(house);
  device.provokeAnywhere(...CUT_OFF);
  device.provoke(503, '/orders', '/invoices', '/tickets');
  const [tab, late] = [await device.open(), await device.open()];
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  await late.isSignedIn(person);
  const statuses = [];
  tab.page.on('response', response => statuses.push(response.status()));
  for (const each of [tab, late]) await each.wereOut();
  device.asked.length = 0;

  const start = Date.now();
  await tab.button('Stop Cardea for 10 seconds').click();
  for (const name of NAMES) await tab.says(name, 'Cardea is away, still signed in');
  // Whoever opens the page now is not told that nobody is signed in.
  await late.page.reload();
  for (const name of NAMES) await late.says(name, /it isn’t known yet who is signed in/);
  await tab.answers({ Billing: '503 UNAVAILABLE' });

  for (const each of [tab, late]) await each.isSignedIn(person);
  await tab.happens('Stopped Cardea for 10 seconds', /Cardea stopped after .*, up again after/);
  assert.ok(Date.now() - start > 9_000, 'it was not away for that long');
  for (const each of [tab, late]) assert.deepEqual(await each.wereOut(), []);
  assert.equal(device.count('Login'), 0);
  assert.ok(!statuses.includes(401));
  await device.close();
});

test('a feed that is cut: Billing refuses what it can\'t know, by no 401; Shop asks, and hears of a logout at once; mended, both are as before', async t => {
  t.after(() => house.stage.cables.forEach(cable => { cable.isWhole = true; }));
  const device = await openDevice(house);
  device.provoke(503, '/invoices');
  device.provoke(401, '/orders');
  const tab = await device.open();
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  const ofBilling = new Set();
  tab.page.on('response', response => response.url().startsWith(house.urls.Billing) && ofBilling.add(response.status()));
  await tab.wereOut();

  for (const name of ['Shop', 'Billing']) {
    await tab.button('Cut the feed', { of: name }).click();
    await tab.button('Mend the feed', { of: name }).waitFor();
  }
  await tab.answers({ Billing: '503 UNAVAILABLE', Shop: '200 OK', Support: '200 OK' });
  await tab.says('Billing', `signed in as ${person.email}`);
  // Shop may go by what it has heard last, as long as that is fresh. Once it has refused this, it has asked; from then on it does.
  await tab.button('Log out', { of: 'Shop' }).click();
  await tab.answers({ Shop: /^\s*401/, Support: '200 OK', Billing: '503 UNAVAILABLE' });
  await tab.signIn(person);
  await tab.answers({ Shop: '200 OK' });
  await tab.page.reload();
  await tab.answers({ Shop: '200 OK', Support: '200 OK', Billing: '503 UNAVAILABLE' });
  await tab.button('Log out', { of: 'Shop' }).click();
  const told = await tab.happens('Logged out of Shop', /Shop 401/, /Cardea confirmed/);
  const [confirmed, refused] = [/Cardea confirmed after ([\d,]+) ms/, /Shop 401 \w+ after ([\d,]+) ms/].map(form => Number(form.exec(told)[1].replace(',', '')));
  assert.ok(refused - confirmed < AT_ONCE_MS, told);

  for (const name of ['Shop', 'Billing']) await tab.button('Mend the feed', { of: name }).click();
  await tab.answers({ Billing: '200 OK', Support: '200 OK', Shop: /^\s*401/ });
  await tab.signIn(person);
  await tab.isSignedIn(person);
  assert.deepEqual(await tab.wereOut(), ['Shop']);
  assert.deepEqual([...ofBilling].toSorted(), [200, 503]);
  await device.close();
});

test('what people do wrong: a taken address, a weak password, a wrong one, nowhere to sign in', async () => {
  const device = await openDevice(house);
  const tab = await device.open();
  const person = newPerson();
  await house.signUp(person);
  await tab.signUp(person);
  await tab.complains('There is such an account');
  const other = newPerson();
  await tab.signUp({ ...other, password: 'password' });
  await tab.complains('Take a longer one');
  await tab.signUp({ ...other, email: 'nobody' });
  await tab.complains(/e-?mail/i);

  await tab.signIn({ ...person, password: 'something else' });
  await tab.complains('No account has this e-mail and this password');
  const form = tab.page.getByRole('form', { name: 'Sign in' });
  for (const name of NAMES) await form.getByRole('checkbox', { name }).uncheck();
  await tab.signIn(person);
  await tab.complains('Choose at least one system');
  for (const name of NAMES) await form.getByRole('checkbox', { name }).check();
  await tab.signIn(person);
  await tab.isSignedIn(person);

  await tab.button('Change password').click();
  const dialog = tab.page.getByRole('dialog');
  for (const [current, next, complaint] of [['something else', 'nine green lamps 1852', 'That is not the current password'], [PASSWORD, 'x', /password/i]]) {
    await dialog.getByLabel('Current password').fill(current);
    await dialog.getByLabel('New password').fill(next);
    await dialog.getByRole('button', { name: 'Change password' }).click();
    await dialog.locator('.complaint').filter({ hasText: complaint }).waitFor();
  }
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await tab.isSignedIn(person);
  await device.close();
});

test('HTML where Cardea should be: the page says what is the matter, takes nobody for signed out, and goes on when it can', async () => {
  const device = await openDevice(house);
  device.provoke(502, '/graphql');
  const tab = await device.open();
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  await device.context.route(house.graphql, route => route.fulfill({
    status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>',
    headers: { 'access-control-allow-origin': house.stage.url, 'access-control-allow-credentials': 'true', 'access-control-allow-headers': '*' },
  }));
  await tab.page.reload();
  for (const name of NAMES) await tab.says(name, 'What answered was not Cardea');
  await device.context.unroute(house.graphql);
  await tab.isSignedIn(person);
  assert.deepEqual(await tab.wereOut(), []);
  await device.close();
});

test('a browser that allows no cookies: the page says so, signs in for as long as a token lives, and signs out', async t => {
  const device = new Device(house, await launchWithoutCookies(t, house.stage.url));
  device.provoke(401, '/orders', '/graphql');
  const tab = await device.open();
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  for (const name of NAMES) await tab.says(name, /This browser keeps no cookie of Cardea/);
  await tab.button('Log out', { of: 'Shop' }).click();
  await tab.answers({ Shop: '401 LOGGED_OUT', Billing: '200 OK', Support: '200 OK' });
  assert.deepEqual(tab.faults, []);
});
