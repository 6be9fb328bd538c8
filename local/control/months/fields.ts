/** Reads fields of records whose shape another system decides. */
import { isJsonObject } from '../../http/body.ts';
import type { JsonRecord } from '../contract.ts';

export function numberAt(record: JsonRecord, ...path: readonly string[]): number | null {
  const value = valueAt(record, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textAt(record: JsonRecord, ...path: readonly string[]): string | null {
  const value = valueAt(record, path);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function recordsAt(record: JsonRecord, ...path: readonly string[]): readonly JsonRecord[] {
  const value = valueAt(record, path);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function recordAt(record: JsonRecord, ...path: readonly string[]): JsonRecord {
  const value = valueAt(record, path);
  return isJsonObject(value) ? value : {};
}

function valueAt(record: JsonRecord, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[name];
  }
  return value;
}
