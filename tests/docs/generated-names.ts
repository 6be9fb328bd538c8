/** The names that the generators for Swift and Kotlin make of the OpenAPI document. */
import { readFileSync } from 'node:fs';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

export interface OpenApi {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export const openApi: OpenApi = JSON.parse(
  readFileSync(new URL('../../contract/openapi.json', import.meta.url), 'utf8'),
);

const operationIds = Object.values(openApi.paths).flatMap((item) =>
  Object.values(item).map(({ operationId }) => operationId),
);
const schemas = openApi.components.schemas;
const schemaNames = Object.keys(schemas);
const properties = unique(Object.values(schemas).flatMap(propertiesOf));
const values = unique(Object.values(schemas).flatMap(valuesOf));

/** What stands in the JSON: fields, and the values of enumerations, such as the error codes. */
export const jsonNames: ReadonlySet<string> = new Set([...properties, ...values]);

/** `namingStrategy: idiomatic`: https://github.com/apple/swift-openapi-generator, proposal SOAR-0013. */
export const swiftNames: ReadonlySet<string> = new Set([
  'Client',
  'Components',
  'Operations',
  'Schemas',
  ...operationIds,
  ...operationIds.map(capitalized),
  ...schemaNames,
  ...[...properties, ...values].map(camelCase),
  // Of every operation: its id, and its answer with the status 200 as JSON.
  'id',
  'ok',
  'body',
  'json',
]);

/** The generator `kotlin` of OpenAPI Generator, with the option `enumUnknownDefaultCase`. */
export const kotlinNames: ReadonlySet<string> = new Set([
  ...openApi.tags.map(({ name }) => `${capitalized(name)}Api`),
  ...operationIds,
  ...schemaNames,
  ...properties.map(camelCase),
  // An enumeration of a field is nested in the class, and keeps the spelling of its values.
  ...properties.map((name) => capitalized(camelCase(name))),
  ...values,
  'unknown_default_open_api',
]);

export function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns whether an answer always has this field, and never null in it. */
export function isCertain(schemaName: string, field: string): boolean {
  const { properties: fields, required = [] } = schemas[schemaName] ?? {};
  const type = fields?.[field]?.type;
  return required.includes(field) && type !== undefined && ![type].flat().includes('null');
}

function propertiesOf({ properties: fields = {}, items }: Schema): readonly string[] {
  const nested = [...Object.values(fields), ...(items === undefined ? [] : [items])];
  return [...Object.keys(fields), ...nested.flatMap(propertiesOf)];
}

function valuesOf(schema: Schema): readonly string[] {
  const { properties: fields = {}, items } = schema;
  const nested = [...Object.values(fields), ...(items === undefined ? [] : [items])];
  const own = [...(schema.enum ?? []), schema.const].filter((value) => typeof value === 'string');
  return [...own, ...nested.flatMap(valuesOf)];
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
