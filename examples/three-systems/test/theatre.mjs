// The stage, a browser before it, and those who sit there: what they see and do, by the names that the page gives to it.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { launch, openTab, whatStays } from '../../../tests/browser/browser.mjs';
import { Stage } from '../stage/stage.mjs';
import { SYSTEMS } from '../stage/systems.mjs';

const { CARDEA_BINARY, SHOP_BINARY, PYTHON = 'python3' } = process.env;
assert.ok(CARDEA_BINARY && SHOP_BINARY, 'CARDEA_BINARY and SHOP_BINARY must name the programs');

export const NAMES = SYSTEMS.map(({ name }) => name);
export const PASSWORD = 'violet kettle 1815';
/** What Chromium says of a request that a test has cut off. */
export const CUT_OFF = ['net::ERR_FAILED', 'net::ERR_INTERNET_DISCONNECTED', 'net::ERR_CONNECTION_REFUSED', 'net::ERR_CONNECTION_RESET', 'net::ERR_EMPTY_RESPONSE'];

let people = 0;

/** One stage and one browser for a file's tests. */
export function theatre() {
  const house = { stage: new Stage({ cardea: CARDEA_BINARY, shop: SHOP_BINARY, python: PYTHON }), signUp, signInOften };
  before(async () => {
    await house.stage.start({ pagePort: 0 });
    const known = await fetch(`${house.stage.url}/demo.json`).then(response => response.json());
    house.urls = Object.fromEntries(known.systems.map(({ name, url }) => [name, url]));
    house.graphql = known.cardea;
    house.browser = await launch(house.stage.url);
  });
  after(async () => {
    await house.browser?.close();
    await house.stage.end();
  });
  return house;
}

/** Makes an account, with no page. */
async function signUp(person) {
  const query = 'mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }';
  assert.deepEqual(await post(this.graphql, query, person), { data: { signUp: { userErrors: [] } } });
}

/** Signs somebody in, with no page, so many times. Gives the access tokens. */
async function signInOften({ email, password }, clientId, count) {
  const query = 'mutation($input: LoginInput!) { login(input: $input) { ... on Authenticated { tokens { accessToken } } } }';
  const tokens = [];
  while (tokens.length < count) {
    const { data } = await post(this.graphql, query, { identifier: email, password, clientId, transport: 'BODY' });
    tokens.push(data.login.tokens.accessToken);
  }
  return tokens;
}

async function post(url, query, input) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables: { input } }) });
  return response.json();
}

/** Somebody new, whom nobody else's test knows. */
export function newPerson() {
  people += 1;
  return { email: `ada.${people}@example.com`, password: PASSWORD };
}

/** A device: its tabs share cookies. */
export async function openDevice(house, options = {}) {
  const context = await house.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  return new Device(house, context);
}

export class Device {
  #provoked = new Set();
  /** What was asked of Cardea: which tab, which operation, of which application. */
  asked = [];
  /** Access tokens that came here. */
  tokens = new Set();
  tabs = [];

  constructor(house, context) {
    this.house = house;
    this.context = context;
  }

  /** These answers are to come: `401` of `/orders`, or of Cardea if no path is given. */
  provoke(outcome, ...places) {
    for (const place of places) this.#provoked.add(`${outcome} ${place}`);
  }

  /** As `provoke`, for whatever is asked, wherever. */
  provokeAnywhere(...outcomes) {
    for (const outcome of outcomes) this.#provoked.add(`${outcome}`);
  }

  async open() {
    const { stage, urls, graphql } = this.house;
    const others = [...Object.values(urls), new URL(graphql).origin];
    const isProvoked = (url, outcome) => this.#provoked.has(`${outcome} ${new URL(url).pathname}`) || this.#provoked.has(`${outcome}`);
    const sockets = [new URL(graphql).origin.replace(/^http/, 'ws')];
    const { page, faults } = await openTab(this.context, stage.url, { others, sockets, isProvoked });
    const tab = new Tab(this, page, faults);
    this.tabs.push(tab);
    page.on('request', request => {
      if (request.url() !== graphql || request.method() !== 'POST') return;
      const { query, variables } = request.postDataJSON();
      this.asked.push({ tab, operation: /(?:query|mutation) (\w+)/.exec(query)?.[1], clientId: variables?.input?.clientId });
    });
    page.on('response', async response => {
      if (response.url() !== graphql) return;
      const text = await response.text().catch(() => '');
      for (const [, token] of text.matchAll(/"accessToken":"([^"]+)"/g)) this.tokens.add(token);
    });
    await page.addInitScript(watchStatuses);
    await page.goto(stage.url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return tab;
  }

  /** How often an operation was asked for. */
  count(operation, clientId) {
    return this.asked.filter(one => one.operation === operation && (clientId === undefined || one.clientId === clientId)).length;
  }

  /** Nothing went wrong that was not to go wrong, and nothing secret stays. */
  async close() {
    for (const { page, faults } of this.tabs) {
      if (this.tokens.size > 0) await this.#nothingStays(page);
      assert.deepEqual(faults, []);
    }
    await this.context.close();
  }

  async #nothingStays(page) {
    const kept = await whatStays(page);
    const [{ cookies, origins }, { readable, state, name, ...others }] = JSON.parse(kept);
    for (const secret of [...this.tokens, PASSWORD]) assert.ok(!kept.includes(secret), 'the browser keeps a secret');
    assert.deepEqual({ origins, readable, state, name }, { origins: [], readable: '', state: null, name: '' });
    assert.deepEqual({ ...others, address: null }, { local: {}, session: {}, databases: [], caches: [], address: null });
    // What is kept is the refresh tokens, where no script reads them.
    for (const { httpOnly, secure, sameSite } of cookies) assert.deepEqual([httpOnly, secure, sameSite], [true, true, 'Strict']);
    const html = await page.content();
    for (const token of this.tokens) assert.ok(!html.includes(token), 'the page shows a token');
  }
}

