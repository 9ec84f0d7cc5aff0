// What the documents show, run as it stands there, but for the addresses.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cardea, SECRET, until } from './server.mjs';

const HERE = fileURLToPath(new URL('..', import.meta.url));

let cardea;

before(async () => {
  cardea = await Cardea.start();
});
after(() => cardea.stop());

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  await new Promise(resolve => listener.close(resolve));
  return port;
}

async function asked(url, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  for (let attempt = 0; attempt < 250; attempt += 1) {
    const response = await fetch(url, { headers }).catch(() => null);
    if (response) return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.text() };
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return assert.fail(`nobody answers at ${url}`);
}

for (const document of ['README.md', '../../docs/sub-systems.md']) {
  test(`the first example of ${document}`, async () => {
    const [, example] = /```js\n(.*?)```/s.exec(readFileSync(new URL(`../${document}`, import.meta.url), 'utf8'));
    const port = await freePort();
    const code = example.replace('http://127.0.0.1:8080', cardea.issuer).replace('listen(3000', `listen(${port}`);
    assert.notEqual(code, example);
    const environment = { ...process.env, SECRET };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: HERE, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
    try {
      const url = `http://127.0.0.1:${port}/orders`;
      assert.equal((await asked(url)).status, 401);
      await until(() => cardea.followers.size === 1);
      const claims = cardea.claims();
      const [good, poor] = [await cardea.token(claims), await cardea.token({ scope: 'orders:write' })];
      const { status, body } = await asked(url, good);
      assert.equal(status, 200);
      assert.ok(body.includes(claims.sub), body);
      const refused = await asked(url, poor);
      assert.deepEqual([refused.status, refused.challenge], [403, 'Bearer error="insufficient_scope", scope="orders:read"']);
      cardea.revoke({ sid: claims.sid });
      let last;
      do last = await asked(url, good); while (last.status === 200);
      assert.deepEqual([last.status, last.body.includes('LOGGED_OUT')], [401, true]);
    } finally {
      child.kill();
      await once(child, 'exit');
      await until(() => cardea.followers.size === 0);
    }
  });
}
