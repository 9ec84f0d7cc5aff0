// One token, and what is thought of it: each defect, each kind of revocation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VerifyError } from '@cardea/verify';
import { Cardea, newKey, now, until } from './server.mjs';

let cardea;
let verifier;

before(async () => {
  cardea = await Cardea.start();
  verifier = cardea.verifier();
  await verifier.ready();
});
after(() => cardea.stop());

async function refused(token, reason) {
  await assert.rejects(verifier.verify(token), error => {
    assert.ok(error instanceof VerifyError, error.stack);
    assert.equal(error.reason ?? error.code, reason, error.stack);
    return true;
  });
}

test('a good token passes, twice, and says whose it is', async () => {
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  for (const _ of [1, 2]) {
    const verified = await verifier.verify(token);
    assert.deepEqual({ ...verified.claims, nbf: 0 }, { ...claims, nbf: 0 });
    assert.equal(verified.userId, claims.sub);
    verified.require('orders:read');
    assert.throws(() => verified.require('orders:read', 'orders:write'), {
      status: 403, code: 'FORBIDDEN', wwwAuthenticate: 'Bearer error="insufficient_scope", scope="orders:read orders:write"',
    });
    assert.throws(() => verified.require('a" b'), TypeError);
  }
});

test('a logout reaches a token that passed a moment ago', async () => {
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  await verifier.verify(token);
  cardea.revoke({ sid: claims.sid });
  await until(() => verifier.status().position === cardea.position);
  await refused(token, 'LOGGED_OUT');
});
