/** The old values of what an update changed: hashes by their changed keys, arrays and lists whole. */
import type { Json, JsonObject } from './json.ts';

export function previousAttributes(now: JsonObject, before: JsonObject): JsonObject {
  const changed: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(now), ...Object.keys(before)])) {
    const newValue = now[key];
    const oldValue = before[key];
    if (JSON.stringify(newValue) === JSON.stringify(oldValue)) continue;
    const nested = isHash(newValue) && isHash(oldValue);
    // A key that is new had no value before, which Stripe says with null.
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
