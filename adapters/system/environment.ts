/** Reads a function's environment and reports all its mistakes at once. */
import { cleanText, isPlaceholder, listIn, type Reading } from '../../core/settings/text.ts';
import { readBaseUrl } from '../../core/settings/urls.ts';
import { type NumberRange, readFlag, readNumber, readRegion } from '../../core/settings/values.ts';
import { parseJson } from '../../core/system/record.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export class ConfigurationError extends Error {
  readonly missing: readonly string[];
  /** What is wrong with each setting, and what to set: `NAME is …: set …`. Never a value. */
  readonly invalid: readonly string[];

  constructor(missing: readonly string[], invalid: readonly string[]) {
    const parts = [
      ...(missing.length > 0 ? [`missing configuration: ${missing.join(', ')}`] : []),
      ...(invalid.length > 0 ? [`invalid configuration: ${invalid.join('; ')}`] : []),
    ];
    super(parts.join('; '));
    this.name = 'ConfigurationError';
    this.missing = missing;
    this.invalid = invalid;
  }
}

/** Collects missing and invalid variables while values are read. `done` throws them in one error. */
export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #missing = new Set<string>();
  readonly #invalid = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Returns the variable exactly as it is set, or `undefined` if it is blank. */
  raw(name: string): string | undefined {
    const value = this.#environment[name];
    return value === undefined || cleanText(value) === '' ? undefined : value;
  }

  /** Reads a value that may be absent. Quotes and blanks around it do not count. */
  optional(name: string): string | undefined;
  optional<T>(name: string, read: (text: string) => Reading<T>): T | undefined;
  optional<T>(name: string, read?: (text: string) => Reading<T>): T | string | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    if (isPlaceholder(text)) return this.#wrong(name, 'is a placeholder: set its value');
    return read === undefined ? text : this.#valueIn(name, read(text));
  }

  /** Reads a word of those that `read` knows, of which one such as `none` would elsewhere be a placeholder. */
  word<T>(name: string, read: (text: string) => Reading<T>): T | undefined {
    const text = this.#text(name);
    return text === undefined ? undefined : this.#valueIn(name, read(text));
  }

  required(name: string, read: (text: string) => Reading<string> = (value) => ({ value })): string {
    if (this.#text(name) === undefined) this.missing(name);
    return this.optional(name, read) ?? '';
  }

  /** Reads a number of at least 0. Any other value is invalid and does not fall back to the default. */
  amount(name: string, fallback: number, range: NumberRange = {}): number {
    if (this.#text(name) === undefined) return fallback;
    return this.optional(name, (text) => readNumber(text, range)) ?? Number.NaN;
  }

  url(name: string): URL | undefined {
    return this.optional(name, readBaseUrl);
  }

  /** Reads a JSON value, or `fallback` if the variable is not set. `wrong` says why a value is invalid. */
  json<T extends object>(
    name: string,
    fallback: unknown,
    read: (value: unknown) => T | { readonly wrong: string },
  ): T | undefined {
    const text = this.#text(name);
    const result = read(text === undefined ? fallback : parseJson(text));
    return 'wrong' in result ? this.#wrong(name, `is not valid: ${result.wrong}`) : result;
  }

  /** Reads a switch. An unset variable is `false`; any other value than true and false is invalid. */
  flag(name: string): boolean {
    return this.optional(name, readFlag) ?? false;
  }

  /** Reads a list without repetitions. */
  list(name: string, read: (text: string) => Reading<string>, separators?: RegExp): readonly string[] {
    const parts = listIn(this.#text(name) ?? '', separators);
    const values = parts.map((part) => this.#valueIn(name, read(part)));
    return [...new Set(values.filter((value) => value !== undefined))];
  }

  /** Returns the region. Undefined if `service` is another server than that of AWS, which has no regions. */
  region(service: 'COGNITO_IDENTITY_PROVIDER' | 'DYNAMODB' | 'SECRETS_MANAGER'): string | undefined {
    const isReplaced = this.#text(`AWS_ENDPOINT_URL_${service}`) ?? this.#text('AWS_ENDPOINT_URL');
    const text = this.#text('AWS_REGION');
    return isReplaced !== undefined || text === undefined || 'wrong' in readRegion(text) ? undefined : text;
  }

  missing(name: string): void {
    this.#missing.add(name);
  }

  invalid(name: string, wrong: string): void {
    this.#invalid.add(`${name} ${wrong}`);
  }

  /** Returns the configuration. Throws a `ConfigurationError` if a variable is missing or invalid. */
  done<T>(configuration: T): T {
    if (this.#missing.size + this.#invalid.size > 0) {
      throw new ConfigurationError([...this.#missing], [...this.#invalid]);
    }
    return configuration;
  }

  #text(name: string): string | undefined {
    const value = cleanText(this.#environment[name] ?? '');
    return value === '' ? undefined : value;
  }

  #valueIn<T>(name: string, reading: Reading<T>): T | undefined {
    return 'wrong' in reading ? this.#wrong(name, reading.wrong) : reading.value;
  }

  #wrong(name: string, wrong: string): undefined {
    this.invalid(name, wrong);
    return undefined;
  }
}
