// The schema as the reference implementation reads it: from the file, and from a running server.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import {
  buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema, validateSchema,
} from 'graphql';
import { ask } from './cardea.mjs';

let file;
let served;

before(async () => {
  file = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const { response, body } = await ask(getIntrospectionQuery({ specifiedByUrl: true, oneOf: true }));
  assert.equal(response.status, 200);
  assert.equal(body.errors, undefined);
  served = buildClientSchema(body.data);
});

test('the file and the server are valid schemas', () => {
  assert.deepEqual(validateSchema(file), []);
  assert.deepEqual(validateSchema(served), []);
});

test('the file and the server are one schema', () => {
  const [committed, running] = [file, served].map(printed);
  const told = `in the file:${onlyIn(committed, running)}\nserved:${onlyIn(running, committed)}`;
  assert.ok(committed === running, `schema.graphql is not what the server serves\n${told}`);
});

/** In an order of its own: what comes first is no part of a schema's shape. */
function printed(schema) {
  return printSchema(lexicographicSortSchema(schema));
}

function onlyIn(text, other) {
  const others = new Set(other.split('\n'));
  return text.split('\n').filter(line => !others.has(line)).map(line => `\n  ${line.trim()}`).join('');
}
