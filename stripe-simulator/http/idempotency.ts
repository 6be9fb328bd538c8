/** Idempotency keys: the first response is stored for a day and replayed; a key in use is rejected. */
import { createHash } from 'node:crypto';
import type { KeptAnswer } from '../model/event.ts';
import type { FormObject, FormValue } from '../protocol/form.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import type { Store } from '../store/store.ts';

const KEPT_SECONDS = 24 * 3600;
const MAX_KEY_LENGTH = 255;
/** Bounds memory in long runs with a fixed clock. */
const MAX_ANSWERS_KEPT = 10_000;

export class IdempotencyKeys {
  readonly #store: Store;
  readonly #seconds: () => number;
  readonly #inUse = new Set<string>();

  constructor(store: Store, seconds: () => number) {
    this.#store = store;
    this.#seconds = seconds;
  }

  /** Claims a key when the headers of its request arrive. A second request with the key is rejected until `release`. */
  claim(key: string): void {
    if (key.length > MAX_KEY_LENGTH) {
      throw invalidRequest({ message: `Idempotency keys can be up to ${MAX_KEY_LENGTH} characters long.` });
    }
    if (this.#inUse.has(key)) {
      throw new StripeError({
        status: 409,
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: `There is currently another in-progress request using this Idempotent Key: ${key}`,
      });
    }
    this.#inUse.add(key);
  }

  release(key: string): void {
    this.#inUse.delete(key);
  }

  /** Returns the stored response for the key, or throws when the key was used with another request. */
  find(key: string, fingerprint: string): KeptAnswer | undefined {
    this.#dropOld();
    const stored = this.#store.keptAnswers.get(key);
    if (stored === undefined || stored.fingerprint === fingerprint) return stored;
    throw new StripeError({
      status: 400,
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }

  keep(key: string, answer: Pick<KeptAnswer, 'fingerprint' | 'status' | 'body' | 'request'>): void {
    this.#store.keptAnswers.put({ id: key, ...answer, kept_at: this.#seconds() });
  }

  /** Drops expired responses, which are first because the table is in order of creation. */
  #dropOld(): void {
    const { keptAnswers } = this.#store;
    for (let row = keptAnswers.oldest(); row !== undefined; row = keptAnswers.oldest()) {
      const isFresh = row.kept_at > this.#seconds() - KEPT_SECONDS;
      if (isFresh && keptAnswers.size <= MAX_ANSWERS_KEPT) return;
      keptAnswers.drop(row.id);
    }
  }
}

/** Returns a hash of the request that does not depend on the order of its parameters. */
export function fingerprintOf(path: string, params: FormObject): string {
  return createHash('sha256')
    .update(`${path}\n${JSON.stringify(sortKeys(params))}`)
    .digest('hex');
}

function sortKeys(value: FormValue): unknown {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((entry: FormValue) => sortKeys(entry));
  const entries = Object.entries(value as FormObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, entry]) => [key, sortKeys(entry)]);
}
