// A server of a test's own, which it may stop, kill, start anew, and operate by the command line.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

if (!process.env.CARDEA_BINARY) throw new Error('CARDEA_BINARY must name the program of the server');

const CONFIGURATION = fileURLToPath(new URL('cardea.toml', import.meta.url));
/** As in cardea.toml. */
export const CRM = { audience: 'https://crm.example.com', clientId: 'crm', clientSecret: 'not-a-secret-of-crm-0123456789abcd' };
export const PERSON = { email: 'ada@example.com', password: 'violet kettle 1815' };

export async function until(holds) {
  const end = Date.now() + 30_000;
  while (!await holds()) {
    assert.ok(Date.now() < end, 'it came to nothing');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

export class OwnServer {
  /** One that runs, and knows PERSON. */
  static async start() {
    const server = new OwnServer();
    server.folder = await mkdtemp(join(tmpdir(), 'cardea-own-'));
    server.port = await freePort();
    server.issuer = `http://127.0.0.1:${server.port}`;
    await server.run();
    await server.ask('mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }', { input: PERSON });
    return server;
  }

  async run() {
    this.process = spawn(process.env.CARDEA_BINARY, ['--config', CONFIGURATION, 'serve'], { stdio: 'ignore', ...this.#place() });
    await until(async () => (await fetch(`${this.issuer}/readyz`).catch(() => null))?.ok);
  }

  async end(signal) {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill(signal);
    await once(this.process, 'exit');
  }

  async remove() {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true });
  }

  /** What an operator types behind `cardea`; what it prints. */
  async operate(...words) {
    const { stdout } = await promisify(execFile)(process.env.CARDEA_BINARY, ['--config', CONFIGURATION, ...words], this.#place());
    return stdout;
  }

  async ask(query, variables, token) {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(`${this.issuer}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    assert.ok(!errors, JSON.stringify(errors));
    return data;
  }

  /** An access token of PERSON at the CRM. */
  async signIn() {
    const query = 'mutation($input: LoginInput!) { login(input: $input) { ... on Authenticated { tokens { accessToken } } } }';
    const { login } = await this.ask(query, { input: { identifier: PERSON.email, password: PERSON.password, clientId: CRM.clientId, transport: 'BODY' } });
    return login.tokens.accessToken;
  }

  logout(token) {
    return this.ask('mutation { logout { endedSessionIds } }', {}, token);
  }

  #place() {
    const env = {
      PATH: process.env.PATH, CARDEA__HTTP__LISTEN: `127.0.0.1:${this.port}`, CARDEA__METRICS__LISTEN: '127.0.0.1:0',
      CARDEA__DATA__DIRECTORY: join(this.folder, 'data'),
    };
    return { cwd: this.folder, env };
  }
}

export async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  await new Promise(resolve => listener.close(resolve));
  return port;
}
