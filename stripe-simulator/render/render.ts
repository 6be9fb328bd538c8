/** Turns records, kept in the newest shape, into the shape of the reader's API version. */

import { hasBasilShapes, hasDahliaNames } from '../protocol/api-version.ts';
import { acaciaShapes } from './acacia-shapes.ts';
import { withOldUiMode } from './checkout-names.ts';
import { complete, omitFields } from './completion.ts';
import type { Json, JsonObject, Reader } from './json.ts';

export function render(value: unknown, reader: Reader): Json {
  if (Array.isArray(value)) return value.map((entry) => render(entry, reader));
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  // An event is rendered once, for its own version, whatever version the reader of the list speaks.
  if ('object' in value && value.object === 'event') return value as JsonObject;
  const rendered: Record<string, Json> = {};
  // The parent goes first: it may still read from its children what they are about to lose.
  for (const [key, entry] of Object.entries(reshape(value as JsonObject, reader))) {
    // Metadata is the caller's own, even when a key of it is called "object".
    if (entry !== undefined) rendered[key] = key === 'metadata' ? entry : render(entry, reader);
  }
  return rendered;
}

/** The record as the reader's version has it, its children still as they are kept. */
function reshape(object: JsonObject, reader: Reader): JsonObject {
  const kind = object['object'];
  if (typeof kind !== 'string') return object;
  return omitFields(kind, inVersion(kind, object, reader), reader.version);
}

function inVersion(kind: string, object: JsonObject, reader: Reader): JsonObject {
  if (hasBasilShapes(reader.version)) {
    const whole = complete(kind, object, reader);
    const renamed = kind === 'checkout.session' && !hasDahliaNames(reader.version);
    return renamed ? withOldUiMode(whole) : whole;
  }
  if (kind === 'checkout.session') return withOldUiMode(object);
  return acaciaShapes[kind]?.(object, reader) ?? object;
}
