// The page as its compiler sees it, which the bundler never asks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('tsc --strict finds nothing in the page', async () => {
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const page = fileURLToPath(new URL('../app', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '--noEmit', '-p', page]).catch(failure => failure);
  assert.equal(stdout, '');
});
