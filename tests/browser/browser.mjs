// Chromium with every way out of the machine shut, and a watch over what a page does wrong.
import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

// Generous: a busy machine is no fault of the page.
const PATIENCE_MS = 30_000;

/** Starts Chromium with an empty profile of its own. Names other than the server's resolve to nothing. */
export function launch(origin) {
  const { hostname } = new URL(origin);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`],
  });
}

/** A page in a fresh context, and the list of its faults, which grows as they happen. */
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return { page, faults: await watch(page, origin) };
}

async function watch(page, origin) {
  const faults = [];
  const within = url => new URL(url).origin === origin;
  page.on('request', request => within(request.url()) || faults.push(`left the origin: ${request.url()}`));
  page.on('requestfailed', request => {
    const reason = request.failure()?.errorText;
    // The page's own doing: it stops a worker that is still loading when the schema arrives, or it is left.
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', response => {
    if (response.status() >= 400) faults.push(`HTTP ${response.status()}: ${response.url()}`);
  });
  page.on('websocket', socket => faults.push(`opened a socket: ${socket.url()}`));
  page.on('pageerror', error => faults.push(`page error: ${error.stack}`));
  page.on('console', message => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  // Chromium reports most violations on the console; a report-only one, or one that a script swallows, only here.
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      console.error(`content security policy: ${event.effectiveDirective} forbids ${event.blockedURI}`);
    });
  });
  return faults;
}

/** Everything that the browser will still hold when the page is gone, as one string to search. */
export async function whatStays(page) {
  const lasting = await page.context().storageState({ indexedDB: true });
  const others = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    address: location.href,
    name: window.name,
  }));
  return JSON.stringify([lasting, others]);
}
