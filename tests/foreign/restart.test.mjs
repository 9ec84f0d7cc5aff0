// What becomes of those who follow when the server is stopped, killed, or started anew: on a server of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createVerifier } from '@cardea/verify';

if (!process.env.CARDEA_BINARY) throw new Error('CARDEA_BINARY must name the program of the server');

const CONFIGURATION = fileURLToPath(new URL('cardea.toml', import.meta.url));
const CRM = { audience: 'https://crm.example.com', clientId: 'crm', clientSecret: 'not-a-secret-of-crm-0123456789abcd' };
const PERSON = { email: 'ada@example.com', password: 'violet kettle 1815' };

let folder;
let port;
let server;
let verifier;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cardea-restart-'));
  port = await freePort();
  await start();
  await mutate('mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }', { input: PERSON });
  verifier = createVerifier({ issuer: `http://127.0.0.1:${port}`, ...CRM });
  await verifier.ready();
});
after(async () => {
  verifier?.close();
  await stop('SIGKILL');
  await rm(folder, { recursive: true });
});

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port: free } = listener.address();
  await new Promise(resolve => listener.close(resolve));
  return free;
}

async function start() {
  server = spawn(process.env.CARDEA_BINARY, ['--config', CONFIGURATION, 'serve'], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, CARDEA__HTTP__LISTEN: `127.0.0.1:${port}`, CARDEA__METRICS__LISTEN: '127.0.0.1:0', CARDEA__DATA__DIRECTORY: join(folder, 'data') },
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok);
}

async function stop(signal) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill(signal);
  await once(server, 'exit');
}

async function until(holds) {
  const end = Date.now() + 30_000;
  while (!await holds()) {
    assert.ok(Date.now() < end, 'it came to nothing');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

async function mutate(query, variables, token) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  assert.ok(!errors, JSON.stringify(errors));
  return data;
}

async function signIn() {
  const query = 'mutation($input: LoginInput!) { login(input: $input) { ... on Authenticated { tokens { accessToken } } } }';
  const { login } = await mutate(query, { input: { identifier: PERSON.email, password: PERSON.password, clientId: 'crm', transport: 'BODY' } });
  return login.tokens.accessToken;
}

const logout = token => mutate('mutation { logout { endedSessionIds } }', {}, token);

/** Soon, if not at once. */
const refused = token => until(async () => (await verifier.verify(token).catch(error => error)).reason === 'LOGGED_OUT');

for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`a server that ends by ${signal} is found again, and nothing was missed`, async () => {
    const [lasting, leaving, later] = [await signIn(), await signIn(), await signIn()];
    await verifier.verify(lasting);
    await logout(leaving);
    await refused(leaving);
    const ended = performance.now();
    await stop(signal);
    assert.ok(performance.now() - ended < 10_000, 'who follows does not keep the server from stopping');
    await until(() => !verifier.status().fresh);
    await assert.rejects(verifier.verify(lasting), { status: 503, code: 'UNAVAILABLE' });
    await assert.rejects(verifier.verify(leaving), { status: 401, reason: 'LOGGED_OUT' });
    await start();
    await logout(later);
    await until(() => verifier.status().fresh);
    await verifier.verify(lasting);
    await refused(later);
    await verifier.verify(await signIn());
  });
}
