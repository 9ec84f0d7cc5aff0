// What an app installs: types that hold, and how large it is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('..', import.meta.url));

/** Bytes, minified and gzipped, at most. The README says the first of them, rounded. */
const BOUNDS = { index: 7450, apollo: 420, urql: 720 };

test('tsc --strict finds nothing', async () => {
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '--noEmit', '--strict', '-p', HERE]).catch(failure => failure);
  assert.equal(stdout, '');
});

for (const [name, bound] of Object.entries(BOUNDS)) {
  test(`${name} is at most ${bound} bytes, and needs nothing but the GraphQL client that was chosen`, async () => {
    const { outputFiles: [file], metafile } = await build({
      entryPoints: [`${HERE}/src/${name}.js`], bundle: true, minify: true, format: 'esm', write: false, metafile: true, packages: 'external',
    });
    const size = gzipSync(file.contents, { level: 9 }).length;
    assert.ok(size <= bound && size > bound * 0.85, `${size} bytes: the bound is to be near`);
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports).map(({ path }) => path);
    assert.deepEqual(outside.toSorted(), { index: [], apollo: ['@apollo/client'], urql: ['@urql/core', 'wonka'] }[name]);
    if (name === 'index') assert.ok(readFileSync(`${HERE}/README.md`, 'utf8').includes(` ${Math.round(size / 1000)} kB `), `the README says another size than ${size}`);
  });
}
