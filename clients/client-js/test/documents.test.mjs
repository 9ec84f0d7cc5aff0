// What the documents show, run as it stands there, but for the addresses: in Node, with a jar in the place of the browser's cookies.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CREDENTIALS, Cardea } from './server.mjs';

const HERE = fileURLToPath(new URL('..', import.meta.url));
/** A browser's cookies, for the global fetch. */
const JAR = `import { Jar } from './test/server.mjs';
const jar = new Jar();
globalThis.fetch = (url, init = {}) => jar.fetch(String(url), { ...init, headers: Object.fromEntries(new Headers(init.headers)) });
`;
/** What the README's example prints where there are no Web Locks, as in Node 20. */
const LACKS = globalThis.navigator?.locks ? '' : 'this browser has no Web Locks here: two tabs may refresh at once\n';

let server;
before(async () => (server = await Cardea.start()));
after(() => server?.remove());

for (const [document, printed, warned] of [
  ['README.md', '', LACKS],
  ['../../docs/clients.md', `${CREDENTIALS.identifier}\n`.repeat(3).concat('out LOGGED_OUT\nnot confirmed yet\nout\n'), ''],
]) {
  test(`the examples of ${document}`, async () => {
    const text = readFileSync(new URL(`../${document}`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block);
    const code = blocks.join('\n')
      .replaceAll(/https?:\/\/[a-z.]+(:8080)?\/graphql/g, server.url)
      .replaceAll(/(identifier: )'[^']*'(, password: )'[^']*'/g, `$1'${CREDENTIALS.identifier}'$2'${CREDENTIALS.password}'`);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', `${JAR}${code}\ncardea.close();`], { cwd: HERE, env: process.env });
    assert.deepEqual([stdout, stderr], [printed, warned]);
  });
}
