// The README's first five minutes in a browser. Needs a running, fresh server: CARDEA_URL=http://127.0.0.1:8080 node --test
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, openPage, whatStays } from './browser.mjs';
import { Playground } from './playground.mjs';

const PASSWORD = 'correct horse battery staple';

// GraphiQL writes what it keeps half a second after the last change.
const KEPT_BY_NOW_MS = 1_000;

assert.ok(process.env.CARDEA_URL, 'set CARDEA_URL to the address of a running, fresh server that allows sign-up');
const { origin } = new URL(process.env.CARDEA_URL);

let browser;
before(async () => (browser = await launch(origin)));
after(() => browser?.close());

async function open(options) {
  const { page, faults } = await openPage(browser, origin, options);
  const playground = new Playground(page);
  const document = await playground.open(origin);
  return { page, faults, playground, document };
}

test('sign up, log in, me, log out, and the token is dead', async () => {
  const { page, faults, playground, document } = await open();

  const policy = document.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);

  const { signUp } = (await playground.run('SignUp')).data;
  assert.deepEqual(signUp.userErrors, []);

  const stranger = await playground.run('Me');
  assert.deepEqual(stranger, { data: { me: null, currentSession: null } });

  const { login } = (await playground.run('Login')).data;
  assert.equal(login.__typename, 'Authenticated');
  const token = login.tokens.accessToken;
  assert.ok(token);

  await playground.pasteHeaders(JSON.stringify({ Authorization: `Bearer ${token}` }));
  const { me, currentSession } = (await playground.run('Me')).data;
  assert.equal(me.email, 'ada@example.com');
  assert.equal(me.username, 'ada');
  assert.ok(currentSession.id);

  const { logout } = (await playground.run('Logout')).data;
  assert.deepEqual(logout.endedSessionIds, [currentSession.id]);

  const refused = await playground.run('Me');
  assert.equal(refused.data ?? null, null);
  assert.equal(refused.errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(refused.errors[0].extensions.reason, 'LOGGED_OUT');

  await page.waitForTimeout(KEPT_BY_NOW_MS);
  await nothingSecretStays(page, token);
  await playground.open(origin);
  assert.doesNotMatch(await playground.headers(), /Bearer [^.]/, 'the headers outlived a reload');
  await nothingSecretStays(page, token);

  assert.deepEqual(faults, []);
  await page.context().close();
});

async function nothingSecretStays(page, token) {
  const kept = await whatStays(page);
  assert.ok(!kept.includes(token), 'the browser kept the access token');
  assert.ok(!kept.includes(PASSWORD), 'the browser kept the password');
}

test('one button puts the token of an answer into the headers, beside what is there', async () => {
  const { page, faults, playground } = await open();
  await playground.pasteHeaders('{\n  // kept\n  "X-Kept": "yes"\n}');

  const token = (await playground.run('Login')).data.login.tokens.accessToken;
  await page.getByRole('button', { name: 'Use this token' }).click();
  await page.getByText('The token is in this tab’s headers.').waitFor();

  const headers = await playground.headers();
  assert.ok(headers.includes(`"Authorization": "Bearer ${token}"`));
  assert.match(headers, /\/\/ kept\n {2}"X-Kept": "yes"/);
  assert.equal((await playground.run('Me')).data.me.email, 'ada@example.com');
  assert.equal((await playground.run('Logout')).data.logout.endedSessionIds.length, 1);

  assert.deepEqual(faults, []);
  await page.context().close();
});

test('a refresh needs no more than the cookie, and other sessions end by one click', async () => {
  const here = await open();
  const there = await open();
  const login = async ({ playground }) => (await playground.run('Login')).data.login.tokens.accessToken;
  const [token] = [await login(here), await login(there)];

  const refreshed = (await here.playground.run('Refresh')).data.refreshSession;
  assert.equal(refreshed.__typename, 'Refreshed');
  assert.notEqual(refreshed.tokens.accessToken, token);
  const cookies = await here.page.context().cookies();
  const refreshToken = cookies.find(cookie => cookie.name === '__Host-cardea-default');
  assert.ok(refreshToken.httpOnly && refreshToken.secure && refreshToken.sameSite === 'Strict');

  await here.page.getByRole('button', { name: 'Use this token' }).click();
  const { nodes } = (await here.playground.run('Sessions')).data.me.sessions;
  assert.equal(nodes.filter(session => session.isCurrent).length, 1);
  assert.ok(nodes.length >= 2 && nodes.every(session => session.device.browser === 'Chrome'));

  const { endedSessionIds } = (await here.playground.run('LogoutElsewhere')).data.logoutEverywhere;
  assert.equal(endedSessionIds.length, nodes.length - 1);
  assert.equal((await there.playground.run('Refresh')).data.refreshSession.code, 'REVOKED');
  await here.page.getByRole('button', { name: 'Use this token' }).click();
  assert.equal((await here.playground.run('Logout')).data.logout.endedSessionIds.length, 1);

  for (const { page, faults } of [here, there]) {
    assert.deepEqual(faults, []);
    await page.context().close();
  }
});

test('the documentation opens, and tidying up keeps comments', async () => {
  const { page, faults, playground } = await open();

  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByRole('link', { name: 'Mutation', exact: true }).click();
  await page.getByRole('link', { name: 'logout', exact: true }).waitFor();

  await page.getByRole('button', { name: /^Prettify query/ }).click();
  // Prettier puts each field on a line of its own.
  const query = await playground.settledText('.graphiql-query-editor', text => /code\n\s+message/.test(text));
  assert.match(query, /# 7\. Log out/);
  assert.match(await playground.headers(), /\/\/ "Authorization"/);

  assert.deepEqual(faults, []);
  await page.context().close();
});

test('light and dark follow the system, at the start and while the page is open', async () => {
  const { page, faults, playground } = await open({ colorScheme: 'light' });
  await playground.run('Login');
  await page.getByRole('button', { name: 'Use this token' }).click();
  await playground.run('Me');

  for (const [colorScheme, monaco] of [['light', 'vs'], ['dark', 'vs-dark'], ['light', 'vs']]) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`.graphiql-query-editor .monaco-editor.${monaco}`).waitFor();
    await picture(page, colorScheme);
  }

  assert.deepEqual(faults, []);
  await page.context().close();
});

async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  // Without the test's traces: the selection that was copied, the cursor, the tooltip of the button under the mouse.
  await page.keyboard.press('ControlOrMeta+Home');
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  // Monaco colours its lines bit by bit after a change of theme, and says nothing when it is done.
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: join(folder, `playground-${name}.png`) });
}
