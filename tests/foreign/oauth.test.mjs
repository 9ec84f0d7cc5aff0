// Tokens as a sub-system asks about them, and revokes them: npm's oauth4webapi, told no more than the issuer.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { ME, ask, origin, signUp } from './cardea.mjs';

// As in cardea.toml.
const SHOP = { client_id: 'shop' };
const SECRET = "not-a-secret:+%2B&=/?~!*'()0123456789";
const PUBLIC = { client_id: 'default' };

const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) { ... on Authenticated { tokens { accessToken refreshToken } } }
}`;

// The server under test speaks plain HTTP, on this machine only.
const options = { [oauth.allowInsecureRequests]: true };
const basic = oauth.ClientSecretBasic(SECRET);
const post = oauth.ClientSecretPost(SECRET);

let server;
let person;

before(async () => {
  const { body } = await ask('{ authSettings { issuer } }');
  const issuer = new URL(body.data.authSettings.issuer);
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options });
  const metadata = await oauth.processDiscoveryResponse(issuer, response);
  // The issuer may be a public name of the server that is reached here.
  const here = url => origin + new URL(url).pathname;
  server = {
    ...metadata,
    introspection_endpoint: here(metadata.introspection_endpoint),
    revocation_endpoint: here(metadata.revocation_endpoint),
  };
  person = await signUp();
});

async function signInAt({ client_id }) {
  const input = { identifier: person.email, password: person.password, clientId: client_id, transport: 'BODY' };
  const { body } = await ask(LOGIN, { variables: { input } });
  return body.data.login.tokens;
}

async function introspect(token, authentication = basic) {
  const response = await oauth.introspectionRequest(server, SHOP, authentication, token, options);
  return oauth.processIntrospectionResponse(server, SHOP, response);
}

async function revoke(token, client = SHOP, authentication = basic) {
  const response = await oauth.revocationRequest(server, client, authentication, token, options);
  return oauth.processRevocationResponse(response);
}

async function statusOfMe(token) {
  const { response } = await ask(ME, { token });
  return response.status;
}

test('the metadata says how to ask', () => {
  const both = ['client_secret_basic', 'client_secret_post'];
  assert.deepEqual(server.introspection_endpoint_auth_methods_supported, both);
  assert.deepEqual(server.revocation_endpoint_auth_methods_supported, [...both, 'none']);
});

test('both kinds of token are active, however the secret is shown', async () => {
  const { accessToken, refreshToken } = await signInAt(SHOP);
  for (const authentication of [basic, post]) {
    const access = await introspect(accessToken, authentication);
    assert.equal(access.active, true);
    assert.equal(access.token_type, 'Bearer');
    assert.equal(access.client_id, 'shop');
    const refresh = await introspect(refreshToken, authentication);
    assert.equal(refresh.active, true);
    assert.ok(!('token_type' in refresh));
    assert.equal(refresh.sub, access.sub);
    assert.ok(refresh.exp > access.exp);
  }
});

test('a revoked access token is inactive, and its refresh token is not', async () => {
  const { accessToken, refreshToken } = await signInAt(SHOP);
  await revoke(accessToken);
  assert.deepEqual(await introspect(accessToken), { active: false });
  assert.equal((await introspect(refreshToken)).active, true);
  assert.equal(await statusOfMe(accessToken), 401);
});

test('a revoked refresh token takes its access token along', async () => {
  const { accessToken, refreshToken } = await signInAt(SHOP);
  await revoke(refreshToken, SHOP, post);
  assert.deepEqual(await introspect(refreshToken), { active: false });
  assert.deepEqual(await introspect(accessToken), { active: false });
  assert.equal(await statusOfMe(accessToken), 401);
});

test('what is no token is inactive, and needs no revocation', async () => {
  assert.deepEqual(await introspect('nonsense'), { active: false });
  await revoke('nonsense');
});

test("a public client names itself, and gets nobody else's tokens revoked", async () => {
  const own = await signInAt(PUBLIC);
  const other = await signInAt(SHOP);
  await revoke(own.accessToken, PUBLIC, oauth.None());
  assert.equal(await statusOfMe(own.accessToken), 401);
  const refused = { status: 400, error: 'invalid_grant' };
  await assert.rejects(revoke(other.accessToken, PUBLIC, oauth.None()), refused);
  assert.equal(await statusOfMe(other.accessToken), 200);
});

test('a wrong secret is refused', async () => {
  const { accessToken } = await signInAt(SHOP);
  for (const wrong of [oauth.ClientSecretBasic('wrong'), oauth.ClientSecretPost('wrong'), oauth.None()]) {
    await assert.rejects(introspect(accessToken, wrong), { status: 401 });
    await assert.rejects(revoke(accessToken, SHOP, wrong), { status: 401 });
  }
  assert.equal(await statusOfMe(accessToken), 200);
});
