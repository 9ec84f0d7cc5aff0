// Cardea with three applications, as a process that may be killed and started anew.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Program } from './processes.mjs';

/** For what an operator types: it asks a database on this machine. */
const PATIENCE_MILLISECONDS = 10_000;

export class Cardea {
  #binary;
  #folder;
  #port;
  /** @type {Program | null} */
  #program = null;
  #isReady = false;
  #return;

  /**
   * @param {{ binary: string, folder: string, port: number }} place of the program, for its files, and on 127.0.0.1
   */
  constructor({ binary, folder, port }) {
    this.#binary = binary;
    this.#folder = folder;
    this.#port = port;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Whether it can be asked. */
  get isUp() {
    return this.#isReady && this.#program !== null && !this.#program.hasEnded;
  }

  /** Says who may sign in where: one application for each system. The page is of all three, and names the one it means each time. */
  async configure(systems, page) {
    const tables = systems.map(({ clientId, name, audience, secret, scope }) => [
      '[[applications]]',
      `client_id = "${clientId}"`,
      `name = "${name}"`,
      `audience = "${audience}"`,
      `secret = "${secret}"`,
      `scopes = ["${scope}"]`,
    ].join('\n'));
    const http = `[http]\nallowed_origins = ["${page}"]`;
    await writeFile(join(this.#folder, 'cardea.toml'), `${[http, ...tables].join('\n\n')}\n`, { mode: 0o600 });
  }

  async start() {
    const program = new Program('Cardea', this.#binary, ['serve'], this.#place());
    this.#program = program;
    await program.answers(`${this.url}/readyz`, response => response.ok);
    this.#isReady = true;
  }

  /** Ends without a word of farewell, as a machine fails, and comes back after so long. */
  async fail(seconds) {
    const program = this.#program;
    this.#program = null;
    this.#isReady = false;
    await program?.end('SIGKILL');
    this.#return = setTimeout(() => this.start().catch(error => console.error(error.message)), seconds * 1000);
  }

  async end() {
    clearTimeout(this.#return);
    await this.#program?.end();
  }

  /** What an operator types behind `cardea`. */
  async operate(...words) {
    await promisify(execFile)(this.#binary, words, { timeout: PATIENCE_MILLISECONDS, ...this.#place() });
  }

  #place() {
    const env = {
      PATH: process.env.PATH ?? '',
      CARDEA__HTTP__LISTEN: `127.0.0.1:${this.#port}`,
      CARDEA__METRICS__ENABLED: 'false',
      CARDEA__LOG__FILTER: 'warn',
    };
    return { cwd: this.#folder, env };
  }
}
