/** Reads JSON of unknown shape: what is absent or of another type is `null`. */

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(json: Json | null, name: string): Json | null {
  const value = json?.[name];
  return isJson(value) ? value : null;
}

export function textAt(json: Json | null, name: string): string | null {
  const value = json?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function integerAt(json: Json | null, name: string): number | null {
  const value = json?.[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** The entries of a list object (`{object: "list", data: […]}`) that are objects. */
export function entriesAt(json: Json | null, name: string): readonly Json[] {
  const data = objectAt(json, name)?.['data'];
  return Array.isArray(data) ? data.filter(isJson) : [];
}

/** What of a list's entries are objects, whatever the library's types say of them. */
export function objectsOf(entries: readonly unknown[]): readonly Json[] {
  return entries.filter(isJson);
}

/** An id field may hold the id, the expanded object, or a deleted stub of it. */
export function idAt(json: Json | null, name: string): string | null {
  return textAt(json, name) ?? textAt(objectAt(json, name), 'id');
}
