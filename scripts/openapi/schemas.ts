/** Turns the contract's types into JSON Schemas. */
import { createGenerator } from 'ts-json-schema-generator';

/** A JSON Schema, or a part of the OpenAPI document. */
export type Json = { readonly [name: string]: unknown };

/** Returns the named types of `contract/` and those that they refer to, as components of an OpenAPI document. */
export function schemasOf(names: readonly string[]): Json {
  const generator = createGenerator({
    path: new URL('../../contract/*.ts', import.meta.url).pathname,
    tsconfig: new URL('../../tsconfig.json', import.meta.url).pathname,
    // `npm run types` checks them.
    skipTypeCheck: true,
    topRef: true,
    expose: 'export',
    jsDoc: 'extended',
    encodeRefs: false,
    additionalProperties: true,
  });
  const found = names.map((name) => generator.createSchema(name).definitions ?? {});
  const schemas: Json = Object.assign({}, ...found);
  const sorted = Object.keys(schemas).sort();
  return Object.fromEntries(sorted.map((name) => [name, componentOf(schemas[name])]));
}

/** OpenAPI keeps the definitions in another place. Whole numbers are the only numbers of the contract. */
function componentOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(componentOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => {
    if (name === '$ref') return [name, String(value).replace('#/definitions/', '#/components/schemas/')];
    if (name === 'type') return [name, wholeNumbers(value)];
    return [name, componentOf(value)];
  });
  return Object.fromEntries(entries);
}

function wholeNumbers(type: unknown): unknown {
  if (Array.isArray(type)) return type.map(wholeNumbers);
  return type === 'number' ? 'integer' : type;
}
