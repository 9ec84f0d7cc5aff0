// Chromium with every way out of the machine shut, and a watch over what a page does wrong.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

const WINDOW = { viewport: { width: 1440, height: 900 } };

// Generous: a busy machine is no fault of the page.
const PATIENCE_MS = 30_000;

// Of Chromium's settings: "block all cookies".
const NO_COOKIES = { profile: { default_content_setting_values: { cookies: 2 } } };

function mannerOf(origin) {
  const { hostname } = new URL(origin);
  return {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`],
  };
}

/** Starts Chromium with an empty profile of its own. Names other than the server's resolve to nothing. */
export function launch(origin) {
  return chromium.launch(mannerOf(origin));
}

/** The one context of a browser whose user allows no cookies. It is gone, with its profile, when the test `t` ends. */
export async function launchWithoutCookies(t, origin) {
  const profile = await mkdtemp(join(tmpdir(), 'cardea-profile-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(NO_COOKIES));
  const context = await chromium.launchPersistentContext(profile, { ...mannerOf(origin), ...WINDOW });
  t.after(async () => {
    await context.close();
    await rm(profile, { recursive: true });
  });
  return context;
}

/** A page in a fresh context, and the list of its faults, which grows as they happen. */
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext({ ...WINDOW, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  return openTab(context, origin);
}

/**
 * One more page of this browser. It may ask nothing but its own origin and `others`, and open sockets to `sockets` alone; `isProvoked(url, outcome)` says whether a test has
 * brought about that `url` is answered with this status, or not at all (`net::ERR_…`): that is no fault.
 */
export async function openTab(context, origin, { others = [], sockets = [], isProvoked = () => false } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return { page, faults: await watch(page, { origins: [origin, ...others], sockets, isProvoked }) };
}

async function watch(page, { origins, sockets, isProvoked }) {
  const faults = [];
  page.on('request', request => origins.includes(new URL(request.url()).origin) || faults.push(`left the origin: ${request.url()}`));
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText;
    // The page's own doing: it stops a worker that is still loading when the schema arrives, or it is left.
    if (reason !== 'net::ERR_ABORTED' && !isProvoked(request.url(), reason)) faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', response => {
    const status = response.status();
    if (status >= 400 && !isProvoked(response.url(), status)) faults.push(`HTTP ${status}: ${response.url()}`);
  });
  page.on('websocket', socket => sockets.includes(new URL(socket.url()).origin) || faults.push(`opened a socket: ${socket.url()}`));
  page.on('pageerror', error => faults.push(`page error: ${error.stack}`));
  page.on('console', message => {
    if (message.type() === 'error' && !isReport(message, isProvoked)) faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  // Chromium reports most violations on the console; a report-only one, or one that a script swallows, only here.
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      console.error(`content security policy: ${event.effectiveDirective} forbids ${event.blockedURI}`);
    });
  });
  return faults;
}

/** Whether Chromium itself says by this how a request ended, or a socket, that was to end so. */
function isReport(message, isProvoked) {
  const [, socket, why] = /^WebSocket connection to '(\S+)' failed: .*?(net::ERR_\w+)$/.exec(message.text()) ?? [];
  if (socket !== undefined) return isProvoked(socket, why);
  const [, status, failure] = /^Failed to load resource: (?:the server responded with a status of (\d+) |(net::ERR_\w+)$)/.exec(message.text()) ?? [];
  const { url } = message.location();
  return url !== '' && (status !== undefined || failure !== undefined) && isProvoked(url, status === undefined ? failure : Number(status));
}

/** Everything that the browser will still hold when the page is gone, as one string to search. */
export async function whatStays(page) {
  const lasting = await page.context().storageState({ indexedDB: true });
  const others = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    readable: document.cookie,
    address: location.href,
    state: history.state,
    name: window.name,
  }));
  return JSON.stringify([lasting, others]);
}
