/** Reads the customers that a user's profile and row name, with their subscriptions, without those of another user. */
import type { SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { Log } from '../system/log.ts';
import { withNamedOwner } from './named-owner.ts';
import { type CustomerStamp, reportContradiction } from './ownership.ts';
import type { Profile } from './profile.ts';

export interface RecordedCustomersServices {
  readonly billing: SubscriptionReader;
  readonly log: Log;
}

export interface RecordedCustomer {
  readonly id: string;
  readonly subscriptions: readonly Subscription[];
  /** What its own metadata say, or where they name no one, a live subscription of it. Null: it is deleted. */
  readonly stamp: CustomerStamp | null;
}

/** Returns the customers that the records name, each once, that of the profile first. */
export function recordedIds({
  profile,
  row,
}: {
  readonly profile: Profile | undefined;
  readonly row: EntitlementRow | undefined;
}): readonly string[] {
  const own = profile?.customerId ?? null;
  return [...new Set([...(own === null ? [] : [own]), ...(row?.customerIds ?? [])])];
}

/** Returns the customers without those that name another user, or, where they name none, whose subscriptions do. */
export async function readRecordedCustomers(
  { billing, log }: RecordedCustomersServices,
  sub: string,
  { recorded, ofProfile }: { readonly recorded: readonly string[]; readonly ofProfile: string | null },
): Promise<readonly RecordedCustomer[]> {
  const read = recorded.map(async (id): Promise<readonly RecordedCustomer[]> => {
    const list = await billing.listSubscriptions(id);
    if (list === 'missing') return [{ id, subscriptions: [], stamp: null }];
    const { subscriptions } = list;
    // Without an owner the list is empty or the customer is deleted, so no subscription names one.
    const owner =
      list.owner === null
        ? await billing.retrieveCustomer(id)
        : await withNamedOwner(billing, { customerId: id, sub }, list.owner);
    if (!('sub' in owner)) return [{ id, subscriptions, stamp: null }];
    const { sub: namedSub, poolId } = owner;
    if (namedSub === null || namedSub === sub)
      return [{ id, subscriptions, stamp: { sub: namedSub, poolId } }];
    const source = id === ofProfile ? 'profile' : 'row';
    reportContradiction(log, { customerId: id, sub: namedSub, otherSub: sub, source });
    return [];
  });
  return (await Promise.all(read)).flat();
}
