/** Stripe's creation of customers: the first answer of an idempotency key is kept for a day, a server error included. */
import type { CustomerStamp } from '../../core/account/ownership.ts';
import type { CustomerCreation, NewCustomer } from '../../core/billing/billing.ts';
import type { Timeline } from '../engine/timeline.ts';

const KEY_LIFETIME_MS = 24 * 3_600_000;
/** How far back the list of recent customers goes. */
const RECENT_MS = 2 * 3_600_000;

/** A failure of the next creation for a user, which Stripe stores for its key. */
export interface CreationFailure {
  /** Whether the failed creation nevertheless creates the customer. */
  readonly hasEffect: boolean;
}

export interface CreationWorld {
  readonly timeline: Timeline;
  readonly customers: ReadonlyMap<string, ListedCustomer>;
  /** The first answers to creations, by idempotency key. */
  readonly keys: Map<string, { readonly answer: CustomerCreation; readonly untilMs: number }>;
  /** Customers created under a key whose earlier answer, a failure or a customer deleted since, Stripe had forgotten. */
  readonly createdAgain: Set<string>;
  /** Failures of the next creation, by user. */
  readonly creationFailures: Map<string, CreationFailure>;
}

interface ListedCustomer extends CustomerStamp {
  readonly id: string;
  readonly createdMs: number;
  readonly deletedMs: number | null;
}

/** Returns the key's first answer. `server_error`: a server error that is not a replay. */
export function createOnce(
  world: CreationWorld,
  user: NewCustomer & { readonly generation: number },
  addCustomer: () => { readonly id: string },
): CustomerCreation | 'server_error' {
  const { poolId, sub, replaces = null, generation } = user;
  const { nowMs } = world.timeline;
  const key = `${poolId}/${sub}/${replaces ?? ''}/${generation}`;
  const known = world.keys.get(key);
  if (known !== undefined && nowMs < known.untilMs) return known.answer;
  const failure = world.creationFailures.get(sub);
  world.creationFailures.delete(sub);
  const customer = failure?.hasEffect === false ? undefined : addCustomer();
  if (customer !== undefined && known !== undefined && !hasLiveCustomer(world, known.answer)) {
    world.createdAgain.add(customer.id);
  }
  const answer: CustomerCreation =
    failure !== undefined || customer === undefined
      ? { kind: 'failure_stored' }
      : { kind: 'created', customerId: customer.id };
  world.keys.set(key, { answer, untilMs: nowMs + KEY_LIFETIME_MS });
  return answer.kind === 'failure_stored' ? 'server_error' : answer;
}

function hasLiveCustomer({ customers }: CreationWorld, answer: CustomerCreation): boolean {
  return answer.kind === 'created' && customers.get(answer.customerId)?.deletedMs === null;
}

/** Lists the customers of the last hours. Unlike the search, the list never lags. */
export function listRecent(world: CreationWorld, sub: string): readonly string[] {
  const sinceMs = world.timeline.nowMs - RECENT_MS;
  return existingOf(world, sub)
    .filter(({ createdMs }) => createdMs >= sinceMs)
    .map(({ id }) => id);
}

/** Returns those of the customers that exist and name the user and no other pool, the oldest first. */
export function existing(
  world: CreationWorld,
  { poolId, sub }: { readonly poolId: string; readonly sub: string },
  ids: ReadonlySet<string>,
): readonly string[] {
  return existingOf(world, sub)
    .filter((one) => ids.has(one.id) && (one.poolId === null || one.poolId === poolId))
    .map(({ id }) => id);
}

function existingOf({ customers }: CreationWorld, sub: string): readonly ListedCustomer[] {
  return [...customers.values()].filter((one) => one.sub === sub && one.deletedMs === null);
}
