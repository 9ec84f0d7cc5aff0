// The vectors that all verifiers judge alike, and a server that tells what stands in them.
import { readFileSync } from 'node:fs';
import { Cardea } from './server.mjs';

export const vectors = JSON.parse(readFileSync(new URL('../../../verifier/vectors.json', import.meta.url), 'utf8'));

/** `server.asked.introspection` counts the questions; whatever is asked about is active. */
export async function serverOfVectors() {
  const server = await Cardea.start();
  server.instead.jwks = (_, response) => response.end(JSON.stringify(vectors.jwks));
  server.instead.feed = (request, response, url) => {
    const word = JSON.stringify(vectors.feed);
    if (request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`event: revocations\ndata: ${word}\n\n`);
      return;
    }
    // Long-poll: nothing more will come.
    const isSnapshot = !url.searchParams.has('after');
    setTimeout(() => response.end(isSnapshot ? word : JSON.stringify({ ...vectors.feed, revocations: [] })), isSnapshot ? 0 : 500);
  };
  return server;
}

/** What a verifier of these vectors thinks of a case: its verdict, or "ASK" where it asked the server. */
export async function judgedBy(judge, server, token) {
  const before = server.asked.introspection;
  const verdict = await judge(token);
  return server.asked.introspection > before ? 'ASK' : verdict;
}
