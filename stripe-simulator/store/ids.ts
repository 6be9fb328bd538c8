/** Generates ids in Stripe's format from a seed, so that identical runs produce identical ids. */
import { createHash } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The number of characters after each prefix, taken from Stripe's published fixtures. */
const lengths: Readonly<Record<string, number>> = {
  cus_: 14,
  prod_: 14,
  si_: 14,
  req_: 14,
  cs_test_: 58,
  feat_test_: 32,
  ent_test_: 32,
  whsec_: 32,
  ed_test_: 52,
};
const DEFAULT_LENGTH = 24;

export class Ids {
  readonly #seed: string;
  /** One counter per prefix, so that the number of requests does not change the next customer's id. */
  readonly #counters = new Map<string, number>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  next(prefix: string): string {
    const count = (this.#counters.get(prefix) ?? 0) + 1;
    this.#counters.set(prefix, count);
    const length = lengths[prefix] ?? DEFAULT_LENGTH;
    const letters = this.#letters(`${prefix}${count}`, length);
    return prefix + (length === DEFAULT_LENGTH ? `1${letters.slice(1)}` : letters);
  }

  counters(): Record<string, number> {
    return Object.fromEntries(this.#counters);
  }

  /** Returns to earlier counters, so that the ids since then are given again. */
  rewind(counters: Readonly<Record<string, number>>): void {
    this.#counters.clear();
    this.resume(counters);
  }

  resume(counters: Readonly<Record<string, number>>): void {
    for (const [prefix, count] of Object.entries(counters)) this.#counters.set(prefix, count);
  }

  #letters(name: string, length: number): string {
    const digest = createHash('sha512').update(`${this.#seed}:${name}`).digest();
    let letters = '';
    for (let index = 0; index < length; index++) {
      letters += ALPHABET.charAt((digest[index % digest.length] ?? 0) % ALPHABET.length);
    }
    return letters;
  }
}
