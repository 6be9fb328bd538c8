/**
 * Writes a user back into the metadata of a customer from which a person has edited the name away. Without it, events of the
 * customer name no one, and no other stage or tool sees whose it is.
 */
import type { CustomerReader, CustomerWriter } from '../billing/billing.ts';
import type { Log } from '../system/log.ts';
import { type IndexServices, type Records, usersNaming } from './customer-index.ts';
import { type CustomerStamp, reportContradiction } from './ownership.ts';

export interface RestoreServices extends IndexServices {
  readonly billing: Pick<CustomerReader, 'retrieveCustomer'> & Pick<CustomerWriter, 'describeCustomer'>;
  readonly poolId: string;
  readonly log: Log;
}

export interface NameEvidence extends Records {
  readonly customerId: string;
  readonly sub: string;
  readonly poolId: string;
  /** The pool that the customer's own metadata name still. */
  readonly pool: string | null;
  /** What the live subscriptions of the customer say. */
  readonly stamps: readonly CustomerStamp[];
  /** Whether an event reports that the customer named this user a moment ago. */
  readonly named: boolean;
}

/**
 * Returns whether the customer is provably this user's. A row may list it only because one of its subscriptions names the user
 * by mistake. So either all of them name the user or none does, or those that do were sold by this stage's own checkout, or
 * the customer names this stage's pool still.
 */
export function isProvablyOf(evidence: NameEvidence): boolean {
  const { customerId, sub, poolId, pool, stamps, named, row, profile } = evidence;
  if (stamps.some((stamp) => isOfAnother(stamp, evidence))) return false;
  if (named || profile?.customerId === customerId) return true;
  if (row?.customerIds.includes(customerId) !== true) return false;
  const own = stamps.filter((stamp) => stamp.sub === sub);
  return pool === poolId || own.length === stamps.length || own.every((stamp) => stamp.poolId === poolId);
}

function isOfAnother({ sub: named, poolId: pool }: CustomerStamp, { sub, poolId }: NameEvidence): boolean {
  return (named !== null && named !== sub) || (pool !== null && pool !== poolId);
}

export type Restored =
  | 'restored'
  /** It names the user by now. */
  | 'named'
  /** The records of another user name the customer too. Only a person knows whose it is. */
  | 'contradicted'
  /** It names another user or another pool by now, or is deleted. */
  | 'kept';

/** The evidence is the caller's: `isProvablyOf`. Reads the customer once more, since a person may be editing it. */
export async function restoreName(
  services: RestoreServices,
  { customerId, sub }: { readonly customerId: string; readonly sub: string },
): Promise<Restored> {
  const { billing, poolId, log } = services;
  const others = await usersNaming(services, customerId, (one) => one === sub);
  for (const other of others) {
    const source = other.records.row?.customerIds.includes(customerId) === true ? 'row' : 'profile';
    reportContradiction(log, { customerId, sub, otherSub: other.sub, source });
  }
  if (others.length > 0) return 'contradicted';
  const lookup = await billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer') return 'kept';
  if (lookup.sub === sub) return 'named';
  if (lookup.sub !== null || (lookup.poolId !== null && lookup.poolId !== poolId)) return 'kept';
  const described = await billing.describeCustomer(customerId, { poolId, sub, email: null, name: null });
  if (described === 'deleted') return 'kept';
  log.warn('The metadata of a customer named no user any more; the user was written back.', {
    metric: 'customer_name_restored',
    customer_id: customerId,
    user_id: sub,
  });
  return 'restored';
}
