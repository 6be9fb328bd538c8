/** Reads the fields of a control request strictly: each has its type, and unknown fields are rejected. */
import { invalidParameter, RevenueCatError } from './errors.ts';

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Parses a JSON object. An empty body has no fields. */
  static ofJson(body: string): Fields {
    if (body.trim() === '') return new Fields({});
    const problem = new RevenueCatError(400, 'The body must be a JSON object.');
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      throw problem;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw problem;
    return new Fields(value as Readonly<Record<string, unknown>>);
  }

  /** Parses a submitted form: empty inputs are absent, and numbers and checkboxes have their type. */
  static ofForm(body: string): Fields {
    const entries = [...new URLSearchParams(body)].filter(([, text]) => text !== '');
    return new Fields(Object.fromEntries(entries.map(([name, text]) => [name, typed(name, text)])));
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalidParameter(name, `${name} is required.`);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw invalidParameter(name, `${name} must be a text that is not empty.`);
  }

  number(name: string, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max) return value;
    throw invalidParameter(name, `${name} must be a number from ${min} to ${max}.`);
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw invalidParameter(name, `${name} must be true or false.`);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw invalidParameter(name, `${name} must be one of ${choices.join(', ')}.`);
    return found;
  }

  raw(name: string): unknown {
    return this.#take(name);
  }

  /** Throws if it has a field with another name. */
  only(names: readonly string[]): void {
    const unknown = Object.keys(this.#values).find((name) => !names.includes(name));
    if (unknown !== undefined) throw invalidParameter(unknown, `${unknown} is not a field of this request.`);
  }

  #take(name: string): unknown {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return value === null ? undefined : value;
  }
}

const textFields: readonly string[] = ['customer_id', 'user_id', 'to', 'product', 'entitlement'];

function typed(name: string, text: string): unknown {
  if (textFields.includes(name)) return text;
  if (text === 'on') return true;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
