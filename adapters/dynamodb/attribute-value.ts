/** Converts values to and from DynamoDB's JSON, in which every value names its type. */
import { isRecord, type UnknownRecord } from '../../core/system/record.ts';

type AttributeValue = Readonly<Record<string, unknown>>;

/** Leaves out attributes without a value. */
export function itemJson(item: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const json: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item)) {
    if (value !== undefined) define(json, name, valueJson(value));
  }
  return json;
}

function valueJson(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
    case 'bigint':
      return { N: digitsOf(value) };
    case 'boolean':
      return { BOOL: value };
    default:
  }
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: base64Of(value) };
  if (value instanceof Set) return setJson([...value]);
  if (Array.isArray(value)) return { L: value.filter((entry) => entry !== undefined).map(valueJson) };
  if (isRecord(value) && isPlain(value)) return { M: itemJson(value) };
  throw new TypeError(`DynamoDB has no type for a ${typeof value}.`);
}

/** Another object, such as a date, would be stored as an empty map. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** All members of a set have the type of the first. DynamoDB has no empty set. */
function setJson(members: readonly unknown[]): AttributeValue {
  const all = members.filter((member) => member !== undefined).map(valueJson);
  const [type = ''] = Object.keys(all[0] ?? {});
  if (!['S', 'N', 'B'].includes(type) || !all.every((member) => Object.hasOwn(member, type))) {
    throw new TypeError('A set of DynamoDB has texts, numbers or bytes, and at least one of them.');
  }
  return { [`${type}S`]: all.map((member) => member[type]) };
}

/** Another text than that of the number itself would be stored as another number. */
function digitsOf(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError('DynamoDB stores only finite numbers.');
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError('The number has lost digits already. Use a bigint.');
  }
  return String(value);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Returns the attributes, or undefined if this is not an item. */
export function itemIn(json: unknown): UnknownRecord | undefined {
  if (!isRecord(json)) return undefined;
  const item: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) define(item, name, valueIn(value));
  return item;
}

/**
 * The app keeps its own attributes in the same items. What cannot be read of them must not fail the read: a number with more
 * digits than JavaScript keeps is the nearest one, and a type of the future counts as absent.
 */
function valueIn(json: unknown): unknown {
  if (!isRecord(json)) return undefined;
  const [type] = Object.keys(json);
  const read = type === undefined || !Object.hasOwn(readers, type) ? undefined : readers[type];
  return read?.(json[type ?? '']);
}

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  S: (value) => value,
  N: Number,
  BOOL: (value) => value,
  NULL: () => null,
  M: itemIn,
  L: (value) => listIn(value).map(valueIn),
  B: bytesIn,
  SS: (value) => new Set(listIn(value)),
  NS: (value) => new Set(listIn(value).map(Number)),
  BS: (value) => new Set(listIn(value).map(bytesIn)),
};

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function bytesIn(value: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(String(value), 'base64'));
}

/** Also an attribute named `__proto__`. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}
