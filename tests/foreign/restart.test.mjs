// What becomes of those who follow when the server is stopped, killed, and started anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createVerifier } from '@cardea/verify';
import { CRM, OwnServer, until } from './own-server.mjs';

let server;
let verifier;

before(async () => {
  server = await OwnServer.start();
  verifier = createVerifier({ issuer: server.issuer, ...CRM });
  await verifier.ready();
});
after(async () => {
  verifier?.close();
  await server?.remove();
});

/** Soon, if not at once. */
const refused = token => until(async () => (await verifier.verify(token).catch(error => error)).reason === 'LOGGED_OUT');

for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`a server that ends by ${signal} is found again, and nothing was missed`, async () => {
    const [lasting, leaving, later] = [await server.signIn(), await server.signIn(), await server.signIn()];
    await verifier.verify(lasting);
    await server.logout(leaving);
    await refused(leaving);
    const ended = performance.now();
    await server.end(signal);
    assert.ok(performance.now() - ended < 10_000, 'who follows does not keep the server from stopping');
    await until(() => !verifier.status().fresh);
    await assert.rejects(verifier.verify(lasting), { status: 503, code: 'UNAVAILABLE' });
    await assert.rejects(verifier.verify(leaving), { status: 401, reason: 'LOGGED_OUT' });
    await server.run();
    await server.logout(later);
    await until(() => verifier.status().fresh);
    await verifier.verify(lasting);
    await refused(later);
    await verifier.verify(await server.signIn());
  });
}
