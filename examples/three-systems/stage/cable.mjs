// What lies between a sub-system and Cardea: all goes through, and the feed only as long as it is whole.
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';

const FEED = '/revocations';
/** What one connection says of itself (RFC 9110, section 7.6.1): the next one has its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

export class Cable {
  #target;
  #server;
  /** Feeds that run now. @type {Set<() => void>} */
  #feeds = new Set();
  #isWhole = true;

  /** @param {string} target where Cardea is */
  constructor(target) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => this.#pass(request, response));
  }

  /** Gives the URL at which the system reaches Cardea. */
  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  get isWhole() {
    return this.#isWhole;
  }

  set isWhole(isWhole) {
    this.#isWhole = isWhole;
    if (isWhole) return;
    for (const hangUp of this.#feeds) hangUp();
  }

  end() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #pass(incoming, outgoing) {
    const isFeed = incoming.url.startsWith(FEED);
    if (isFeed && !this.#isWhole) return outgoing.destroy();
    const { hostname, port } = this.#target;
    const { method, url: path } = incoming;
    const onward = ask({ hostname, port, method, path, headers: endToEnd(incoming.headers), agent: false });
    const hangUp = () => {
      onward.destroy();
      outgoing.destroy();
    };
    if (isFeed) this.#feeds.add(hangUp);
    onward.on('response', answer => {
      outgoing.writeHead(answer.statusCode, endToEnd(answer.headers));
      outgoing.flushHeaders();
      answer.on('error', hangUp);
      answer.pipe(outgoing);
    });
    onward.on('error', hangUp);
    outgoing.on('close', () => {
      onward.destroy();
      this.#feeds.delete(hangUp);
    });
    incoming.pipe(onward);
  }
}

function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
