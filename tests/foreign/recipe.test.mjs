// The Python recipe judges the vectors as all verifiers do, and is not fooled by a feed that is away.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SECRET } from '../../clients/verify-js/test/server.mjs';
import { judgedBy, serverOfVectors, vectors } from '../../clients/verify-js/test/vectors.mjs';
import { Recipe } from './recipe.mjs';

let server;
let recipe;

before(async () => {
  server = await serverOfVectors();
  recipe = new Recipe({
    issuer: vectors.issuer, audience: vectors.audience, client_id: vectors.client_id, secret: SECRET, server: server.issuer,
    leeway_seconds: vectors.leeway_seconds, now: vectors.now,
  });
  while ((await recipe.heard()).position < 0) await new Promise(resolve => setTimeout(resolve, 20));
});
after(async () => {
  await recipe.close();
  await server.stop();
});

test('all vectors', async () => {
  const told = [];
  for (const { name, token } of vectors.cases) {
    told.push({ name, verdict: await judgedBy(async text => (await recipe.judge(text)).verdict, server, token) });
  }
  assert.deepEqual(told, vectors.cases.map(({ name, verdict }) => ({ name, verdict })));
});

test('a feed that is away lets no token pass: the server is asked, and what is dead stays so', async () => {
  const [live, dead] = ['valid', 'LOGGED_OUT'].map(wanted => vectors.cases.find(({ verdict }) => verdict === wanted).token);
  server.instead.feed = (_, response) => response.destroy();
  const asked = () => server.asked.introspection;
  const before = asked();
  while (asked() === before) {
    assert.deepEqual((await recipe.judge(live)).verdict, 'valid');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  server.inactive.add(JSON.parse(Buffer.from(live.split('.')[1], 'base64url')).jti);
  assert.deepEqual(await recipe.judge(live), { status: 401, verdict: 'REVOKED' });
  server.instead.introspection = (_, response) => response.writeHead(503).end();
  assert.deepEqual(await recipe.judge(live), { status: 503, verdict: 'UNAVAILABLE' });
  assert.deepEqual(await recipe.judge(dead), { status: 401, verdict: 'LOGGED_OUT' });
});
