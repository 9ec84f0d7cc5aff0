// The story from end to end: by keyboard alone, and with a second device.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keyboard } from './keyboard.mjs';
import { NAMES, newPerson, openDevice, theatre } from './theatre.mjs';

const house = theatre();
/** Cardea tells at once, which takes a while on a busy machine; the page asks by itself every ten seconds. */
const HEARD_MS = 6000;

test('by keyboard: sign up, be let in, be told what is missing and get it, log out of one, sign in again, log out of everything', async () => {
  const device = await openDevice(house);
  // The guarded path refuses at first; and a token without the scope is to be renewed once it is granted, wherever it is shown.
  device.provoke(403, '/refunds');
  device.provoke(401, '/orders', '/refunds', '/graphql');
  const tab = await device.open();
  const keys = new Keyboard(tab.page);
  const person = newPerson();

  await keys.type(tab.page.getByRole('form', { name: 'Sign up' }).getByLabel('E-mail'), person.email);
  await keys.type(tab.page.getByRole('form', { name: 'Sign up' }).getByLabel('Password'), person.password);
  await keys.press('Enter');
  await tab.isSignedIn(person);
  for (const name of NAMES) await tab.row(name, 'this browser').waitFor();

  await keys.press('Space', tab.button('Ask /refunds'));
  await tab.guarded('Shop', '403 FORBIDDEN refunds:read');
  await keys.press('Space', tab.button('Grant refunds:read'));
  await tab.button('Take refunds:read').waitFor();
  await keys.press('Space', tab.button('Ask /refunds'));
  await tab.guarded('Shop', '200 OK');
  assert.equal(device.count('Login'), 3, 'somebody signed in for that');

  await tab.wereOut();
  await keys.press('Enter', tab.button('Log out', { of: 'Shop' }));
  await tab.answers({ Shop: '401 LOGGED_OUT', Billing: '200 OK', Support: '200 OK' });
  await tab.says('Shop', 'signed out: LOGGED_OUT');
  await tab.happens('Logged out of Shop', /Shop 401 LOGGED_OUT after [\d,]+ ms/, /Cardea confirmed after [\d,]+ ms/, 'Billing still 200', 'Support still 200');
  await tab.row('Shop', 'this browser').waitFor({ state: 'detached' });
  assert.deepEqual(await tab.wereOut(), ['Shop']);

  await keys.press('Enter', tab.button('Sign in', { of: 'Shop' }));
  const form = tab.page.getByRole('form', { name: 'Sign in' });
  const where = name => form.getByRole('checkbox', { name }).isChecked();
  assert.deepEqual(await Promise.all(NAMES.map(where)), [true, false, false]);
  await keys.type(form.getByLabel('E-mail'), person.email);
  await keys.type(form.getByLabel('Password'), person.password);
  await keys.press('Enter', form.getByRole('button', { name: 'Sign in' }));
  await tab.isSignedIn(person);

  device.provoke(401, '/orders', '/invoices', '/tickets');
  await keys.press('Enter', tab.button('Log out of everything'));
  await tab.answers(Object.fromEntries(NAMES.map(name => [name, /401 LOGGED_OUT_EVERYWHERE/])));
  for (const name of NAMES) await tab.says(name, /signed out: LOGGED_OUT/);
  await device.close();
});

