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
  const definitions: Json = Object.assign({}, ...found);
  const components = mapValues(definitions, (schema) => componentOf(schema, definitions));
  const isUsed = (name: string) =>
    names.includes(name) || JSON.stringify(components).includes(`"${COMPONENTS}${name}"`);
  return Object.fromEntries(
    Object.entries(components)
      .filter(([name]) => isUsed(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const DEFINITIONS = '#/definitions/';
const COMPONENTS = '#/components/schemas/';

/** OpenAPI keeps the definitions in another place. Whole numbers are the only numbers of the contract. */
function componentOf(schema: unknown, definitions: Json): unknown {
  if (Array.isArray(schema)) return schema.map((part) => componentOf(part, definitions));
  if (!isObject(schema)) return schema;
  const component = mapValues(withNullInType(schema, definitions), (value, name) => {
    if (name === '$ref') return String(value).replace(DEFINITIONS, COMPONENTS);
    return name === 'type' ? wholeNumbers(value) : componentOf(value, definitions);
  });
  // A time after 2038 has more than 32 bits, which generators assume otherwise.
  return [component['type']].flat().includes('integer') ? { ...component, format: 'int64' } : component;
}

function wholeNumbers(type: unknown): unknown {
  if (Array.isArray(type)) return type.map(wholeNumbers);
  return type === 'number' ? 'integer' : type;
}

/**
 * A choice between a type and null becomes that type with null in it. Apple's generator for Swift leaves out a field with
 * such a choice. A reference has no place for the null, so a named type is repeated.
 */
function withNullInType(schema: Json, definitions: Json): Json {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const other = anyOf.find((choice) => choice.type !== 'null');
  if (other === undefined || !anyOf.some((choice) => choice.type === 'null')) return schema;
  const named = other.$ref === undefined ? other : definitions[String(other.$ref).replace(DEFINITIONS, '')];
  if (!isObject(named) || typeof named['type'] !== 'string') return schema;
  const values = named['enum'];
  return {
    ...named,
    ...rest,
    type: [named['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}

function mapValues(object: Json, map: (value: unknown, name: string) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
