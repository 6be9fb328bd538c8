/** Reads a function's environment once, and names everything that is wrong with it at once. */
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

/** Collects what is missing or invalid while values are read; `done` throws it all. */
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

  /** A number from 0 on; anything else is invalid rather than the default. */
  amount(name: string, fallback: number): number {
    const value = this.optional(name);
    if (value === undefined) return fallback;
    const amount = Number(value);
    if (!Number.isFinite(amount) || amount < 0) this.#invalid.push(`${name} (a number from 0 on)`);
    return amount;
  }

  url(name: string): URL | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value)) return new URL(value);
    this.#invalid.push(`${name} (an address like http://host:port)`);
    return undefined;
  }

  /** What `read` makes of a JSON text, or of `fallback` where there is none; `wrong` says why it cannot. */
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

  /** `true` or `false`; anything else is invalid, and nothing is `false`. */
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

  /** The configuration, if nothing was wrong with it. */
  done<T>(configuration: T): T {
    if (this.#missing.length + this.#invalid.length > 0) {
      throw new ConfigurationError(this.#missing, this.#invalid);
    }
    return configuration;
  }
}
