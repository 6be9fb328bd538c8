/** Reads the attributes that only stored items have: times that may be text, and lists that may be sets. */
import { textIn, type UnknownRecord, valueAt } from '../../core/system/record.ts';

/** Returns whole seconds. Other writers stored some times as text. */
export function secondsAt(item: UnknownRecord, name: string): number | null {
  const value = valueAt(item, name);
  const number = textIn(value) === null ? value : Number(value);
  return typeof number === 'number' && Number.isFinite(number) ? Math.floor(number) : null;
}

/** Returns the texts of a list or a set, or null if the attribute is neither. */
export function textsAt(item: UnknownRecord, name: string): readonly string[] | null {
  const value = valueAt(item, name);
  if (!Array.isArray(value) && !(value instanceof Set)) return null;
  return [...value].map(textIn).filter((text) => text !== null);
}
