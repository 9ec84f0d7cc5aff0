// Chromium with every way out of the machine shut, and pages of the application in it.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = ['--disable-background-networking', '--disable-component-update', '--disable-gpu', '--disable-quic', '--disable-sync', '--no-first-run'];
/** Of Chromium's settings: "block all cookies". */
const NO_COOKIES = { profile: { default_content_setting_values: { cookies: 2 } } };

/** Names other than this one resolve to nothing. */
const manner = hostname => ({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`],
});

export function launch(hostname) {
  return chromium.launch(manner(hostname));
}

/** A browser whose user allows no cookies; it is gone, with its profile, when `t` ends. */
export async function launchWithoutCookies(t, hostname) {
  const profile = await mkdtemp(join(tmpdir(), 'cardea-profile-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(NO_COOKIES));
  const context = await chromium.launchPersistentContext(profile, manner(hostname));
  t.after(async () => {
    await context.close();
    await rm(profile, { recursive: true });
  });
  return context;
}

/** A browser on a machine that can be sent to sleep: all of its processes stand still, and time goes on. */
export async function launchSleeper(t, hostname) {
  const server = await chromium.launchServer(manner(hostname));
  const signal = name => process.kill(-server.process().pid, name);
  t.after(async () => {
    signal('SIGCONT');
    await server.close();
  });
  return { browser: await chromium.connect(server.wsEndpoint()), sleep: () => signal('SIGSTOP'), wake: () => signal('SIGCONT') };
}

/** Tabs of one browser, with a client each as `window.cardea`, what they asked of the server, and what the browser complained of. */
export async function openTabs(context, server, count, { clientId = 'shop', prepare = () => {} } = {}) {
  const asked = [];
  const complaints = [];
  const pages = await Promise.all(Array.from({ length: count }, async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.addInitScript(prepare);
    page.on('request', request => {
      if (request.method() === 'POST') asked.push({ page, operation: /(?:query|mutation) (\w+)/.exec(request.postDataJSON().query)?.[1] });
    });
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(String(error)));
    await page.goto(server.origin);
    await renew(page, server, { clientId });
    return page;
  }));
  return { pages, asked, complaints, count: operation => asked.filter(one => one.operation === operation).length };
}

/** The page forgets all, as in a reload. */
export function renew(page, server, options = {}) {
  return page.evaluate(async options => {
    window.cardea?.close();
    const { createClient } = await import('/src/index.js');
    window.faults = [];
    window.cardea = createClient({ ...options, onFault: fault => window.faults.push(fault.code) });
  }, { url: server.url, clientId: 'shop', ...options });
}

/** What an app would show. */
export const shown = page => page.evaluate(() => {
  const { status, reason, fault } = window.cardea.state;
  return { status, reason, fault: fault?.code ?? null };
});