test('a second device: out of one system on all devices, of one session, of everything else, by a new password, of everything', async () => {
  const [here, there] = [await openDevice(house), await openDevice(house)];
  for (const device of [here, there]) device.provoke(401, '/orders', '/invoices', '/tickets', '/graphql');
  const [tab, other] = [await here.open(), await there.open()];
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  await other.signIn(person);
  await other.isSignedIn(person);
  for (const name of NAMES) await tab.row(name, 'another').waitFor({ timeout: HEARD_MS });

  await tab.button('Log out of Shop on all devices').click();
  for (const each of [tab, other]) {
    await each.answers({ Shop: '401 LOGGED_OUT_OF_APPLICATION', Billing: '200 OK', Support: '200 OK' });
    await each.says('Shop', 'signed out: LOGGED_OUT_OF_APPLICATION');
  }
  await tab.happens('Logged out of Shop on all devices', /Shop 401 LOGGED_OUT_OF_APPLICATION after/, 'Billing still 200', 'Support still 200');

  await tab.row('Support', 'another').getByRole('button', { name: /^End Support session on / }).click();
  await other.answers({ Support: /^\s*401/, Billing: '200 OK' });
  await other.says('Support', /signed out: /);
  await tab.answers({ Support: '200 OK' });

  await tab.button('Log out of everything else', { of: 'Billing' }).click();
  await tab.answers({ Billing: '200 OK', Support: '401 LOGGED_OUT_EVERYWHERE' });
  await other.answers({ Billing: '401 LOGGED_OUT_EVERYWHERE' });
  assert.equal(here.count('Login'), 3);
  await tab.row('Billing', 'this browser').waitFor();

  await other.signIn(person);
  await other.isSignedIn(person);
  await tab.button('Change password').click();
  const dialog = tab.page.getByRole('dialog');
  const newPassword = 'nine green lamps 1852';
  await dialog.getByLabel('Current password').fill(person.password);
  await dialog.getByLabel('New password').fill(newPassword);
  await dialog.getByRole('button', { name: 'Change password' }).click();
  await other.answers(Object.fromEntries(NAMES.map(name => [name, '401 PASSWORD_CHANGED'])));
  await tab.answers({ Billing: '200 OK' });
  assert.equal(await dialog.isVisible(), false);

  const changed = { ...person, password: newPassword };
  await other.signIn(changed);
  await other.isSignedIn(changed);
  await tab.button('Log out of everything').click();
  for (const each of [tab, other]) await each.says('Billing', /signed out: /);
  await other.answers({ Shop: /401 LOGGED_OUT_EVERYWHERE/, Billing: /401 LOGGED_OUT_EVERYWHERE/ });
  await other.page.getByRole('tab', { name: 'Sign up' }).waitFor();
  await here.close();
  await there.close();
});

test('more sessions than the table shows at once: they are leafed through, and out of all of them in one go', async () => {
  const device = await openDevice(house);
  device.provoke(401, '/orders', '/invoices', '/tickets', '/graphql');
  const tab = await device.open();
  const person = newPerson();
  await tab.signUp(person);
  await tab.isSignedIn(person);
  const tokens = await house.signInOften(person, 'shop', 40);
  const rows = tab.page.getByRole('table', { name: 'Sessions' }).getByRole('row');
  const pages = tab.page.getByRole('navigation', { name: 'Pages of sessions' });
  const shows = async (page, count) => {
    await pages.getByText(`page ${page}`).waitFor();
    await tab.page.waitForFunction(([list, wanted]) => list.rows.length === wanted, [await rows.first().evaluateHandle(row => row.closest('table')), count + 1]);
  };
  await shows(1, 20);
  // Of two clicks before the page is there, one leafs.
  await tab.button('Older').evaluate(button => { button.click(); button.click(); });
  await shows(2, 20);
  await tab.button('Older').click();
  // The oldest are this page's own.
  await shows(3, 3);
  for (const name of NAMES) await tab.row(name, 'this browser').waitFor();
  await tab.button('Newer').click();
  await shows(2, 20);

  await tab.button('Log out of everything else', { of: 'Support' }).click();
  await tab.answers({ Support: '200 OK', Shop: /401/, Billing: /401/ });
  // What was the second page is none any more.
  await tab.row('Support', 'this browser').waitFor();
  assert.equal(await rows.count(), 2);
  assert.equal(await pages.isVisible(), false);
  const answers = await Promise.all(tokens.map(token => fetch(`${house.urls.Shop}/orders`, { headers: { authorization: `Bearer ${token}` } })));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
  await device.close();
});
