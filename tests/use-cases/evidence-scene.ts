/** Reads the evidence for an ending on the worlds of the simulation. */
import { expect } from 'vitest';
import type { Profile } from '../../core/account/profile.ts';
import type { CustomerLookup } from '../../core/billing/billing.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { collectFacts } from '../../core/gate/evidence.ts';
import type { AccountWorld } from '../support/account-world.ts';

export const HOUR = 3_600;
export const DAY = 24 * HOUR;

export const factsOf = (world: AccountWorld, ending: Ending) => collectFacts(world.systems, ending);

/** Returns the evidence at this moment, and the calls after the two reads of the tables. */
export async function evidenceOf(world: AccountWorld, ending: Ending) {
  world.calls.length = 0;
  const { evidence } = await factsOf(world, ending);
  expect(world.calls.slice(0, 2)).toEqual(['read profile', 'read entitlement']);
  return { evidence, calls: world.calls.slice(2) };
}

/** A customer's own metadata, and those of its subscriptions. */
export const ofOwner = ['retrieve customer', 'read subscription stamps'];
/** What a customer whose owner nothing contradicts is asked in addition. */
export const ofRecords = 'read customer index';

export const missing = (world: AccountWorld, signUpAt: number | 'unknown' | null, answer: object = {}) => ({
  kind: 'user_missing',
  signUpAt,
  nowSeconds: world.nowSeconds(),
  pool: 'unknown_user',
  adopted: true,
  ...answer,
});

/** Reads the evidence where no answer of Stripe says when a customer was created. */
export async function undatedEvidenceOf({ systems }: AccountWorld, ending: Ending) {
  const retrieveCustomer = async (id: string): Promise<CustomerLookup> => {
    const lookup = await systems.billing.retrieveCustomer(id);
    return lookup.kind === 'customer' ? { ...lookup, createdAt: null } : lookup;
  };
  const billing = { ...systems.billing, retrieveCustomer };
  return (await collectFacts({ ...systems, billing }, ending)).evidence;
}

/** Marks the profile at this moment. `requestedAt` is a text as another writer may have stored it. */
export function mark(
  world: AccountWorld,
  sub: string,
  { requested = true, requestedAt = String(world.systems.clock.nowMs()) } = {},
) {
  const profile: Profile = { userId: sub, customerId: null, deletion: null, createdAt: null };
  const deletion = { requestedAt, username: null, requested, refund: null };
  const marked = { ...(world.dynamodb.profiles.get(sub) ?? profile), deletion };
  world.dynamodb.profiles.set(sub, marked);
  return marked;
}
