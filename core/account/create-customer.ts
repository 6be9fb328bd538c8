/**
 * Creates a user's customer although Stripe may replay a stored failure. Stripe keeps the first answer of an idempotency
 * key for at least a day, a 5xx included. So the creation has several keys, its generations, and every caller goes
 * through them in the same order: callers that run at the same time meet at the same key and get the same customer.
 */
import type { CustomerCreator, CustomerFinder, NewCustomer } from '../billing/billing.ts';
import { Fault } from '../system/fault.ts';

/** Each attempt to create a customer stores at most one or two failures, and an attempt repeats all stored ones. */
export const CREATION_GENERATIONS = 6;

/**
 * Returns the customer that was created now or before. After a stored failure, which may have had its effect, the next
 * generation is used only if the user has no customer at all; otherwise returns that customer.
 */
export async function createCustomer(
  billing: CustomerCreator & CustomerFinder,
  user: NewCustomer,
): Promise<string> {
  for (let generation = 0; generation < CREATION_GENERATIONS; generation += 1) {
    const creation = await billing.createCustomer(user, generation);
    if (creation.kind === 'created') return creation.customerId;
    // After the answer: what the failed creation has done is visible by then.
    const [existing] = await billing.findEveryCustomer(user);
    if (existing !== undefined) return existing;
  }
  // Stripe forgets the first of the failures a day after it.
  throw new Fault({
    code: 'unavailable',
    system: 'stripe',
    operation: 'create customer',
    reason: 'creation_failures_stored',
  });
}

export interface ClaimedCreations {
  /** The customer of the first key without a stored failure. The key proves that it is the user's. */
  readonly created: readonly string[];
  /** What the creations before it may have created although they failed. */
  readonly found: readonly string[];
}

/**
 * Returns every customer that a creation for the user has created or can still create. It uses up the first generation
 * that has no stored failure, so a creation that is under way gets a customer that its caller then finds deleted.
 */
export async function claimCreations(
  billing: CustomerCreator & CustomerFinder,
  user: NewCustomer,
): Promise<ClaimedCreations> {
  for (let generation = 0; generation < CREATION_GENERATIONS; generation += 1) {
    const creation = await billing.createCustomer(user, generation);
    if (creation.kind === 'failure_stored') continue;
    const found = generation === 0 ? [] : await billing.findEveryCustomer(user);
    return { created: [creation.customerId], found };
  }
  return { created: [], found: await billing.findEveryCustomer(user) };
}
