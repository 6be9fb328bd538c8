/**
 * Computes `previous_attributes`: the old values of changed keys. Hashes are compared by key, arrays and lists as a
 * whole.
 */
import type { Json, JsonObject } from './json.ts';

export function previousAttributes(now: JsonObject, before: JsonObject): JsonObject {
  const changed: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(now), ...Object.keys(before)])) {
    const newValue = now[key];
    const oldValue = before[key];
    if (JSON.stringify(newValue) === JSON.stringify(oldValue)) continue;
    const nested = isHash(newValue) && isHash(oldValue);
    // A new key had no value before, which Stripe represents as null.
    changed[key] = nested ? previousAttributes(newValue, oldValue) : (oldValue ?? null);
  }
  return changed;
}

function isHash(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (value as JsonObject)['object'] === undefined
  );
}
