/** Turns a call into a CLI command and the JSON files that it reads, independent of the shell. */
import prettyCompact from 'json-stringify-pretty-compact';
import { type Call, VARIABLE_PATTERN, type Value } from './step.ts';

/** The folder of the files, relative to the project's root. */
export const FOLDER = 'dist/aws-cli';

export interface CommandFile {
  readonly path: string;
  readonly content: string;
}

export interface Command {
  readonly files: readonly CommandFile[];
  /** Each option with its values, such as `['--function-name', 'x']`. */
  readonly options: readonly (readonly string[])[];
  readonly head: readonly string[];
  readonly into?: string;
  readonly waitUntilReady: boolean;
}

export function toCliCommand(call: Call): Command {
  const files: CommandFile[] = [];
  const written = (name: string, value: Value): string => {
    const path = `${FOLDER}/${name}.json`;
    // A string, such as a dashboard's body, is written unchanged.
    files.push({
      path,
      content: typeof value === 'string' ? value : prettyCompact(value, { maxLength: 110 }),
    });
    return `file://${path}`;
  };
  const asFile = (name: string, value: Value): string => written(`${call.label}-${kebab(name)}`, value);
  const options = [
    ...Object.entries(call.input).map(([name, value]) => option(name, value, asFile)),
    ...Object.entries(call.documents ?? {}).map(([name, { file, content }]) => [
      `--${kebab(name)}`,
      written(file, content),
    ]),
    ...Object.entries(call.blobs ?? {}).map(([name, path]) => [`--${kebab(name)}`, `fileb://${path}`]),
    ...(call.into === undefined
      ? []
      : [
          ['--query', call.into.query],
          ['--output', 'text'],
        ]),
  ];
  return {
    files,
    head: ['aws', call.service, call.operation],
    options,
    ...(call.into === undefined ? {} : { into: call.into.name }),
    waitUntilReady: call.waitUntilReady === true,
  };
}

/** Converts a parameter name to an option name as the AWS CLI does: `OKActions` to `ok-actions`. */
export function kebab(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

function option(
  name: string,
  value: Value,
  asFile: (name: string, value: Value) => string,
): readonly string[] {
  const flag = `--${kebab(name)}`;
  if (typeof value === 'boolean') return [value ? flag : `--no-${kebab(name)}`];
  if (isScalar(value)) return [flag, String(value)];
  const words = Array.isArray(value) ? value.map(shorthand) : [shorthand(value)];
  return words.includes(undefined) ? [flag, asFile(name, value)] : [flag, ...(words as string[])];
}

/** Returns a value in the CLI's shorthand (`Key=value,Other=value`), or `undefined` if it would be ambiguous. */
function shorthand(value: Value): string | undefined {
  if (isScalar(value)) return String(value);
  if (Array.isArray(value)) return undefined;
  const parts = Object.entries(value).map(([key, inner]) =>
    (isScalar(inner) || typeof inner === 'boolean') && isPlain(String(inner))
      ? `${key}=${String(inner)}`
      : undefined,
  );
  return parts.length === 0 || parts.includes(undefined) ? undefined : parts.join(',');
}

const isScalar = (value: Value): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const isPlain = (text: string): boolean => /^[\w./:-]+$/.test(text.replace(VARIABLE_PATTERN, 'x'));
