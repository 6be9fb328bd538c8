/** Idempotency keys: the first answer is kept a day and repeated; a key in use is refused. */
import { createHash } from 'node:crypto';
import type { KeptAnswer } from '../model/event.ts';
import type { FormObject, FormValue } from '../protocol/form.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import type { Store } from '../store/store.ts';

const KEPT_SECONDS = 24 * 3600;
const MAX_KEY_LENGTH = 255;
/** Bounds memory in long runs under a clock that stands still. */
const MAX_ANSWERS_KEPT = 20_000;

export class IdempotencyKeys {
  readonly #store: Store;
  readonly #seconds: () => number;
  readonly #inUse = new Set<string>();

  constructor(store: Store, seconds: () => number) {
    this.#store = store;
    this.#seconds = seconds;
  }

  /** Claimed as soon as the request's head is in: a twin that comes before the answer is turned away. */
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

  find(key: string, fingerprint: string): KeptAnswer | undefined {
    this.#forgetOld();
    const kept = this.#store.keptAnswers.get(key);
    if (kept === undefined || kept.fingerprint === fingerprint) return kept;
    throw new StripeError({
      status: 400,
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }

  keep(key: string, answer: { fingerprint: string; status: number; body: string }): void {
    this.#store.keptAnswers.put({ id: key, ...answer, kept_at: this.#seconds() });
  }

  /** Answers are kept in order of time, so the old ones stand first. */
  #forgetOld(): void {
    const { keptAnswers } = this.#store;
    for (let row = keptAnswers.oldest(); row !== undefined; row = keptAnswers.oldest()) {
      const young = row.kept_at > this.#seconds() - KEPT_SECONDS;
      if (young && keptAnswers.size <= MAX_ANSWERS_KEPT) return;
      keptAnswers.drop(row.id);
    }
  }
}

/** The same parameters in another order are the same request. */
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
