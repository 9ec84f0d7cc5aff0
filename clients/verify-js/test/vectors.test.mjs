// The same tokens, keys and feed that the server and the other verifiers judge, judged alike.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CLIENT, SECRET } from './server.mjs';
import { judgedBy, serverOfVectors, vectors } from './vectors.mjs';

let server;
let verifier;

before(async () => {
  server = await serverOfVectors();
  verifier = server.verifier({
    issuer: vectors.issuer, audience: vectors.audience, clientId: vectors.client_id, clientSecret: SECRET, server: server.issuer,
    leewaySeconds: vectors.leeway_seconds, freshnessSeconds: 60,
    clock: { now: () => vectors.now * 1000, elapsed: () => performance.now() },
  });
  await verifier.ready();
});
after(() => server.stop());

async function judge(token) {
  try {
    await verifier.verify(token);
    return 'valid';
  } catch (error) {
    assert.ok(error.status, error.stack);
    return error.reason ?? error.code;
  }
}

test('all vectors, new and remembered', async () => {
  assert.equal(vectors.client_id, CLIENT);
  for (const _ of ['new', 'remembered']) {
    const told = [];
    for (const { name, token } of vectors.cases) told.push({ name, verdict: await judgedBy(judge, server, token) });
    assert.deepEqual(told, vectors.cases.map(({ name, verdict }) => ({ name, verdict })));
  }
});
