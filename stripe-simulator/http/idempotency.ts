/**
 * Idempotency keys: the first response is stored and replayed; a key in use is rejected. API v1 stores each response for a
 * day. API v2 stores those of successful requests for 30 days, each key by the path, and executes the others again.
 */
import { createHash } from 'node:crypto';
import type { KeptAnswer } from '../model/event.ts';
import type { FormObject, FormValue } from '../protocol/form.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

interface KeyRules {
  readonly table: 'keptAnswers' | 'keptAnswersOfV2';
  readonly keptSeconds: number;
  /** The status for a key that was used with another request. */
  readonly mismatchStatus: number;
}

export const keysOfV1: KeyRules = { table: 'keptAnswers', keptSeconds: 24 * 3600, mismatchStatus: 400 };
export const keysOfV2: KeyRules = {
  table: 'keptAnswersOfV2',
  keptSeconds: 30 * 24 * 3600,
  mismatchStatus: 409,
};
const MAX_KEY_LENGTH = 255;
/** Bounds memory in long runs with a fixed clock. */
const MAX_ANSWERS_KEPT = 10_000;

export class IdempotencyKeys {
  readonly #world: Pick<World, 'ownSeconds' | 'store'>;
  readonly #rules: KeyRules;
  readonly #inUse = new Set<string>();

  constructor(world: Pick<World, 'ownSeconds' | 'store'>, rules: KeyRules) {
    this.#world = world;
    this.#rules = rules;
  }

  get #answers() {
    return this.#world.store[this.#rules.table];
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

  /** Returns the response that is stored under the name of the key, or throws when the key was used with another request. */
  find(
    name: string,
    { key, fingerprint }: { readonly key: string; readonly fingerprint: string },
  ): KeptAnswer | undefined {
    this.#dropOld();
    const stored = this.#answers.get(name);
    if (stored === undefined || stored.fingerprint === fingerprint) return stored;
    throw new StripeError({
      status: this.#rules.mismatchStatus,
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }

  keep(name: string, answer: Pick<KeptAnswer, 'fingerprint' | 'status' | 'body' | 'request'>): void {
    this.#answers.put({ id: name, ...answer, kept_at: this.#world.ownSeconds() });
  }

  /** Drops expired responses, which are first because the table is in order of creation. */
  #dropOld(): void {
    const kept = this.#answers;
    const oldest = this.#world.ownSeconds() - this.#rules.keptSeconds;
    for (let row = kept.oldest(); row !== undefined; row = kept.oldest()) {
      if (row.kept_at > oldest && kept.size <= MAX_ANSWERS_KEPT) return;
      kept.drop(row.id);
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
