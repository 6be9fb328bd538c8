/**
 * Reads JSON and stored items that others wrote. One rule holds everywhere: a value that is absent, of another type, or
 * a blank text is null, and inherited properties do not count.
 */

/** A JSON object or a stored item of unknown content. */
export type UnknownRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value if it is a record, otherwise null. */
export function recordIn(value: unknown): UnknownRecord | null {
  return isRecord(value) ? value : null;
}

/** Returns the entries of a list that are records, whatever type a library declares for them. */
export function recordsIn(values: readonly unknown[]): readonly UnknownRecord[] {
  return values.filter(isRecord);
}

/** Returns the text unchanged, or null for a blank text and for any other type. */
export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

export function valueAt(record: UnknownRecord | null, name: string): unknown {
  return record !== null && Object.hasOwn(record, name) ? record[name] : undefined;
}

export function recordAt(record: UnknownRecord | null, name: string): UnknownRecord | null {
  return recordIn(valueAt(record, name));
}

export function textAt(record: UnknownRecord | null, name: string): string | null {
  return textIn(valueAt(record, name));
}

export function integerAt(record: UnknownRecord | null, name: string): number | null {
  const value = valueAt(record, name);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

export function flagAt(record: UnknownRecord | null, name: string): boolean | null {
  const value = valueAt(record, name);
  return typeof value === 'boolean' ? value : null;
}

/** Returns the parsed value, or `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
