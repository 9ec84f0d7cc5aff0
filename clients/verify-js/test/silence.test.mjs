// A server that takes questions and says nothing: nobody passes, few wait, and soon it is asked again.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Cardea, fail, until } from './server.mjs';

let cardea;
let verifier;
let token;
const unavailable = { status: 503, code: 'UNAVAILABLE', wwwAuthenticate: null };

beforeEach(async () => {
  cardea = await Cardea.start();
  cardea.instead.feed = (_, response) => fail(response, 503, 'temporarily_unavailable');
  verifier = cardea.verifier({ timeoutSeconds: 1 });
  token = await cardea.token();
  await verifier.verify(token);
});
afterEach(() => cardea.stop());

const fallSilent = () => {
  cardea.instead.introspection = () => {};
};

test('nobody waits for a server that is silent but one each second', async () => {
  fallSilent();
  const begun = performance.now();
  await Promise.all(Array.from({ length: 500 }, () => assert.rejects(verifier.verify(token), unavailable)));
  const [asked, known] = [cardea.asked.introspection, performance.now()];
  // The one before, those that were asked at once, and one each second.
  assert.ok(asked <= 1 + 16 + (known - begun) / 1000, `${asked} questions`);
  for (let at = 0; at < 1000; at += 1) await assert.rejects(verifier.verify(token), unavailable);
  const tries = cardea.asked.introspection - asked;
  assert.ok(tries <= 1 + (performance.now() - known) / 1000, `${tries} tries`);
  assert.ok(performance.now() - begun < 60_000, 'nobody waits for another');
  delete cardea.instead.introspection;
  let passes = false;
  const trying = setInterval(() => verifier.verify(token).then(() => { passes = true; }, () => {}), 20);
  await until(() => passes, 'it is not asked again');
  clearInterval(trying);
  for (let at = 0; at < 100; at += 1) await verifier.verify(token);
});

test('a no is an answer, and so is an outage', async () => {
  fallSilent();
  await assert.rejects(verifier.verify(token), unavailable);
  cardea.instead.introspection = (_, response) => fail(response, 503, 'temporarily_unavailable');
  const asked = cardea.asked.introspection;
  while (cardea.asked.introspection === asked) {
    await assert.rejects(verifier.verify(token), unavailable);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  // Each is asked about again.
  for (let at = 0; at < 10; at += 1) await assert.rejects(verifier.verify(token), unavailable);
  assert.equal(cardea.asked.introspection, asked + 11);
});

test('one question that hangs while others are answered keeps nobody from asking', async () => {
  const verifier = cardea.verifier({ timeoutSeconds: 3 });
  let hangs = true;
  cardea.instead.introspection = (_, response) => {
    if (hangs) hangs = false;
    else response.end('{"active":false}');
  };
  const hanging = assert.rejects(verifier.verify(token), unavailable);
  await until(() => !hangs);
  await assert.rejects(verifier.verify(token), { reason: 'REVOKED' });
  await hanging;
  for (let at = 0; at < 10; at += 1) await assert.rejects(verifier.verify(token), { reason: 'REVOKED' });
});
