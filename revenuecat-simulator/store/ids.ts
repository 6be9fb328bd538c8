/** Generates ids in RevenueCat's format from a seed, so that identical runs produce identical ids. */
import { createHash } from 'node:crypto';

const ID_LENGTH = 11;

export type IdKind = 'sub' | 'purch' | 'prod' | 'entl' | 'event' | 'transaction' | 'anonymous';

export class Ids {
  readonly #seed: string;
  /** One counter per kind, so that the number of events does not change the next subscription's id. */
  readonly #counters = new Map<string, number>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Returns the next id of an object, such as `sub1ab2c3d4e5f`. */
  next(kind: Exclude<IdKind, 'event' | 'transaction' | 'anonymous'>): string {
    return `${kind}1${this.#hex(kind).slice(0, ID_LENGTH - 1)}`;
  }

  /** Returns an id in the format of a UUID with capitals. */
  nextEvent(): string {
    const hex = this.#hex('event').toUpperCase();
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
      '-',
    );
  }

  /** Returns the digits of a transaction id. */
  nextTransaction(): string {
    const digits = BigInt(`0x${this.#hex('transaction').slice(0, 16)}`).toString();
    return digits.padStart(16, '0').slice(-12);
  }

  nextAnonymous(): string {
    return this.#hex('anonymous').slice(0, 32);
  }

  /** Returns an id that is the same in every run with this seed. */
  fixed(prefix: string): string {
    return `${prefix}1${this.#digest(`fixed:${prefix}`).slice(0, ID_LENGTH - 1)}`;
  }

  counters(): Record<string, number> {
    return Object.fromEntries(this.#counters);
  }

  resume(counters: Readonly<Record<string, number>>): void {
    for (const [kind, count] of Object.entries(counters)) this.#counters.set(kind, count);
  }

  #hex(kind: IdKind): string {
    const count = (this.#counters.get(kind) ?? 0) + 1;
    this.#counters.set(kind, count);
    return this.#digest(`${kind}${count}`);
  }

  #digest(name: string): string {
    return createHash('sha256').update(`${this.#seed}:${name}`).digest('hex');
  }
}
