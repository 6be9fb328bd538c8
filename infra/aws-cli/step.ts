/** What the AWS command line is asked to do, in no shell's words yet. */

/** In texts: `{{NAME}}`, a variable that an earlier step has set. */
export const VARIABLE_PATTERN = /\{\{(?<name>[A-Z][A-Z0-9_]*)\}\}/g;
export const variable = (name: string): string => `{{${name}}}`;

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A value that is one text. Throws for what is none, which would reach AWS as `[object Object]`. */
export function textIn(value: Value | undefined): string {
  if (typeof value === 'object' || value === undefined)
    throw new Error(`Not one text: ${JSON.stringify(value)}`);
  return String(value);
}

/** One call of AWS: `aws SERVICE OPERATION`. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  /** As the service's API names its parameters; `FunctionName` becomes `--function-name`. */
  readonly input: Readonly<Record<string, Value>>;
  /** Parameters that take a whole JSON document, from a file of that name. */
  readonly documents?: Readonly<Record<string, { readonly file: string; readonly content: Value }>>;
  /** Parameters that take a file, by its path from the project's folder. */
  readonly blobs?: Readonly<Record<string, string>>;
  /** What the other files of this call are called. */
  readonly label: string;
  /** The variable that takes one value of the answer. */
  readonly into?: { readonly name: string; readonly query: string };
  /** What an earlier call has made may not be seen everywhere yet: tried again for half a minute. */
  readonly waitUntilReady?: true;
}

export interface Section {
  readonly title: string;
  /** Markdown, before the commands. */
  readonly about: string;
  readonly calls: readonly Call[];
  /** After the calls: lines that are no calls of AWS. */
  readonly lines?: readonly string[];
}
