// Applications that are called when sessions end: what they are sent, as npm's jose sees it, and the example of docs/sub-systems.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { OwnServer, PERSON, freePort, until } from './own-server.mjs';

/** Where jose and express are. */
const PACKAGE = fileURLToPath(new URL('../../clients/verify-js', import.meta.url));
const DOCUMENT = new URL('../../docs/sub-systems.md', import.meta.url);
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const LOGIN = 'mutation($input: LoginInput!) { login(input: $input) { ... on Authenticated { tokens { accessToken } } } }';

let server;
let keys;

before(async () => {
  server = await OwnServer.start();
  keys = createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`));
});
after(() => server.remove());

/** Makes an application that is called there. */
function make(clientId, uri) {
  return server.operate('application', 'create', clientId, '--backchannel-logout-uri', uri);
}

/** An access token, once the server knows the application. */
async function signInAt(clientId) {
  const input = { identifier: PERSON.email, password: PERSON.password, clientId, transport: 'BODY' };
  let token;
  await until(async () => {
    const answer = await server.ask(LOGIN, { input }).catch(() => null);
    token = answer?.login.tokens?.accessToken;
    return token;
  });
  return token;
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

function verify(token, options = {}) {
  return jwtVerify(token, keys, { issuer: server.issuer, audience: 'portal', typ: 'logout+jwt', algorithms: ['ES256'], ...options });
}

test('a logout token is what the standard says, and nothing else', async () => {
  const forms = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', part => { body += part; }).on('end', () => {
      forms.push({ method: request.method, url: request.url, type: request.headers['content-type'], body });
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    await make('portal', `http://127.0.0.1:${receiver.address().port}/logout?of=portal`);
    const token = await signInAt('portal');
    await server.logout(token);
    await until(() => forms.length === 1);
    const [{ method, url, type, body }] = forms;
    assert.deepEqual([method, url, type], ['POST', '/logout?of=portal', 'application/x-www-form-urlencoded']);
    const form = [...new URLSearchParams(body)];
    assert.deepEqual(form.map(([name]) => name), ['logout_token']);
    const [[, logoutToken]] = form;
    assert.equal(decodeProtectedHeader(logoutToken).typ, 'logout+jwt');
    const { payload } = await verify(logoutToken, { maxTokenAge: 120 });
    const { sid, sub } = claimsOf(token);
    const { iat, exp, jti } = payload;
    assert.deepEqual(payload, { iss: server.issuer, aud: 'portal', iat, exp, jti, sub, sid, events: { [EVENT]: {} } });
    assert.ok(exp - iat <= 120 && jti.length > 0);
    for (const wrong of [{ audience: 'shop' }, { typ: 'at+jwt' }, { issuer: 'https://elsewhere.example.com' }]) {
      await assert.rejects(verify(logoutToken, wrong), errors.JWTClaimValidationFailed, JSON.stringify(wrong));
    }
  } finally {
    receiver.close();
  }
});

test('the example of the documents ends what is over, and refuses what is no logout token', async () => {
  const blocks = [...readFileSync(DOCUMENT, 'utf8').matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block);
  const example = blocks.find(block => block.includes('backchannel-logout'));
  const port = await freePort();
  const code = example.replace('http://127.0.0.1:8080', server.issuer).replace('listen(3000', `listen(${port}`).replace("'shop'", "'example'");
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: PACKAGE, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = [];
  createInterface({ input: child.stdout }).on('line', line => said.push(line));
  const uri = `http://127.0.0.1:${port}/backchannel-logout`;
  const post = async form => (await fetch(uri, { method: 'POST', body: new URLSearchParams(form) })).status;
  try {
    await until(() => fetch(uri).catch(() => null));
    await make('example', uri);
    const [first, second] = [await signInAt('example'), await signInAt('example')];
    for (const token of [first, second]) await server.logout(token);
    await until(() => said.length === 2);
    assert.deepEqual(said, [first, second].map(claimsOf).map(({ sid, sub }) => `session ${sid} of ${sub} is over`));
    for (const form of [{}, { logout_token: 'a.b.c' }, { logout_token: first }]) {
      assert.equal(await post(form), 400, JSON.stringify(form));
    }
    assert.equal(said.length, 2);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});
