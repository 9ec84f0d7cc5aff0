// The whole of it on this machine: Cardea, three sub-systems that hear of logouts over a cable each, and the page.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cable } from './cable.mjs';
import { Cardea } from './cardea.mjs';
import { Operator } from './operator.mjs';
import { Page } from './page.mjs';
import { Program, freePort, holdPort } from './processes.mjs';
import { SYSTEMS, commandOf } from './systems.mjs';

/** Where the page is, if nobody else is there. */
const PAGE_PORT = 4180;

export class Stage {
  /** @type {Cardea} */
  cardea;
  /** One for each system, by its client id. @type {Map<string, Cable>} */
  cables = new Map();
  /** @type {string} */
  url;
  #programs;
  #folder;
  #page;
  #systems = [];

  /** @param {{ cardea: string, shop: string, python: string }} programs that were built, or found */
  constructor(programs) {
    this.#programs = programs;
  }

  /** Builds the page and starts everything. What has been started when this fails is ended by `end`. */
  async start({ pagePort = PAGE_PORT } = {}) {
    this.#folder = await mkdtemp(join(tmpdir(), 'cardea-three-systems-'));
    const held = await holdPort(pagePort);
    this.url = `http://127.0.0.1:${held.port}`;
    const secrets = SYSTEMS.map(system => ({ ...system, audience: `https://${system.clientId}.example`, secret: randomBytes(32).toString('hex') }));
    await this.#startCardea(secrets);
    const systems = await Promise.all(secrets.map(system => this.#startSystem(system)));
    this.#page = new Page({ cardea: `${this.cardea.url}/graphql`, systems }, new Operator(this.cardea, this.cables, SYSTEMS));
    await this.#page.build(join(this.#folder, 'page'));
    await held.release();
    await this.#page.serve(held.port);
  }

  async end() {
    await this.#page?.end();
    await Promise.all(this.#systems.map(system => system.end()));
    for (const cable of this.cables.values()) cable.end();
    await this.cardea?.end();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #startCardea(systems) {
    this.cardea = new Cardea({ binary: this.#programs.cardea, folder: this.#folder, port: await freePort() });
    await this.cardea.configure(systems, this.url);
    await this.cardea.start();
  }

  /** Gives what the page has to know of it. */
  async #startSystem({ secret, audience, ...known }) {
    const cable = new Cable(this.cardea.url);
    this.cables.set(known.clientId, cable);
    const listen = `127.0.0.1:${await freePort()}`;
    const [file, ...words] = commandOf(known.clientId, this.#programs);
    const env = {
      ISSUER: this.cardea.url, SERVER: await cable.start(), AUDIENCE: audience, CLIENT_ID: known.clientId, CLIENT_SECRET: secret,
      PAGE: this.url, LISTEN: listen,
    };
    const program = new Program(known.name, file, words, { env });
    this.#systems.push(program);
    const url = `http://${listen}`;
    await program.answers(url + known.open, response => response.status === 401);
    return { ...known, url };
  }
}
