/**
 * Decides which user a customer belongs to. The customer's own metadata come first: records of this stage (a profile, a
 * row) and events count only where the metadata do not contradict them.
 */

import type { Log } from '../system/log.ts';

/** What a customer's own metadata say. */
export interface CustomerStamp {
  /** The user that they name. */
  readonly sub: string | null;
  /** The user pool that they name. Null for customers that other code created and this service has not adopted. */
  readonly poolId: string | null;
  /** Whether the checkout has offered the customer something that is bought once. */
  readonly soldOnce?: true;
}

export type Ownership =
  /** The metadata name this user and this pool, or a record of this stage names the customer and nothing contradicts it. */
  | 'own'
  /** The metadata name this user and no pool: other code created the customer. */
  | 'named'
  /** Nothing names the user. */
  | 'unproven'
  | 'other_user'
  | 'other_pool';

export interface OwnershipClaim {
  readonly stamp: CustomerStamp;
  readonly sub: string;
  /** This stage's user pool. Null if it is not configured, so that no stamp proves anything. */
  readonly poolId: string | null;
  /** Whether the user's profile or row, or the checkout of this stage, names the customer. */
  readonly recorded: boolean;
}

export function ownershipOf({ stamp, sub, poolId, recorded }: OwnershipClaim): Ownership {
  if (stamp.sub !== null && stamp.sub !== sub) return 'other_user';
  if (stamp.poolId !== null && poolId !== null && stamp.poolId !== poolId) return 'other_pool';
  if (recorded) return 'own';
  if (stamp.sub === null) return 'unproven';
  return stamp.poolId === null || poolId === null ? 'named' : 'own';
}

/** Returns whether the metadata name another user or another pool. */
export function isOfAnother(ownership: Ownership): boolean {
  return ownership === 'other_user' || ownership === 'other_pool';
}

/** Returns whether a customer can give this user access. One that names another user never does. */
export function mayGiveAccess(stamp: Pick<CustomerStamp, 'sub'>, sub: string): boolean {
  return stamp.sub === null || stamp.sub === sub;
}

/** Two sources name different users as the owner of one customer. */
export interface OwnerContradiction {
  readonly customerId: string;
  /** The user that the customer's own metadata name, or those of its subscriptions if its own name none. */
  readonly sub: string;
  /** The user that another source names. */
  readonly otherSub: string;
  readonly source: OwnerSource;
}

export type OwnerSource = 'event' | 'profile' | 'row' | 'subscription';

/** Logs a contradiction, which raises an alarm. The user in `user_id` is the one that can get access. */
export function reportContradiction(
  log: Log,
  { customerId, sub, otherSub, source }: OwnerContradiction,
  eventId?: string,
): void {
  log.warn(
    'Two sources name different users as the owner of a customer; the customer’s own metadata decide.',
    {
      metric: 'owner_contradiction',
      event_id: eventId,
      customer_id: customerId,
      user_id: sub,
      other_user_id: otherSub,
      other_source: source,
    },
  );
}
