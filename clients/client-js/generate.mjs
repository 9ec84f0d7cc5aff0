// Writes operations.d.ts: what the operations in src/operations.js take and give, by schema.graphql.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  buildSchema, getNamedType, isEnumType, isInputObjectType, isListType, isNonNullType, isScalarType, parse, typeFromAST, validate,
} from 'graphql';
import * as operations from './src/operations.js';

const SCHEMA = new URL('../../schema.graphql', import.meta.url);
export const TARGET = new URL('operations.d.ts', import.meta.url);
const SCALARS = { Int: 'number', Float: 'number', Boolean: 'boolean' };

/** The declarations of all operations, by the schema as it stands. */
export function generate(schema = buildSchema(readFileSync(SCHEMA, 'utf8'))) {
  const named = new Map();
  const all = Object.values(operations).map(source => operation(schema, source, named));
  const types = [...named].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text);
  return ['// Written by `npm run generate` from src/operations.js and schema.graphql.', ...types, ...all].join('\n\n').concat('\n');
}

function operation(schema, source, named) {
  const document = parse(source);
  const faults = validate(schema, document);
  if (faults.length > 0) throw new Error(`${faults[0].message} in ${source}`);
  const [{ name, operation: kind, variableDefinitions, selectionSet }] = document.definitions;
  const variables = variableDefinitions.map(({ variable, type }) => member(variable.name.value, typeFromAST(schema, type), named));
  const data = selected(schema, schema.getRootType(kind), selectionSet, named, '');
  return `export interface ${name.value}Variables ${block(variables, '')}\n\nexport type ${name.value}Data = ${data};`;
}

/** What may be left out is what may be null. */
function member(name, type, named, hasDefault = false) {
  return `${name}${isNonNullType(type) && !hasDefault ? '' : '?'}: ${written(type, leaf => input(leaf, named))};`;
}

function input(type, named) {
  if (!isInputObjectType(type)) return plain(type, named);
  if (!named.has(type.name)) {
    const members = Object.values(type.getFields()).map(field => member(field.name, field.type, named, field.defaultValue !== undefined));
    named.set(type.name, `export interface ${type.name} ${block(members, '')}`);
  }
  return type.name;
}

function plain(type, named) {
  if (isScalarType(type)) return SCALARS[type.name] ?? 'string';
  if (!isEnumType(type)) throw new Error(`${type.name} is no leaf`);
  named.set(type.name, `export type ${type.name} = ${type.getValues().map(value => `'${value.name}'`).join(' | ')};`);
  return type.name;
}

function selected(schema, type, { selections }, named, indent) {
  const inner = `${indent}  `;
  const fields = selections.filter(({ kind }) => kind === 'Field');
  const fragments = selections.filter(({ kind }) => kind === 'InlineFragment');
  if (fragments.length > 0) {
    return fragments.map(({ typeCondition, selectionSet }) => {
      const name = typeCondition.name.value;
      const members = selectedFields(schema, schema.getType(name), selectionSet.selections, named, inner);
      return block([`__typename: '${name}';`, ...members], indent);
    }).join(' | ');
  }
  return block(selectedFields(schema, type, fields, named, inner), indent);
}

function selectedFields(schema, type, fields, named, indent) {
  return fields.map(({ name, selectionSet }) => {
    const field = type.getFields()[name.value];
    const leaf = () => (selectionSet ? selected(schema, getNamedType(field.type), selectionSet, named, indent) : plain(getNamedType(field.type), named));
    return `${name.value}: ${written(field.type, leaf)};`;
  });
}

function written(type, leaf) {
  if (isNonNullType(type)) return isListType(type.ofType) ? `(${written(type.ofType.ofType, leaf)})[]` : leaf(type.ofType);
  return isListType(type) ? `(${written(type.ofType, leaf)})[] | null` : `${leaf(type)} | null`;
}

function block(members, indent) {
  return members.length === 0 ? '{}' : `{\n${members.map(line => `${indent}  ${line}`).join('\n')}\n${indent}}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(TARGET, generate());
