/** Finds the one subscription that a user can change: that which decides, of the user's own customers. */
import { type Ownership, ownershipOf } from '../account/ownership.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import {
  type RecordedCustomersServices,
  readRecordedCustomers,
  recordedIds,
} from '../account/recorded-customers.ts';
import { type ElsewhereServices, payerElsewhere } from '../checkout/payers.ts';
import type { Payer } from '../entitlement/answer.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { selectSubscriptions } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';

export interface FindServices extends RecordedCustomersServices, Pick<ElsewhereServices, 'policy' | 'clock'> {
  /** This stage's user pool. */
  readonly poolId: string;
}

export interface Records {
  readonly profile: Profile | undefined;
  readonly row: EntitlementRow | undefined;
}

export interface OwnSubscription {
  readonly kind: 'found';
  readonly subscriptionId: string;
  readonly customerId: string;
  readonly ownership: Ownership;
  /** How often the row was synced before Stripe was read. */
  readonly syncs: number;
}

export type Finding =
  | OwnSubscription
  | { readonly kind: 'no_subscription' }
  | { readonly kind: 'contradiction' }
  /** Several are billed. Which of them is meant, only a person can say. */
  | { readonly kind: 'several_subscriptions' }
  /** The user pays in an app store, or another writer has let the user in. */
  | { readonly kind: 'paid_elsewhere'; readonly payer: Payer };

/** Reads the profile and the row, in this order of Stripe's subscriptions: the version of the row is that of before. */
export async function readRecords(
  {
    profiles,
    entitlements,
  }: {
    readonly profiles: Pick<ProfileStore, 'read'>;
    readonly entitlements: Pick<EntitlementStore, 'read'>;
  },
  sub: string,
): Promise<Records> {
  const [profile, row] = await Promise.all([profiles.read(sub), entitlements.read(sub)]);
  return { profile, row };
}

export async function findSubscription(
  services: FindServices,
  sub: string,
  records: Records,
): Promise<Finding> {
  const { profile, row } = records;
  const recorded = recordedIds(records);
  const customers = await readRecordedCustomers(services, sub, {
    recorded,
    ofProfile: profile?.customerId ?? null,
  });
  const found = customers.flatMap(({ subscriptions, stamp }) =>
    subscriptions.map((subscription) => ({ subscription, stamp })),
  );
  const live = selectSubscriptions(found.map(({ subscription }) => subscription)).filter(
    ({ status }) => meaningOf(status).alive,
  );
  const [only, ...others] = live;
  if (others.length > 0) return { kind: 'several_subscriptions' };
  if (only === undefined) {
    const payer = payerElsewhere(services, row);
    if (payer !== undefined) return { kind: 'paid_elsewhere', payer };
    return { kind: recorded.length > 0 && customers.length === 0 ? 'contradiction' : 'no_subscription' };
  }
  const stamp = found.find(({ subscription }) => subscription.id === only.id)?.stamp ?? null;
  const { poolId } = services;
  const ownership = ownershipOf({ stamp: stamp ?? { sub: null, poolId: null }, sub, poolId, recorded: true });
  // Another stage shares the Stripe account, and its customers are not this one's to change.
  if (ownership === 'other_pool') return { kind: 'contradiction' };
  const { id: subscriptionId, customerId } = only;
  return { kind: 'found', subscriptionId, customerId, ownership, syncs: row?.syncs ?? 0 };
}
