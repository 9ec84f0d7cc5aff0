// The declarations, the code behind them and a caller in TypeScript agree.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('tsc --strict finds nothing', async () => {
  const here = fileURLToPath(new URL('..', import.meta.url));
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '--noEmit', '--strict', '-p', here])
    .catch(failure => failure);
  assert.equal(stdout, '');
});
