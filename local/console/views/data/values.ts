/** DynamoDB's own form of an item, and the plain JSON that people read and write. Pure. */
import type { JsonRecord } from '../../../control/contract.ts';

/** Thrown with a message for the person who typed the text. */
export class ItemTextError extends Error {
  override readonly name = 'ItemTextError';
}

const isObject = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For display: a number that JavaScript cannot hold exactly stays a text. */
export function plainValue(value: unknown): unknown {
  if (!isObject(value)) return null;
  const [[type, held] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'N':
      return isExact(String(held)) ? Number(held) : String(held);
    case 'NS':
      return (held as readonly string[]).map((text) => (isExact(text) ? Number(text) : text));
    case 'L':
      return (held as readonly unknown[]).map(plainValue);
    case 'M':
      return plainItem(held as JsonRecord);
    case 'NULL':
      return null;
    default:
      return held;
  }
}

export function plainItem(item: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function isExact(text: string): boolean {
  return String(Number(text)) === text;
}

/** Whether the item can be written as plain JSON without losing anything: no set, no binary, no number too long. */
export function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const [[type, held] = ['', null]] = Object.entries(value);
  switch (type) {
    case 'S':
    case 'BOOL':
    case 'NULL':
      return true;
    case 'N':
      return isExact(String(held));
    case 'L':
      return (held as readonly unknown[]).every(isPlain);
    case 'M':
      return isPlainItem(held as JsonRecord);
    default:
      return false;
  }
}

export function isPlainItem(item: JsonRecord): boolean {
  return Object.values(item).every(isPlain);
}

export function typedValue(value: unknown): JsonRecord {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'boolean':
      return { BOOL: value };
    case 'number':
      return { N: String(value) };
    default:
      if (Array.isArray(value)) return { L: value.map(typedValue) };
      return isObject(value) ? { M: typedItem(value) } : { NULL: true };
  }
}

export function typedItem(item: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, typedValue(value)]));
}

export type Form = 'plain' | 'dynamodb';

export function textOf(item: JsonRecord, form: Form): string {
  return JSON.stringify(form === 'plain' ? plainItem(item) : item, null, 2);
}

/** Reads what a person typed. Throws an `ItemTextError`. */
export function itemIn(
  text: string,
  { form, key }: { readonly form: Form; readonly key: string },
): JsonRecord {
  const parsed = parsedIn(text);
  if (form === 'plain' && hasLongNumber(text)) {
    throw new ItemTextError('A number is too long for plain JSON. Write the item as DynamoDB JSON.');
  }
  const item = form === 'plain' ? typedItem(parsed) : parsed;
  const wrong = form === 'plain' ? undefined : Object.entries(item).find(([, value]) => !hasType(value));
  if (wrong !== undefined) {
    throw new ItemTextError(
      `"${wrong[0]}" has no type. DynamoDB JSON names one, such as {"S": "a text"} or {"N": "1"}.`,
    );
  }
  const { S: keyText } = (item[key] ?? {}) as { readonly S?: unknown };
  if (typeof keyText !== 'string' || keyText === '') {
    throw new ItemTextError(`The key "${key}" must be a text that is not empty.`);
  }
  return item;
}

function parsedIn(text: string): JsonRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new ItemTextError(`This is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (isObject(parsed)) return parsed;
  throw new ItemTextError('An item is a JSON object: {"name": value}.');
}

const types = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS']);

function hasType(value: unknown): boolean {
  if (!isObject(value)) return false;
  const [name, ...others] = Object.keys(value);
  return name !== undefined && others.length === 0 && types.has(name);
}

/** JSON.parse rounds such a number without a word. Texts are taken out first, since they may hold any digits. */
function hasLongNumber(text: string): boolean {
  const numbers = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? [];
  return numbers.some(
    (number) =>
      number
        .replace(/[eE].*$/, '')
        .replaceAll(/[^\d]/g, '')
        .replace(/^0+/, '').length > 15,
  );
}

/** The names of all attributes, the key first, those of most items before others. */
export function columnsOf(items: readonly JsonRecord[], key: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const item of items)
    for (const name of Object.keys(item)) counts.set(name, (counts.get(name) ?? 0) + 1);
  counts.delete(key);
  return [key, ...[...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name)];
}

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** Numbers by size, all else as text; items without the attribute last. */
export function ordered(items: readonly JsonRecord[], { column, descending }: Order): readonly JsonRecord[] {
  const valueOf = (item: JsonRecord) => (item[column] === undefined ? undefined : plainValue(item[column]));
  const sign = descending ? -1 : 1;
  return [...items].sort((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * cellText(left).localeCompare(cellText(right));
  });
}

export function cellText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
