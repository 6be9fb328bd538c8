/** AWS CLI calls and sections, independent of the shell. */

/** Matches `{{NAME}}` in a text: a variable that an earlier call has set. */
export const VARIABLE_PATTERN = /\{\{(?<name>[A-Z][A-Z0-9_]*)\}\}/g;
export const variable = (name: string): string => `{{${name}}}`;

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** Returns a scalar as text. Throws for other values, which would reach AWS as `[object Object]`. */
export function textIn(value: Value | undefined): string {
  if (typeof value === 'object' || value === undefined)
    throw new Error(`Expected a single value, got ${JSON.stringify(value)}`);
  return String(value);
}

/** One AWS CLI call: `aws SERVICE OPERATION`. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  /** Parameters by their API names; `FunctionName` becomes `--function-name`. */
  readonly input: Readonly<Record<string, Value>>;
  /** Parameters whose value is a JSON document, read from a file of the given name. */
  readonly documents?: Readonly<Record<string, { readonly file: string; readonly content: Value }>>;
  /** Parameters whose value is a file, by its path relative to the project's folder. */
  readonly blobs?: Readonly<Record<string, string>>;
  /** The name prefix of the call's other files. */
  readonly label: string;
  /** The variable that stores one value of the response. */
  readonly into?: { readonly name: string; readonly query: string };
  /** Retries for half a minute, because a resource of an earlier call may not be visible everywhere yet. */
  readonly waitUntilReady?: true;
}

export interface Section {
  readonly title: string;
  /** Markdown, before the commands. */
  readonly about: string;
  readonly calls: readonly Call[];
  /** Lines after the calls that are not AWS calls. */
  readonly lines?: readonly string[];
}
