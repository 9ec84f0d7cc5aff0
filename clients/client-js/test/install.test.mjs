// An app's first minute: the package installed by its path into an empty Vite project, as strict as `npm create vite` makes it, with no registry at hand.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launch } from './chromium.mjs';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
const COMPILER = resolve('typescript/bin/tsc');
const VITE = join(dirname(resolve('vite/package.json')), 'bin/vite.js');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };
/** Of the server, as little as a page needs to know that nobody is signed in. */
const NOBODY = { data: { refreshSession: { __typename: 'RefreshFailed', code: 'MISSING', reason: null, message: '' } } };

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cardea-install-'));
  await cp(new URL('project', import.meta.url), folder, { recursive: true });
  // An empty cache, and offline: whatever the package needed besides, it would be missed.
  const { stderr, code } = await run('npm', ['install', '--install-links', '--offline', '--no-audit', '--no-fund', `--cache=${folder}/.npm`, PACKAGE]);
  assert.equal(code, undefined, stderr);
});
after(() => rm(folder, { recursive: true }));

/** Runs a program in the project; gives what it printed, also if it failed. */
function run(program, parameters) {
  return promisify(execFile)(program, parameters, { cwd: folder }).catch(failure => {
    if (failure.stdout === undefined) throw failure;
    return failure;
  });
}

test('the package is copied with its types, and brings nothing with it', async () => {
  assert.deepEqual((await readdir(join(folder, 'node_modules'))).filter(name => !name.startsWith('.')), ['@cardea']);
  const installed = (await readdir(join(folder, 'node_modules/@cardea/client'))).toSorted();
  assert.deepEqual(installed, ['README.md', 'apollo.d.ts', 'index.d.ts', 'operations.d.ts', 'package.json', 'src', 'urql.d.ts']);
});

test('an app that uses all of it type-checks, and what would be a fault of it does not', async () => {
  const { stdout, stderr } = await run(process.execPath, [COMPILER]);
  assert.deepEqual([stdout, stderr], ['', '']);
});

test('it builds, and the page runs in Chromium', async t => {
  const { stderr, code } = await run(process.execPath, [VITE, 'build', '--logLevel=warn']);
  assert.deepEqual([stderr, code], ['', undefined]);

  const site = createServer(serve).listen(0, '127.0.0.1');
  t.after(() => { site.closeAllConnections(); site.close(); });
  await once(site, 'listening');
  const browser = await launch('127.0.0.1');
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const said = [];
  page.on('console', message => said.push(message.text()));
  page.on('pageerror', error => said.push(String(error)));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  await page.getByText('signed out').waitFor();
  assert.deepEqual([await page.locator('#faults').textContent(), said], ['', []]);
});

/** What was built; and of the server, one answer. */
async function serve(request, response) {
  if (request.url === '/graphql') {
    response.writeHead(200, { 'content-type': 'application/graphql-response+json' }).end(JSON.stringify(NOBODY));
    return;
  }
  const name = request.url === '/' ? '/index.html' : request.url;
  const body = await readFile(join(folder, 'dist', name)).catch(() => null);
  response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(name)] ?? 'text/plain' }).end(body);
}
