// What somebody may do to the stage: cut a cable, grant a scope, let Cardea fail.

const MAXIMUM_BYTES = 1000;
const LONGEST_OUTAGE_SECONDS = 60;
/** What a browser says of the page that asks (Sec-Fetch-Site); whoever is no browser says nothing. */
const OWN = new Set(['same-origin', undefined]);

/** Something that can't be done as it was asked. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Operator {
  #cardea;
  #cables;
  #systems;

  /**
   * @param {import('./cardea.mjs').Cardea} cardea
   * @param {Map<string, import('./cable.mjs').Cable>} cables
   * @param {{ clientId: string, scope: string }[]} systems
   */
  constructor(cardea, cables, systems) {
    this.#cardea = cardea;
    this.#cables = cables;
    this.#systems = systems;
  }

  /** Answers one request; `url` is what comes after /operator. */
  async serve(request, response) {
    try {
      const word = await this.#heed(request);
      response.writeHead(word ? 200 : 204, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(word && JSON.stringify(word));
    } catch (error) {
      const status = error instanceof Refused ? error.status : 500;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.message }));
    }
  }

  async #heed(request) {
    const actions = { '/cable': this.#cut, '/scope': this.#grant, '/outage': this.#fail };
    if (request.url === '/' && request.method === 'GET') return this.#tell();
    const action = Object.hasOwn(actions, request.url) && actions[request.url];
    if (!action || request.method !== 'POST') throw new Refused(404, 'POST /operator/cable, /operator/scope or /operator/outage');
    // A page of somebody else's may send a form here, and no JSON without being asked who it is. Browsers say it as well.
    if (!/^application\/json(;|$)/.test(request.headers['content-type'] ?? '')) throw new Refused(415, 'send JSON');
    if (!OWN.has(request.headers['sec-fetch-site'])) throw new Refused(403, 'this is for the page of the stage alone');
    await action.call(this, await bodyOf(request));
  }

  #tell() {
    const cables = Object.fromEntries([...this.#cables].map(([clientId, { isWhole }]) => [clientId, isWhole]));
    return { cables, isUp: this.#cardea.isUp };
  }

  #cut({ clientId, isWhole }) {
    const cable = this.#cables.get(clientId);
    if (!cable || typeof isWhole !== 'boolean') throw new Refused(400, 'name a system by its clientId, and say isWhole: true or false');
    cable.isWhole = isWhole;
  }

  async #grant({ clientId, user, isGranted }) {
    const system = this.#systems.find(one => one.clientId === clientId);
    if (!system || typeof user !== 'string' || typeof isGranted !== 'boolean') {
      throw new Refused(400, 'name a system by its clientId, a person by the e-mail address, and say isGranted: true or false');
    }
    await this.#cardea.operate('grant', isGranted ? 'add' : 'remove', '--', user, clientId, system.scope).catch(({ stderr }) => {
      throw new Refused(409, stderr?.trim() || 'Cardea was not asked: its program does not start');
    });
  }

  #fail({ seconds }) {
    if (!(typeof seconds === 'number' && seconds >= 1 && seconds <= LONGEST_OUTAGE_SECONDS)) throw new Refused(400, `say for how many seconds: 1 to ${LONGEST_OUTAGE_SECONDS}`);
    if (!this.#cardea.isUp) throw new Refused(409, 'Cardea is away already: wait until it is back');
    void this.#cardea.fail(seconds);
  }
}

async function bodyOf(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > MAXIMUM_BYTES) throw new Refused(413, `send ${MAXIMUM_BYTES} bytes at most`);
    pieces.push(piece);
  }
  try {
    return Object(JSON.parse(Buffer.concat(pieces).toString()));
  } catch {
    throw new Refused(400, 'this is no JSON');
  }
}
