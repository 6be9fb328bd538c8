/**
 * Reads what Stripe's objects share: lists, references to other objects, and times. What cannot be read is a fault that says
 * what was expected, because an answer that is mistaken for an empty one would lock payers out.
 */
import { Fault } from '../../core/system/fault.ts';
import {
  isRecord,
  recordAt,
  recordIn,
  recordsIn,
  textAt,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';

/** One page of a list. */
export interface ListPage {
  readonly entries: readonly UnknownRecord[];
  readonly hasMore: boolean;
}

/** Returns the page that Stripe answered with (`{object: "list", data: […], has_more}`). */
export function listIn(operation: string, answer: unknown): ListPage {
  const list = recordIn(answer);
  const data = valueAt(list, 'data');
  const hasMore = valueAt(list, 'has_more');
  // An entry that is left out might be the subscription that gives access.
  if (!Array.isArray(data) || !data.every(isRecord)) throw unknownShape(operation, 'a list with data');
  if (typeof hasMore !== 'boolean') throw unknownShape(operation, 'a list with has_more');
  return { entries: data, hasMore };
}

/** Returns the object that Stripe answered with, which has an id and is of this type, if it says so. */
export function objectIn(operation: string, answer: unknown, type: string): UnknownRecord {
  const object = recordIn(answer);
  const named = textAt(object, 'object') ?? type;
  if (object === null || textAt(object, 'id') === null || named !== type) {
    throw unknownShape(operation, `an object of the type ${type} with an id`);
  }
  return object;
}

export function unknownShape(operation: string, expected: string): Fault {
  return new Fault({ code: 'unknown_shape', system: 'stripe', operation, expected });
}

/** Returns the entries of an embedded list (`{object: "list", data: […]}`). */
export function entriesAt(object: UnknownRecord | null, name: string): readonly UnknownRecord[] {
  const data = valueAt(recordAt(object, name), 'data');
  return Array.isArray(data) ? recordsIn(data) : [];
}

/** Returns the id in a reference, which holds the id itself, the expanded object, or the stub of a deleted object. */
export function idAt(object: UnknownRecord | null, name: string): string | null {
  return textAt(object, name) ?? textAt(recordAt(object, name), 'id');
}

/** Returns a time in whole seconds: a fraction, and digits in a text, are still the end of a period. */
export function secondsAt(object: UnknownRecord | null, name: string): number | null {
  const value = valueAt(object, name);
  const seconds = typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number') return null;
  const whole = Math.floor(seconds);
  return Number.isSafeInteger(whole) ? whole : null;
}
