// Keys come and go; a server that doesn't tell them says nothing about a token.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Cardea, newKey, until } from './server.mjs';

let cardea;

beforeEach(async () => {
  cardea = await Cardea.start();
});
afterEach(() => cardea.stop());

test('keys of each algorithm are taken, and a rotation goes unnoticed', async () => {
  cardea.keys.push(await newKey('EdDSA'), await newKey('RS256'));
  const verifier = cardea.verifier();
  await verifier.ready();
  for (const key of cardea.keys) await verifier.verify(await cardea.token({}, {}, key));
  const next = await newKey();
  cardea.keys = [next];
  const tokens = await Promise.all(Array.from({ length: 20 }, () => cardea.token({}, {}, next)));
  await Promise.all(tokens.map(token => verifier.verify(token)));
  assert.equal(cardea.asked.jwks, 2, 'twenty who wait are one question');
});

test('a key that was withdrawn is a revoked one to whoever heard of it, not an unknown one', async () => {
  const [old, next] = [await newKey(), await newKey()];
  cardea.keys = [old];
  const verifier = cardea.verifier();
  await verifier.ready();
  const [seen, unseen] = [await cardea.token({}, {}, old), await cardea.token({}, {}, old)];
  await verifier.verify(seen);
  cardea.keys = [next];
  cardea.revoke({ kid: old.kid }, { reason: 'REVOKED' });
  await until(() => verifier.status().position === cardea.position);
  await verifier.verify(await cardea.token({}, {}, next));
  for (const token of [seen, unseen]) await assert.rejects(verifier.verify(token), { status: 401, reason: 'REVOKED' });
});

test('who comes in the middle of a question that is older than the key is no forger', async () => {
  const verifier = cardea.verifier();
  await verifier.ready();
  const old = JSON.stringify({ keys: cardea.keys.map(({ jwk, kid }) => ({ ...jwk, kid })) });
  let answer;
  cardea.instead.jwks = (_, response) => { answer = () => response.end(old); };
  const forged = assert.rejects(verifier.verify(await cardea.token({}, {}, await newKey())), { reason: 'MALFORMED' });
  await until(() => answer);
  delete cardea.instead.jwks;
  const next = await newKey();
  cardea.keys.push(next);
  const verified = verifier.verify(await cardea.token({}, {}, next));
  await new Promise(resolve => setTimeout(resolve, 20));
  answer();
  await Promise.all([forged, verified]);
});

test('keys that nobody has cost one question a second', async () => {
  const verifier = cardea.verifier();
  await verifier.ready();
  const stranger = await newKey();
  const began = performance.now();
  for (let round = 0; round < 2; round += 1) {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => cardea.token({}, {}, stranger)));
    await Promise.all(tokens.map(token => assert.rejects(verifier.verify(token), { reason: 'MALFORMED' })));
  }
  assert.equal(cardea.asked.jwks, 3);
  assert.ok(performance.now() - began > 1500);
});

test('without keys nothing is known: 503, and good again when they are there', async () => {
  const token = await cardea.token();
  for (const answer of [
    (_, response) => response.writeHead(500).end(), (_, response) => response.end('{}'), (_, response) => response.end('{"keys":[]}'),
    (_, response) => response.end('{"keys":[null,{"kty":"oct","k":"AAAA","alg":"HS256","kid":"x"}]}'), () => {},
  ]) {
    cardea.instead.jwks = answer;
    const verifier = cardea.verifier();
    await assert.rejects(verifier.verify(token), { status: 503, code: 'UNAVAILABLE' });
    delete cardea.instead.jwks;
    await verifier.verify(token);
    verifier.close();
  }
});

test('keys that are known are used on while the server tells none', async () => {
  const verifier = cardea.verifier();
  await verifier.ready();
  cardea.instead.jwks = (_, response) => response.destroy();
  await verifier.verify(await cardea.token());
  await assert.rejects(verifier.verify(await cardea.token({}, {}, await newKey())), { status: 503 });
  await verifier.verify(await cardea.token());
});

test('a key that is for something else, or is our secret, or is of no kind that we know, verifies nothing', async () => {
  const [encrypts, weak, p384] = [await newKey(), await newKey(), await newKey('ES384')];
  encrypts.jwk.use = 'enc';
  delete weak.jwk.alg;
  cardea.keys.push(encrypts, weak, p384);
  const verifier = cardea.verifier();
  await verifier.ready();
  for (const key of [encrypts, weak, p384]) {
    await assert.rejects(verifier.verify(await cardea.token({}, {}, key)), { reason: 'MALFORMED' });
  }
});