/** In the page: each status that a system's client ever had. */
function watchStatuses() {
  window.statuses = [];
  const note = () => {
    for (const region of document.querySelectorAll('[data-status]')) {
      const seen = `${region.getAttribute('aria-label')} ${region.dataset.status}`;
      if (!window.statuses.includes(seen)) window.statuses.push(seen);
    }
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-status'] });
}

/** One page, as whoever sits before it sees it. */
export class Tab {
  constructor(device, page, faults) {
    this.device = device;
    this.page = page;
    this.faults = faults;
  }

  region(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  button(name, { of } = {}) {
    return (of ? this.region(of) : this.page).getByRole('button', { name, exact: true });
  }

  /** This is to be seen, now or soon. */
  async sees(what) {
    await what.waitFor().catch(async error => {
      throw new Error(`${error.message}\nThe page shows:\n${await this.page.locator('body').innerText()}`);
    });
  }

  /** Each system answers this, now or soon. */
  async answers(expected) {
    const verdict = name => this.region(name).locator('[role=status]:not([aria-label])');
    await Promise.all(Object.entries(expected).map(([name, text]) => this.sees(verdict(name).filter({ hasText: exactly(text) }))));
  }

  /** The guarded path of that system answers this. */
  async guarded(name, text) {
    await this.sees(this.region(name).getByRole('status', { name: /^Answer of/ }).filter({ hasText: exactly(text) }));
  }

  /** The system's panel says this. */
  async says(name, text) {
    await this.sees(this.region(name).getByText(text).first());
  }

  /** A form says what is wrong with it, or with one of its fields. */
  async complains(text) {
    await this.sees(this.page.getByRole('form').locator('.complaint').filter({ hasText: text }).first());
  }

  /** The time line tells this of a happening, now or soon. Gives all that it tells of it. */
  async happens(title, ...words) {
    let item = this.page.getByRole('list', { name: 'Time line' }).getByRole('listitem').filter({ hasText: title });
    for (const word of words) item = item.filter({ hasText: word });
    await this.sees(item.first());
    return item.first().innerText();
  }

  async signUp({ email, password }) {
    const form = this.page.getByRole('form', { name: 'Sign up' });
    await form.getByLabel('E-mail').fill(email);
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button').click();
  }

  async signIn({ email, password }) {
    const tab = this.page.getByRole('tab', { name: 'Sign in' });
    if (await tab.isVisible()) await tab.click();
    const form = this.page.getByRole('form', { name: 'Sign in' });
    await form.getByLabel('E-mail').fill(email);
    await form.getByLabel('Password').fill(password);
    await form.getByRole('button', { name: 'Sign in' }).click();
  }

  /** All systems answer 200, and everything about whose session that is has arrived. */
  async isSignedIn({ email }, names = NAMES) {
    await this.answers(Object.fromEntries(names.map(name => [name, '200 OK'])));
    await Promise.all(names.map(name => this.says(name, `signed in as ${email}`)));
  }

  /** Where this page took nobody for signed in, at any time since it was last asked. */
  wereOut() {
    return this.page.evaluate(() => window.statuses.splice(0).filter(status => status.endsWith(' out')).map(status => status.slice(0, -4)).toSorted());
  }

  row(application, place) {
    return this.page.getByRole('table', { name: 'Sessions' }).getByRole('row').filter({ hasText: application }).filter({ hasText: place });
  }
}

function exactly(text) {
  return text instanceof RegExp ? text : new RegExp(`^\\s*${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s+')}\\s*$`);
}

