/** Renders records, which are stored in the newest shape, in the shape of the reader's API version. */

import { hasBasilShapes, hasDahliaUiModes } from '../protocol/api-version.ts';
import { acaciaShapes } from './acacia-shapes.ts';
import { withOldUiMode } from './checkout-names.ts';
import { complete, omitFields } from './completion.ts';
import { withCoupon } from './discount-shapes.ts';
import type { Json, JsonObject, Reader } from './json.ts';
import { withNestedFields } from './nested-fields.ts';

export function render(value: unknown, reader: Reader): Json {
  if (Array.isArray(value)) return value.map((entry) => render(entry, reader));
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  // An event is already rendered in its own version, which does not depend on the version of the list.
  if ('object' in value && value.object === 'event') return value as JsonObject;
  const rendered: Record<string, Json> = {};
  // The parent is reshaped first, because it may read fields of its children that they lose in this version.
  for (const [key, entry] of Object.entries(reshape(value as JsonObject, reader))) {
    // Metadata belongs to the caller and is never reshaped, even when it has a key named "object".
    if (entry !== undefined) rendered[key] = key === 'metadata' ? entry : render(entry, reader);
  }
  return rendered;
}

/** Reshapes the object itself; its children keep the stored shape. */
function reshape(object: JsonObject, reader: Reader): JsonObject {
  const kind = object['object'];
  if (typeof kind !== 'string') return object;
  const whole = withNestedFields(kind, withCoupon(kind, object, reader), reader);
  return omitFields(kind, inVersion(kind, whole, reader), reader.version);
}

function inVersion(kind: string, object: JsonObject, reader: Reader): JsonObject {
  if (hasBasilShapes(reader.version)) {
    const completed = complete(kind, object, reader);
    const renamed = kind === 'checkout.session' && !hasDahliaUiModes(reader.version);
    return renamed ? withOldUiMode(completed) : completed;
  }
  if (kind === 'checkout.session') return withOldUiMode(object);
  return acaciaShapes[kind]?.(object, reader) ?? object;
}
