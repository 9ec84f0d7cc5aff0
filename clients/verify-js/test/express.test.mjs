// What a request gets from express with protect before its handler.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import express from 'express';
import { protect } from '@cardea/verify/express';
import { Cardea, until } from './server.mjs';

let cardea;
let verifier;
let shop;

before(async () => {
  cardea = await Cardea.start();
  verifier = cardea.verifier({ whenStale: 'refuse', freshnessSeconds: 3 });
  const app = express();
  app.get('/orders', protect(verifier, 'orders:read'), (incoming, response) => {
    response.json({ user: incoming.verified.userId });
  });
  app.get('/broken', protect({ verify: async () => { throw new RangeError('a fault'); } }), () => {});
  app.use((fault, incoming, response, _) => response.status(500).json({ fault: fault.message }));
  shop = app.listen(0, '127.0.0.1');
  await verifier.ready();
});
after(async () => {
  shop.close();
  await cardea.stop();
});

/** By Node's own client: fetch would join two headers into one. */
function get(path, ...authorization) {
  return new Promise((resolve, reject) => {
    const headers = ['host', 'shop', ...authorization.flatMap(value => ['authorization', value])];
    request({ port: shop.address().port, path, headers }, async response => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(body) });
    }).on('error', reject).end();
  });
}

test('a good token reaches the handler', async () => {
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
    const { status, body } = await get('/orders', `${scheme} ${token}`);
    assert.deepEqual([status, body], [200, { user: claims.sub }]);
  }
});

test('who shows nothing is told what to show', async () => {
  const { status, headers, body } = await get('/orders');
  assert.deepEqual([status, headers['www-authenticate'], body], [401, 'Bearer', { code: 'UNAUTHENTICATED', reason: 'MISSING' }]);
  assert.equal(headers['cache-control'], 'no-store');
});

test('two headers, another scheme, and what is no token are malformed', async () => {
  const bearer = `Bearer ${await cardea.token()}`;
  for (const shown of [[bearer, bearer], ['Basic dTpw'], ['Bearer'], ['Bearer '], [`${bearer}, ${bearer}`], ['Bearer a.b.c'], [`${bearer} x`]]) {
    const { status, headers, body } = await get('/orders', ...shown);
    assert.deepEqual([status, body.reason], [401, 'MALFORMED'], shown.join(' | '));
    assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token", error_description="MALFORMED"');
  }
});

test('a token without the scope is 403, one that is out of date 401', async () => {
  const poor = await get('/orders', `Bearer ${await cardea.token({ scope: undefined })}`);
  assert.deepEqual([poor.status, poor.body], [403, { code: 'FORBIDDEN', scope: 'orders:read' }]);
  assert.equal(poor.headers['www-authenticate'], 'Bearer error="insufficient_scope", scope="orders:read"');
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.revoke({ sub: claims.sub, client_id: claims.client_id }, { effect: 'stale' });
  await until(() => verifier.status().position === cardea.position);
  const old = await get('/orders', `Bearer ${token}`);
  assert.deepEqual([old.status, old.body], [401, { code: 'TOKEN_STALE' }]);
});

test('what is no refusal is for express to tell', async () => {
  const { status, body } = await get('/broken', `Bearer ${await cardea.token()}`);
  assert.deepEqual([status, body], [500, { fault: 'a fault' }]);
});

test('an outage is 503 with Retry-After, and no challenge', async () => {
  const token = await cardea.token();
  cardea.instead.feed = (_, response) => response.writeHead(503, { 'retry-after': '7' }).end();
  cardea.cut();
  await until(() => !verifier.status().fresh);
  const { status, headers, body } = await get('/orders', `Bearer ${token}`);
  assert.deepEqual([status, headers['retry-after'], body], [503, '1', { code: 'UNAVAILABLE' }]);
  assert.ok(!('www-authenticate' in headers));
});
