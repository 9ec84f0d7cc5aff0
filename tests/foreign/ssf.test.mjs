// A receiver of events that has never heard of us: it reads /.well-known/ssf-configuration, makes a stream, polls (RFC 8936), and
// verifies what it is told with npm's jose against the published keys (RFC 8417, CAEP 1.0).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import { LOGOUT, ask, origin, signUp } from './cardea.mjs';

// As in cardea.toml.
const PAYROLL = { clientId: 'payroll', clientSecret: 'not-a-secret-of-payroll-0123456789' };
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';
const POLL = 'urn:ietf:rfc:8936';
const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) { ... on Authenticated { tokens { accessToken } } }
}`;
const CHANGE = `mutation Change($input: ChangePasswordInput!) {
  changePassword(input: $input) { userErrors { code } }
}`;

let transmitter;
let keys;
let stream;

before(async () => {
  transmitter = await (await fetch(`${origin}/.well-known/ssf-configuration`)).json();
  assert.equal(transmitter.spec_version, '1_0');
  assert.ok(transmitter.delivery_methods_supported.includes(POLL));
  assert.deepEqual(transmitter.authorization_schemes, [{ spec_urn: 'urn:ietf:rfc:7617' }]);
  keys = createRemoteJWKSet(new URL(transmitter.jwks_uri));
  // What another run of this left.
  const left = await (await call('GET', transmitter.configuration_endpoint)).json();
  for (const { stream_id: id } of left) await remove(id);
  const made = await call('POST', transmitter.configuration_endpoint, {
    delivery: { method: POLL },
    events_requested: [`${CAEP}/session-revoked`, `${CAEP}/credential-change`],
    description: 'payroll',
  });
  assert.equal(made.status, 201);
  stream = await made.json();
  assert.equal(stream.iss, transmitter.issuer);
  assert.equal(stream.aud, PAYROLL.clientId);
  assert.deepEqual(stream.events_delivered, stream.events_requested);
});
after(() => remove(stream.stream_id));

function call(method, url, body) {
  const pair = `${PAYROLL.clientId}:${encodeURIComponent(PAYROLL.clientSecret)}`;
  const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  if (body) headers['content-type'] = 'application/json';
  return fetch(url, { method, headers, body: body && JSON.stringify(body) });
}

async function remove(id) {
  const url = new URL(transmitter.configuration_endpoint);
  url.searchParams.set('stream_id', id);
  assert.equal((await call('DELETE', url)).status, 204);
}

/** One poll: what it brings is verified. */
async function poll(body = {}) {
  const response = await call('POST', stream.delivery.endpoint_url, body);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type'), /^application\/json/);
  const { sets } = await response.json();
  return Promise.all(Object.entries(sets).map(async ([jti, token]) => {
    const claims = await verify(token);
    assert.equal(claims.jti, jti);
    assert.ok(!('sub' in claims) && !('exp' in claims));
    const events = Object.entries(claims.events);
    assert.equal(events.length, 1);
    return { jti, claims, kind: events[0][0], payload: events[0][1] };
  }));
}

async function verify(token, options = {}) {
  const { issuer } = transmitter;
  const requiredClaims = ['iss', 'aud', 'jti', 'iat', 'events', 'sub_id'];
  const { payload } = await jwtVerify(token, keys, {
    issuer, audience: PAYROLL.clientId, typ: 'secevent+jwt', algorithms: ['ES256'], requiredClaims, ...options,
  });
  return payload;
}

/** Polls, and acknowledges, until so many came. */
async function take(count) {
  const all = [];
  let ack = [];
  while (all.length < count) {
    const events = await poll({ ack });
    ack = events.map(({ jti }) => jti);
    all.push(...events);
  }
  assert.deepEqual(await poll({ ack, returnImmediately: true }), []);
  return all;
}

async function signIn({ email, password }) {
  const input = { identifier: email, password, clientId: PAYROLL.clientId, transport: 'BODY' };
  const { body } = await ask(LOGIN, { variables: { input } });
  return body.data.login.tokens.accessToken;
}

test('the stream verifies', async () => {
  const state = 'VGhpcyBpcyBhbiBleGFtcGxl';
  const asked = await call('POST', transmitter.verification_endpoint, { stream_id: stream.stream_id, state });
  assert.equal(asked.status, 204);
  const [{ kind, payload, claims }] = await take(1);
  assert.deepEqual({ kind, payload }, { kind: VERIFICATION, payload: { state } });
  assert.deepEqual(claims.sub_id, { format: 'opaque', id: stream.stream_id });
});

test('a logout is told to who waits, and is gone when it was acknowledged', async () => {
  const token = await signIn(await signUp());
  const { sub, sid } = decodeJwt(token);
  const waiting = take(1);
  await ask(LOGOUT, { token });
  const [{ kind, payload, claims }] = await waiting;
  assert.equal(kind, `${CAEP}/session-revoked`);
  const { issuer: iss } = transmitter;
  assert.deepEqual(claims.sub_id, {
    format: 'complex', user: { format: 'iss_sub', iss, sub }, session: { format: 'opaque', id: sid },
  });
  assert.equal(payload.initiating_entity, 'user');
  assert.deepEqual(payload.reason_admin, { en: 'LOGGED_OUT' });
  assert.ok(Math.abs(payload.event_timestamp - Date.now() / 1000) < 60);
});

test('a new password is told beside the sessions that it ended', async () => {
  const person = await signUp();
  const [token, other] = [await signIn(person), await signIn(person)];
  const input = { currentPassword: person.password, newPassword: `${person.password} and more` };
  const { body } = await ask(CHANGE, { token, variables: { input } });
  assert.deepEqual(body.data.changePassword.userErrors, []);
  const events = await take(2);
  const { sub } = decodeJwt(token);
  const change = events.find(({ kind }) => kind === `${CAEP}/credential-change`);
  assert.deepEqual(change.claims.sub_id, { format: 'iss_sub', iss: transmitter.issuer, sub });
  assert.equal(change.payload.credential_type, 'password');
  assert.equal(change.payload.change_type, 'update');
  const ended = events.find(({ kind }) => kind === `${CAEP}/session-revoked`);
  assert.equal(ended.claims.sub_id.session.id, decodeJwt(other).sid);
});

test('an event lets nobody in, and is for its own application alone', async () => {
  const leaving = await signIn(await signUp());
  await ask(LOGOUT, { token: leaving });
  const response = await call('POST', stream.delivery.endpoint_url, {});
  const { sets } = await response.json();
  const [event] = Object.values(sets);
  await assert.rejects(verify(event, { typ: 'at+jwt' }), errors.JWTClaimValidationFailed);
  await assert.rejects(verify(event, { audience: 'shop' }), errors.JWTClaimValidationFailed);
  const { body } = await ask('{ me { email } }', { token: event });
  assert.equal(body.errors[0].extensions.reason, 'MALFORMED');
  await take(1);
});
