// Tokens as a sub-system sees them that has never heard of us: npm's jose, and what is published under /.well-known.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  SignJWT, base64url, calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, errors, exportSPKI, importJWK,
  jwtVerify,
} from 'jose';
import { LOGOUT, ME, ask, origin, signIn, signUp } from './cardea.mjs';

const AUDIENCE = 'cardea';

let issuer;
let keys;
let token;

before(async () => {
  const { body } = await ask('{ authSettings { issuer } }');
  issuer = body.data.authSettings.issuer;
  const metadata = await published('/.well-known/oauth-authorization-server');
  keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
  token = await signIn(await signUp());
});

/** What a sub-system is told to do: everything named, nothing left to the token. */
function verify(text, options = {}) {
  return jwtVerify(text, keys, { issuer, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'], ...options });
}

async function published(path) {
  const response = await fetch(origin + path);
  assert.equal(response.status, 200, path);
  return response.json();
}

test('a fresh token is accepted', async () => {
  const requiredClaims = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'auth_time', 'amr', 'client_id', 'rev'];
  const { payload, protectedHeader } = await verify(token, { requiredClaims, maxTokenAge: 60 });
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
  assert.deepEqual(payload.amr, ['pwd']);
  assert.equal(typeof payload.aud, 'string', 'a token belongs to one application');
  assert.equal(base64url.decode(payload.jti).length * 8, 128);
  assert.ok(Number.isInteger(payload.rev) && payload.rev >= 0);
  assert.ok(payload.exp - payload.iat <= 3600);
});

test('a token is accepted for its own issuer, audience, type and algorithm only', async () => {
  for (const wrong of [{ issuer: 'https://elsewhere.example.com' }, { audience: 'billing' }, { typ: 'JWT' }]) {
    await assert.rejects(verify(token, wrong), errors.JWTClaimValidationFailed, JSON.stringify(wrong));
  }
  await assert.rejects(verify(token, { algorithms: ['EdDSA'] }), errors.JOSEAlgNotAllowed);
});

test('a tampered token is refused, by jose and by the server', async () => {
  const [header, claims, signature] = token.split('.');
  const changed = { ...JSON.parse(text(claims)), sub: '00000000-0000-7000-8000-000000000000' };
  const bytes = base64url.decode(signature);
  bytes[10] ^= 1;
  for (const tampered of [
    [header, encoded(changed), signature].join('.'),
    [header, claims, base64url.encode(bytes)].join('.'),
    [header, claims, ''].join('.'),
  ]) {
    await assert.rejects(verify(tampered), errors.JWSSignatureVerificationFailed);
    await assertMalformed(tampered);
  }
});

test('neither no signature nor our public key as a shared secret passes for a signature', async () => {
  const [header, claims] = token.split('.');
  const kind = JSON.parse(text(header));
  const [jwk] = (await published('/.well-known/jwks.json')).keys;
  const secret = new TextEncoder().encode(await exportSPKI(await importJWK(jwk, 'ES256', { extractable: true })));
  const shared = new SignJWT(JSON.parse(text(claims))).setProtectedHeader({ ...kind, alg: 'HS256' });
  for (const forged of [`${encoded({ ...kind, alg: 'none' })}.${claims}.`, await shared.sign(secret)]) {
    await assert.rejects(verify(forged), errors.JOSEAlgNotAllowed);
    await assertMalformed(forged);
  }
});

test('the discovery documents agree with each other and with the server', async () => {
  const metadata = await published('/.well-known/oauth-authorization-server');
  assert.deepEqual(await published('/.well-known/openid-configuration'), metadata);
  assert.equal(metadata.issuer, issuer);
  assert.equal(metadata.jwks_uri, `${issuer}/.well-known/jwks.json`);
  assert.deepEqual(metadata.id_token_signing_alg_values_supported, ['ES256']);
});

test('the published keys are public, named by their thumbprint, and may be remembered', async () => {
  const response = await fetch(`${origin}/.well-known/jwks.json`);
  assert.match(response.headers.get('content-type'), /^application\/jwk-set\+json/);
  assert.match(response.headers.get('cache-control'), /max-age=\d+/);
  const { keys: set } = await response.json();
  for (const jwk of set) {
    assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.equal(await calculateJwkThumbprint(jwk), jwk.kid);
  }
  assert.ok(set.some(jwk => jwk.kid === decodeProtectedHeader(token).kid));
  const again = await fetch(response.url, { headers: { 'if-none-match': response.headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('what jose can not see the server does: a logout', async () => {
  const leaving = await signIn(await signUp());
  await ask(LOGOUT, { token: leaving });
  await verify(leaving);
  const { response, body } = await ask(ME, { token: leaving });
  assert.equal(response.status, 401);
  assert.equal(body.errors[0].extensions.reason, 'LOGGED_OUT');
});

async function assertMalformed(forged) {
  const { response, body } = await ask(ME, { token: forged });
  assert.equal(response.status, 401);
  assert.deepEqual(body.errors[0].extensions, { code: 'UNAUTHENTICATED', reason: 'MALFORMED' });
  assert.ok(!('data' in body));
}

function text(part) {
  return new TextDecoder().decode(base64url.decode(part));
}

function encoded(value) {
  return base64url.encode(JSON.stringify(value));
}
