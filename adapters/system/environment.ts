/** Reads a function's environment and reports all its mistakes at once. */
import { parseJson } from '../../core/system/record.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export class ConfigurationError extends Error {
  readonly missing: readonly string[];
  readonly invalid: readonly string[];

  constructor(missing: readonly string[], invalid: readonly string[]) {
    const parts = [
      ...(missing.length > 0 ? [`missing configuration: ${missing.join(', ')}`] : []),
      ...(invalid.length > 0 ? [`invalid configuration: ${invalid.join(', ')}`] : []),
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
  readonly #missing: string[] = [];
  readonly #invalid: string[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  optional(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) this.#missing.push(name);
    return value ?? '';
  }

  /** Reads a number of at least 0. Any other value is invalid and does not fall back to the default. */
  amount(name: string, fallback: number): number {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const amount = Number(value);
    if (!Number.isFinite(amount) || amount < 0) this.#invalid.push(`${name} (a number of at least 0)`);
    return amount;
  }

  url(name: string): URL | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value)) return new URL(value);
    this.#invalid.push(`${name} (a URL such as http://host:port)`);
    return undefined;
  }

  /** Reads a JSON value, or `fallback` if the variable is not set. `wrong` says why a value is invalid. */
  json<T extends object>(
    name: string,
    fallback: unknown,
    read: (value: unknown) => T | { readonly wrong: string },
  ): T | undefined {
    const text = this.optional(name);
    const result = read(text === undefined ? fallback : parseJson(text));
    if (!('wrong' in result)) return result;
    this.#invalid.push(`${name} (${result.wrong})`);
    return undefined;
  }

  /** Reads `true` or `false`. An unset variable is `false`; any other value is invalid. */
  flag(name: string): boolean {
    const value = this.optional(name);
    if (value !== undefined && value !== 'true' && value !== 'false') {
      this.#invalid.push(`${name} (true or false)`);
    }
    return value === 'true';
  }

  list(name: string): readonly string[] {
    const parts = this.optional(name)?.split(',') ?? [];
    return parts.map((part) => part.trim()).filter((part) => part !== '');
  }

  missing(name: string): void {
    this.#missing.push(name);
  }

  /** Returns the configuration. Throws a `ConfigurationError` if a variable is missing or invalid. */
  done<T>(configuration: T): T {
    if (this.#missing.length + this.#invalid.length > 0) {
      throw new ConfigurationError(this.#missing, this.#invalid);
    }
    return configuration;
  }
}
