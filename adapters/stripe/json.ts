/** Reads the two shapes that Stripe's objects share: lists, and references to other objects. */
import { recordAt, recordsIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';

/** Returns the entries of an embedded list (`{object: "list", data: […]}`). */
export function entriesAt(object: UnknownRecord | null, name: string): readonly UnknownRecord[] {
  const data = valueAt(recordAt(object, name), 'data');
  return Array.isArray(data) ? recordsIn(data) : [];
}

/** Returns the id in a reference, which holds the id itself, the expanded object, or the stub of a deleted object. */
export function idAt(object: UnknownRecord | null, name: string): string | null {
  return textAt(object, name) ?? textAt(recordAt(object, name), 'id');
}
