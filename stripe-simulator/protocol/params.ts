/**
 * Typed access to decoded parameters. Values of the wrong type throw Stripe's errors. Every value that is read is noted,
 * so that a request with a parameter that nothing acts on can be refused.
 */
import type { FormObject, FormValue } from './form.ts';
import { notSimulated } from './not-simulated.ts';
import { invalidParameter, missingParameter } from './stripe-error.ts';

/** The full names of what was read, shared with the nested objects. */
interface Seen {
  readonly read: Set<string>;
  /** Objects and lists, whose values are read one by one. */
  readonly entered: Set<string>;
  /** What was asked for, whether it is there or not, with `[]` for each element of a list. */
  readonly asked: Set<string>;
}

export class Params {
  readonly #values: FormObject;
  readonly #prefix: string;
  readonly #seen: Seen;

  constructor(
    values: FormObject,
    prefix = '',
    seen: Seen = { read: new Set(), entered: new Set(), asked: new Set() },
  ) {
    this.#values = values;
    this.#prefix = prefix;
    this.#seen = seen;
  }

  /**
   * Returns the full names of the values that nothing has read, and of objects and lists that nothing has entered. To ask
   * whether a value is there does not read it.
   */
  unread(): string[] {
    const names: string[] = [];
    const visit = (value: FormValue, name: string): void => {
      if (this.#seen.read.has(name)) return;
      if (typeof value === 'string' || !this.#seen.entered.has(name)) names.push(name);
      else if (Array.isArray(value))
        for (const [index, entry] of value.entries()) visit(entry as FormValue, `${name}[${index}]`);
      else for (const [key, entry] of Object.entries(value)) visit(entry, `${name}[${key}]`);
    };
    for (const name of this.names()) visit(this.#values[name] ?? '', this.nameOf(name));
    return names;
  }

  /** Reads a parameter of which the simulator simulates these values alone, and refuses a request with another. */
  onlySimulates(name: string, values: readonly string[]): void {
    const value = this.string(name);
    if (value === undefined || values.includes(value)) return;
    throw notSimulated([`${this.nameOf(name)}=${value}`], this.nameOf(name));
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

  /** The names of all parameters that were asked for, whether the request has them or not. */
  get asked(): ReadonlySet<string> {
    return this.#seen.asked;
  }

  /** Returns the value with everything in it, all of which counts as read. */
  raw(name: string): FormValue | undefined {
    this.#note(name, this.#seen.read);
    return this.#values[name];
  }

  /** Returns the value, or undefined when it is absent or empty. */
  string(name: string): string | undefined {
    return this.nullable(name) ?? undefined;
  }

  /** Returns null for an empty value, which means "unset", and undefined for an absent one, which means "keep". */
  nullable(name: string): string | null | undefined {
    const value = this.raw(name);
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

  /** Returns the values of a list, each of which must be one of these. */
  listOf<T extends string>(name: string, values: readonly T[]): T[] {
    return (this.strings(name) ?? []).map((value, index) => {
      const found = values.find((allowed) => allowed === value);
      if (found !== undefined) return found;
      const message = `Unrecognized enum value '${value}', valid values are: ${values.join(', ')}.`;
      throw invalidParameter({ message, param: `${this.nameOf(name)}[${index}]` });
    });
  }

  object(name: string): Params | undefined {
    const value = this.#values[name];
    this.#enter(name);
    if (value === undefined || value === '') return undefined;
    return this.#nested(value, this.nameOf(name));
  }

  objects(name: string): Params[] | undefined {
    this.#enter(name);
    const list = this.#list(name);
    return list?.map((value, index) => this.#nested(value, `${this.nameOf(name)}[${index}]`));
  }

  strings(name: string): string[] | undefined {
    this.#note(name, this.#seen.read);
    return this.#list(name)?.map((value) => {
      if (typeof value === 'string') return value;
      throw invalidParameter({ message: 'Invalid string', param: this.nameOf(name) });
    });
  }

  #enter(name: string): void {
    const { read, entered } = this.#seen;
    // An empty text instead of an object or a list unsets it.
    this.#note(name, this.#values[name] === '' ? read : entered);
  }

  #note(name: string, names: Set<string>): void {
    const whole = this.nameOf(name);
    names.add(whole);
    // What an object holds is asked for by itself.
    if (names === this.#seen.read) this.#seen.asked.add(whole.replaceAll(/\[\d+\]/g, '[]'));
  }

  #list(name: string): readonly FormValue[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (value === '') return [];
    if (Array.isArray(value)) return value as readonly FormValue[];
    throw invalidParameter({ message: 'Invalid array', param: this.nameOf(name) });
  }

  #nested(value: FormValue, prefix: string): Params {
    if (typeof value === 'object' && !Array.isArray(value)) {
      this.#seen.entered.add(prefix);
      return new Params(value as FormObject, prefix, this.#seen);
    }
    throw invalidParameter({ message: 'Invalid object', param: prefix });
  }
}
