/** Finds subscriptions that a row does not reflect, and users with two live subscriptions. */
import { claimsOf } from '../../entitlement/claims.ts';
import { isOfThisProduct } from '../../subscription/select.ts';
import { meaningOf } from '../../subscription/status.ts';
import { compareSubscription, type Difference, hasReturned } from '../compare-subscription.ts';
import type { ListedSubscription } from '../listings.ts';
import { scanResult } from '../page.ts';
import { onlyOwner, type RecordedOwnerListings, recordedOwners } from '../recorded-owners.ts';
import {
  type Plan,
  planCustomer,
  type RepairServices,
  repairPlan,
  syncRequest,
  unchanged,
} from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface SubscriptionDrift extends DriftFacts {
  readonly reason: Difference | 'owner_contradiction';
  readonly namedSub: string | null;
  readonly customer: { readonly id: string; readonly sub: string };
}

export const subscriptions = defineCheck({
  name: 'subscriptions',
  optIn: null,
  reads: 'every Stripe subscription, ended ones included, and the row of its user',
  reasons: {
    row_differs: {
      meaning: 'The row shows another state of its subscription than Stripe.',
      repair: 'Syncs the row (`synced`).',
    },
    row_missing: {
      meaning: 'A live subscription belongs to a user without an entitlement row.',
      repair:
        'Provisions and syncs the user (`user_provisioned` or `synced`). If Cognito does not know the user, the customer is deleted behind [the gate](#what-is-ended), which cancels its subscriptions (`customer_deleted`), and what its own checkout sold and no one used is refunded (`refunded`).',
    },
    subscription_not_synced: {
      meaning:
        'The user has a subscription that the row does not reflect: it is newer, ranks higher, or ended after the last sync.',
      repair: 'Syncs the row (`synced`).',
    },
    customer_not_synced: {
      meaning: 'The subscription belongs to a customer of the user that the row does not list.',
      repair: 'Syncs the row with that customer (`synced`).',
    },
    owner_contradiction: {
      meaning: 'The subscription’s own metadata name another user than its customer’s metadata.',
      repair:
        'Syncs both users: the customer’s metadata decide who gets the access. Nothing is ended, and a person decides (`needs_review`); see [owner-contradicted](runbook.md#owner-contradicted).',
    },
    two_live_subscriptions: {
      meaning: 'The user has two live subscriptions and pays twice.',
      repair:
        'Syncs the row, and cancels nothing: a person decides which subscription ends and what is refunded (`needs_review`).',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
  planOrder,
}: ScanRequest<'subscriptions' | RecordedOwnerListings>): Promise<ScanResult<SubscriptionDrift>> {
  const page = await listings.subscriptions(cursor);
  const recorded = await recordedOwners(
    listings,
    page.items.filter(({ unnamed }) => unnamed).map(({ subscription }) => subscription.customerId),
  );
  const ownerOf = ({ sub, namedSub, subscription: { customerId, status } }: ListedSubscription) =>
    // A live subscription that names a user decides before the records of another one.
    sub ?? (namedSub !== null && meaningOf(status).alive ? null : (onlyOwner(recorded, customerId) ?? null));
  const subs = page.items.map(ownerOf).filter((sub) => sub !== null);
  const rows = await listings.rowsOf([...new Set(subs)]);
  return scanResult(page, (listed) => {
    const { subscription, namedSub } = listed;
    const sub = ownerOf(listed);
    if (sub === null) return undefined;
    const contradicted = namedSub !== null && namedSub !== sub && meaningOf(subscription.status).alive;
    const reason =
      compareSubscription(rows.get(sub), subscription, planOrder) ??
      (contradicted ? ('owner_contradiction' as const) : undefined);
    if (reason === undefined) return undefined;
    const subjectId = reason === 'owner_contradiction' ? `${sub},${namedSub ?? ''}` : sub;
    return { reason, subjectId, sub, namedSub, customer: { id: subscription.customerId, sub } };
  });
}

/** Asks Stripe, because the row that the listing was compared with may be out of date. */
async function hasTwoLive(
  { entitlements, billing }: Pick<RepairServices, 'entitlements' | 'billing'>,
  customer: { readonly id: string; readonly sub: string },
): Promise<boolean> {
  const row = await entitlements.read(customer.sub);
  const returned = row === undefined ? [] : claimsOf(row).filter(hasReturned);
  const returnedIds = new Set(returned.map(({ subscriptionId }) => subscriptionId));
  let live = 0;
  for (const id of new Set([...(row?.customerIds ?? []), customer.id])) {
    const list = await billing.listSubscriptions(id);
    const listed = list === 'missing' ? [] : list.subscriptions;
    const counted = listed.filter((one) => isOfThisProduct(one) && !returnedIds.has(one.id));
    live += counted.filter(({ status }) => meaningOf(status).alive).length;
  }
  return live > 1;
}

async function plan(
  services: RepairServices,
  { reason, customer, namedSub }: SubscriptionDrift,
): Promise<Plan> {
  if (reason === 'owner_contradiction') {
    return repairPlan('needs_review', async () => {
      await services.sync(syncRequest(customer.id, namedSub));
      return 'needs_review';
    });
  }
  if (reason !== 'two_live_subscriptions') return planCustomer(services, customer);
  if (!(await hasTwoLive(services, customer))) return unchanged;
  return repairPlan('needs_review', async () => {
    // The row may still be out of date: only a sync shows what both subscriptions grant together.
    await services.sync(syncRequest(customer.id, customer.sub));
    return 'needs_review';
  });
}
