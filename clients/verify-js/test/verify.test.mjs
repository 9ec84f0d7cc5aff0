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

test('each defect is refused by its name', async () => {
  const key = cardea.keys[0];
  const stranger = await newKey();
  const rsa = await newKey('RS256');
  const good = await cardea.token();
  const [header, payload, signature] = good.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[10] ^= 1;
  const time = now();
  const malformed = {
    'nothing': '', 'a word': 'nonsense', 'two parts': `${header}.${payload}`, 'four parts': `${good}.x`,
    'no signature': `${header}.${payload}.`, 'another signature': [header, payload, bytes.toString('base64url')].join('.'),
    'another tail of the last letter': `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
    'padding': `${good}=`, 'a space': ` ${good}`, 'too long': good + 'A'.repeat(8192),
    'no type': await cardea.token({}, { typ: undefined }), 'another type': await cardea.token({}, { typ: 'JWT' }),
    'no key': await cardea.token({}, { kid: undefined }), 'a number for a key': await cardea.token({}, { kid: 5 }),
    'a key of its own': await cardea.token({}, { jwk: stranger.jwk }, { ...stranger, kid: key.kid }),
    'a place for keys': await cardea.token({}, { jku: 'https://evil.example.com' }),
    'a chain': await cardea.token({}, { x5c: ['AAAA'] }), 'a place for a chain': await cardea.token({}, { x5u: 'https://evil.example.com' }),
    'something critical': [Buffer.from(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: key.kid, crit: ['x'], x: 1 })).toString('base64url'), payload, signature].join('.'),
    'our name, another key': await cardea.token({}, {}, { ...stranger, kid: key.kid }),
    'another algorithm': await cardea.token({}, {}, { ...rsa, kid: key.kid }),
    'no algorithm': [Buffer.from(JSON.stringify({ typ: 'at+jwt', alg: 'none', kid: key.kid })).toString('base64url'), payload, ''].join('.'),
    'another issuer': await cardea.token({ iss: 'https://elsewhere.example.com' }),
    'two audiences': await cardea.token({ aud: [cardea.claims().aud] }),
    'no session': await cardea.token({ sid: undefined }), 'a session that is none': await cardea.token({ sid: 'x' }),
    'another spelling of a session': await cardea.token({ sid: cardea.claims().sid.toUpperCase() }),
    'no position': await cardea.token({ rev: undefined }), 'half a position': await cardea.token({ rev: 0.5 }),
    'a text for a time': await cardea.token({ auth_time: 'now' }), 'a short id': await cardea.token({ jti: 'AAAA' }),
    'more than an hour': await cardea.token({ exp: time + 3601 }), 'an end before its beginning': await cardea.token({ iat: time + 5, exp: time + 5 }),
    'methods that are none': await cardea.token({ amr: 'pwd' }),
  };
  for (const [what, token] of Object.entries(malformed)) {
    await refused(token, 'MALFORMED').catch(error => assert.fail(`${what}: ${error.message}`));
  }
  await refused(undefined, 'MALFORMED');
  await refused(await cardea.token({ aud: 'https://billing.example.com' }), 'WRONG_AUDIENCE');
  await refused(await cardea.token({ client_id: 'billing' }), 'WRONG_AUDIENCE');
  await refused(await cardea.token({ iat: time - 300, exp: time }), 'EXPIRED');
  await refused(await cardea.token({ iat: time + 8 }), 'NOT_YET_VALID');
  await refused(await cardea.token({ nbf: time + 8 }), 'NOT_YET_VALID');
  await verifier.verify(await cardea.token({ iat: time + 3, nbf: time + 3 }));
  await verifier.verify(await cardea.token({ scope: null, nbf: null }, { typ: 'application/AT+JWT' }));
});

test('each subject kills its own tokens, and cut-offs those that came before them only', async () => {
  const { kid } = cardea.keys[0];
  const subjects = [
    c => ({ jti: c.jti }), c => ({ sid: c.sid }), c => ({ sub: c.sub }), c => ({ sub: c.sub, client_id: c.client_id }), c => ({ client_id: c.client_id }), () => ({ kid }),
  ];
  for (const subject of subjects) {
    const own = await Cardea.start();
    own.keys = cardea.keys;
    const one = own.verifier();
    await one.ready();
    const claims = own.claims();
    const named = subject(claims);
    const before = await own.token(claims);
    const other = await own.token();
    own.revoke(named, { reason: 'PASSWORD_CHANGED' });
    await until(() => one.status().position === own.position);
    await assert.rejects(one.verify(before), { status: 401, code: 'UNAUTHENTICATED', reason: 'PASSWORD_CHANGED' });
    const isOfAll = 'kid' in named || (named.client_id && !named.sub);
    if (isOfAll) await assert.rejects(one.verify(other), { reason: 'PASSWORD_CHANGED' });
    else await one.verify(other);
    const since = one.verify(await own.token({ ...claims, rev: own.position }));
    if (own.rows[0].cut_off) await since;
    else await assert.rejects(since, { reason: 'PASSWORD_CHANGED' });
    await own.stop();
  }
});

test('dead beats stale, the oldest reason is told, and a newer row of a subject stands for the one before', async () => {
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  const grant = { sub: claims.sub, client_id: claims.client_id };
  const heard = () => until(() => verifier.status().position === cardea.position);
  cardea.revoke(grant, { effect: 'stale' });
  await heard();
  await refused(token, 'TOKEN_STALE');
  cardea.revoke({ sub: claims.sub }, { reason: 'SUSPENDED' });
  cardea.revoke({ sid: claims.sid }, { reason: 'LOGGED_OUT' });
  await heard();
  await refused(token, 'SUSPENDED');
  cardea.revoke({ sub: claims.sub }, { reason: 'PASSWORD_CHANGED' });
  await heard();
  await refused(token, 'LOGGED_OUT');
});

test('what is remembered still expires', async () => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, elapsed: () => performance.now() };
  const one = cardea.verifier({ clock });
  await one.ready();
  const token = await cardea.token({ exp: now() + 2 });
  await one.verify(token);
  ahead = 2000;
  await assert.rejects(one.verify(token), { reason: 'EXPIRED' });
});

test('no more tokens are remembered than was said', async () => {
  const one = cardea.verifier({ rememberedTokens: 2 });
  await one.ready();
  const tokens = await Promise.all([1, 2, 3, 4].map(() => cardea.token()));
  for (const token of [...tokens, ...tokens]) await one.verify(token);
});

test('what makes no sense is told when the verifier is made', () => {
  for (const wrong of [
    { issuer: '' }, { audience: undefined }, { clientSecret: '' }, { whenStale: 'pass' }, { freshnessSeconds: 0 }, { freshnessSeconds: 'x' },
    { leewaySeconds: 60 }, { rememberedTokens: -1 }, { server: 'http://id.example.com' }, { server: 'ftp://id.example.com' },
  ]) {
    assert.throws(() => cardea.verifier(wrong), TypeError, JSON.stringify(wrong));
  }
});
