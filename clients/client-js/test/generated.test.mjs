// The types are what schema.graphql says of the operations, as they stand now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema } from 'graphql';
import { TARGET, generate } from '../generate.mjs';

const SCHEMA = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');

test('operations.d.ts is what `npm run generate` writes', () => {
  assert.equal(readFileSync(TARGET, 'utf8'), generate(), 'run `npm run generate` in clients/client-js');
});

test('a schema that says otherwise is noticed', () => {
  const written = generate();
  for (const [from, to] of [['expiresIn: Int!', 'expiresIn: String!'], ['  REUSED\n', ''], ['  displayName: String\n', '  displayName: String!\n'], ['  keepCurrent: Boolean! = false', '  keepCurrent: Boolean']]) {
    assert.ok(SCHEMA.includes(from), from);
    assert.notEqual(generate(buildSchema(SCHEMA.replaceAll(from, to))), written, from);
  }
  assert.throws(() => generate(buildSchema(SCHEMA.replaceAll('endedSessionIds', 'sessions'))), /endedSessionIds/);
});
