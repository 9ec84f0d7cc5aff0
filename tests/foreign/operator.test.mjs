// What an operator types is in force at those who follow as well, in Node and in Python.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createVerifier } from '@cardea/verify';
import { CRM, OwnServer, PERSON, until } from './own-server.mjs';
import { Recipe } from './recipe.mjs';

let server;
let verifier;
let recipe;

before(async () => {
  server = await OwnServer.start();
  verifier = createVerifier({ issuer: server.issuer, ...CRM });
  recipe = new Recipe({ issuer: server.issuer, audience: CRM.audience, client_id: CRM.clientId, secret: CRM.clientSecret });
  await verifier.ready();
  await until(async () => (await recipe.heard()).position >= 0);
});
after(async () => {
  verifier?.close();
  await recipe?.close();
  await server?.remove();
});

const verdictOf = token => verifier.verify(token).then(() => 'valid', error => error.reason ?? error.code);

/** Soon, by both; the recipe, if it had to ask, knows no reason. */
async function refusedByBoth(token, verdict) {
  await until(async () => await verdictOf(token) !== 'valid');
  assert.equal(await verdictOf(token), verdict);
  await recipe.untilRefused(token);
  await until(async () => (await recipe.judge(token)).verdict === verdict);
}

async function takenByBoth(token) {
  assert.equal(await verdictOf(token), 'valid');
  assert.equal((await recipe.judge(token)).verdict, 'valid');
}

const headerOf = token => JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));

/** The same token, as if another key had signed it. */
function renamed(token, kid) {
  const header = Buffer.from(JSON.stringify({ ...headerOf(token), kid })).toString('base64url');
  return token.replace(/^[^.]+/, header);
}

test('scopes that were taken away make a token stale', async () => {
  await server.operate('grant', 'add', PERSON.email, 'crm', 'people:read');
  const token = await server.signIn();
  (await verifier.verify(token)).require('people:read');
  await takenByBoth(token);
  await server.operate('grant', 'remove', PERSON.email, 'crm', 'people:read');
  await refusedByBoth(token, 'TOKEN_STALE');
  const next = await server.signIn();
  await takenByBoth(next);
  assert.equal((await verifier.verify(next)).scopes.has('people:read'), false);
});

test('whoever is suspended is gone, and back when reinstated and signed in', async () => {
  const token = await server.signIn();
  await takenByBoth(token);
  await server.operate('user', 'suspend', PERSON.email);
  await refusedByBoth(token, 'SUSPENDED');
  await server.operate('user', 'reinstate', PERSON.email);
  await takenByBoth(await server.signIn());
  await refusedByBoth(token, 'SUSPENDED');
});

test('what a revoked key signed is dead, and what its successor signs is taken at once', async () => {
  const token = await server.signIn();
  await takenByBoth(token);
  // Both have just looked for a key that somebody invented: the next look has to wait, not to fail.
  const forged = renamed(token, 'A'.repeat(43));
  assert.deepEqual([await verdictOf(forged), (await recipe.judge(forged)).verdict], ['MALFORMED', 'MALFORMED']);
  const { kid } = headerOf(token);
  await server.operate('keys', 'revoke', kid);
  await refusedByBoth(token, 'REVOKED');
  let next;
  await until(async () => {
    next = await server.signIn();
    return headerOf(next).kid !== kid;
  });
  await takenByBoth(next);
});
