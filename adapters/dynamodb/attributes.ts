/** Reads attributes that anybody may have written: a null, an empty or a wrong-typed value is no value. */

export type Item = Readonly<Record<string, unknown>>;

export function textOf(item: Item, name: string): string | null {
  const value = item[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Whole seconds; other writers kept some of them as text. */
export function secondsOf(item: Item, name: string): number | null {
  const value = item[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.floor(number) : null;
}

export function flagOf(item: Item, name: string): boolean | null {
  const value = item[name];
  return typeof value === 'boolean' ? value : null;
}

/** A list or a set of texts; `null` if there is neither. */
export function textsOf(item: Item, name: string): readonly string[] | null {
  const value = item[name];
  if (!Array.isArray(value) && !(value instanceof Set)) return null;
  return [...value].filter((entry): entry is string => typeof entry === 'string' && entry !== '');
}

export function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
