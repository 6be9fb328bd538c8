/** Typed access to decoded parameters. Values of the wrong type throw Stripe's errors. */
import type { FormObject, FormValue } from './form.ts';
import { invalidParameter, missingParameter } from './stripe-error.ts';

export class Params {
  readonly #values: FormObject;
  readonly #prefix: string;

  constructor(values: FormObject, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  /** Returns the parameter's full name as Stripe reports it, such as `items[0][price]`. */
  nameOf(name: string): string {
    return this.#prefix === '' ? name : `${this.#prefix}[${name}]`;
  }

  names(): string[] {
    return Object.keys(this.#values);
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  raw(name: string): FormValue | undefined {
    return this.#values[name];
  }

  /** Returns the value, or undefined when it is absent or empty. */
  string(name: string): string | undefined {
    return this.nullable(name) ?? undefined;
  }

  /** Returns null for an empty value, which means "unset", and undefined for an absent one, which means "keep". */
  nullable(name: string): string | null | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      throw invalidParameter({
        message: `Invalid string: ${JSON.stringify(value)}`,
        param: this.nameOf(name),
      });
    }
    return value === '' ? null : value;
  }

  required(name: string): string {
    const value = this.nullable(name);
    if (value === undefined) throw missingParameter(this.nameOf(name));
    if (value === null) {
      const param = this.nameOf(name);
      const message = `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`;
      throw invalidParameter({ message, code: 'parameter_invalid_empty', param });
    }
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(number)) {
      throw invalidParameter({
        message: `Invalid integer: ${value}`,
        code: 'parameter_invalid_integer',
        param: this.nameOf(name),
      });
    }
    return number;
  }

  boolean(name: string): boolean | undefined {
    const value = this.string(name);
    if (value === undefined || value === 'true' || value === 'false') {
      return value === undefined ? undefined : value === 'true';
    }
    throw invalidParameter({ message: `Invalid boolean: ${value}`, param: this.nameOf(name) });
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    const found = values.find((allowed) => allowed === value);
    if (found !== undefined) return found;
    const message = `Invalid ${this.nameOf(name)}: must be one of ${values.slice(0, -1).join(', ')}, or ${values.at(-1)}`;
    throw invalidParameter({ message, param: this.nameOf(name) });
  }

  object(name: string): Params | undefined {
    const value = this.#values[name];
    if (value === undefined || value === '') return undefined;
    return this.#nested(value, this.nameOf(name));
  }

  objects(name: string): Params[] | undefined {
    const list = this.#list(name);
    return list?.map((value, index) => this.#nested(value, `${this.nameOf(name)}[${index}]`));
  }

  strings(name: string): string[] | undefined {
    return this.#list(name)?.map((value) => {
      if (typeof value === 'string') return value;
      throw invalidParameter({ message: 'Invalid string', param: this.nameOf(name) });
    });
  }

  #list(name: string): readonly FormValue[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (value === '') return [];
    if (Array.isArray(value)) return value as readonly FormValue[];
    throw invalidParameter({ message: 'Invalid array', param: this.nameOf(name) });
  }

  #nested(value: FormValue, prefix: string): Params {
    if (typeof value === 'object' && !Array.isArray(value)) return new Params(value as FormObject, prefix);
    throw invalidParameter({ message: 'Invalid object', param: prefix });
  }
}
