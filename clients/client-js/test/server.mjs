// A real server of a test's own, and the page of an application that it knows.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

if (!process.env.CARDEA_BINARY) throw new Error('CARDEA_BINARY must name the program of the server');

export const PERSON = { email: 'ada@example.com', password: 'violet kettle 1815' };
export const CREDENTIALS = { identifier: PERSON.email, password: PERSON.password };

/** As it is before a test puts another in its place. */
const network = globalThis.fetch;

export async function until(holds, what = 'it came to nothing') {
  const end = Date.now() + 30_000;
  while (!await holds()) {
    assert.ok(Date.now() < end, what);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

export class Cardea {
  /** One that runs, knows PERSON, and the application `shop`, whose pages `page` serves. */
  static async start({ accessSeconds = 300 } = {}) {
    const server = new Cardea();
    server.folder = await mkdtemp(join(tmpdir(), 'cardea-client-'));
    server.port = await freePort();
    // One name for both: to a browser, localhost and 127.0.0.1 are two sites.
    server.url = `http://localhost:${server.port}/graphql`;
    server.page = createHttpServer(serve).listen(0, 'localhost');
    await once(server.page, 'listening');
    server.origin = `http://localhost:${server.page.address().port}`;
    server.configuration = join(server.folder, 'cardea.toml');
    await writeFile(server.configuration, `[[applications]]\nclient_id = "shop"\nallowed_origins = ["${server.origin}"]\naccess_lifetime_seconds = ${accessSeconds}\n`);
    await server.run();
    await server.ask('mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }', { input: PERSON });
    return server;
  }

  async run() {
    const env = {
      PATH: process.env.PATH, CARDEA__HTTP__LISTEN: `127.0.0.1:${this.port}`, CARDEA__METRICS__LISTEN: '127.0.0.1:0',
      CARDEA__DATA__DIRECTORY: join(this.folder, 'data'),
    };
    this.process = spawn(process.env.CARDEA_BINARY, ['--config', this.configuration, 'serve'], { stdio: 'ignore', cwd: this.folder, env });
    await until(async () => (await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null))?.ok, 'the server does not start');
  }

  async end(signal = 'SIGKILL') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill(signal);
    await once(this.process, 'exit');
  }

  async remove() {
    this.page.closeAllConnections();
    this.page.close();
    await this.end();
    await rm(this.folder, { recursive: true });
  }

  async ask(query, variables, token) {
    const headers = { 'content-type': 'application/json', accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return response.json();
  }
}

/** Of the package, its sources; of anything else, an empty page. */
async function serve(request, response) {
  const [, name] = /^\/src\/(\w+\.js)$/.exec(request.url) ?? [];
  const body = name ? await readFile(new URL(`../src/${name}`, import.meta.url)) : '<!doctype html><link rel="icon" href="data:,"><title>shop</title>';
  response.writeHead(200, { 'content-type': name ? 'text/javascript' : 'text/html' }).end(body);
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  await new Promise(resolve => listener.close(resolve));
  return port;
}

/** What a browser does about cookies, as far as one server needs it; and what was asked through it. */
export class Jar {
  cookies = new Map();
  asked = [];

  fetch = async (url, init) => {
    this.asked.push(/(?:query|mutation) (\w+)/.exec(JSON.parse(init.body).query)?.[1]);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await network(url.replace('localhost', '127.0.0.1'), { ...init, headers: { ...init.headers, ...(cookie && { cookie }) } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  };

  count(operation) {
    return this.asked.filter(name => name === operation).length;
  }
}
