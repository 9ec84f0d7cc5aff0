// What is to be seen: in light and dark, by whoever sees it and whoever doesn't. With SCREENSHOTS=folder, pictures of it stay there.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { newPerson, openDevice, theatre } from './theatre.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCHEMES = ['light', 'dark'];
const SIZES = { desk: { width: 1440, height: 900 }, hand: { width: 390, height: 844 } };
const house = theatre();

test('the page is accessible, in light and dark, to whoever is signed in, out, or in between', async () => {
  const device = await openDevice(house, { reducedMotion: 'reduce' });
  device.provoke(401, '/orders');
  device.provoke(403, '/escalations');
  const tab = await device.open();
  const { page } = tab;
  const person = newPerson();
  await tab.says('Shop', 'not signed in');
  await isAccessible(tab, 'signed out');
  await page.getByRole('tab', { name: 'Sign in' }).click();
  await isAccessible(tab, 'signing in');
  await page.getByRole('tab', { name: 'Sign up' }).click();

  await tab.signUp(person);
  await tab.isSignedIn(person);
  await tab.button('Ask /escalations').click();
  await tab.guarded('Support', '403 FORBIDDEN escalations:read');
  await isAccessible(tab, 'signed in');
  await tab.button('Change password').click();
  await isAccessible(tab, 'changing the password');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  await tab.button('Log out', { of: 'Shop' }).click();
  await tab.answers({ Shop: '401 LOGGED_OUT', Billing: '200 OK', Support: '200 OK' });
  await tab.happens('Logged out of Shop', /Shop 401 LOGGED_OUT after [\d,]+ ms/, /Cardea confirmed after [\d,]+ ms/, 'Billing still 200', 'Support still 200');
  await tab.row('Shop', 'this browser').waitFor({ state: 'detached' });
  await isAccessible(tab, 'signed out of one');
  for (const colorScheme of SCHEMES) await picture(tab, colorScheme);
  await device.close();
});

/** Nothing that axe knows to be wrong; and nothing is cut off at the side, on a desk and in the hand. */
async function isAccessible({ page }, when) {
  await page.evaluate(AXE);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(() => window.axe.run({ preload: false }));
    const faults = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any.map(({ message }) => message).join(', ')}`).join('\n  ')}`);
    assert.deepEqual(faults, [], `${when}, ${colorScheme}`);
  }
  for (const size of Object.values(SIZES).toReversed()) {
    await page.setViewportSize(size);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width, `${when}: it scrolls to the side`);
  }
}

async function picture({ page }, colorScheme) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.emulateMedia({ colorScheme });
  // Without the test's traces: where it clicked last, how far that had scrolled, and how slow the page was while axe ran.
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(3000);
  await page.screenshot({ path: join(folder, `three-systems-${colorScheme}.png`), animations: 'disabled' });
}
