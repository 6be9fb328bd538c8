/** Finds rows without a profile, and rows that no listing of Stripe can show to be wrong. */
import { isTrialActive } from '../../entitlement/access.ts';
import {
  claimsOf,
  endsWithPeriod,
  isForeign,
  isKnownWriter,
  isReturned,
  isUnclear,
  mayContinue,
} from '../../entitlement/claims.ts';
import { withPlanKeys } from '../../entitlement/plan-keys.ts';
import { defaultRules, type PlanPolicy, ruleFor } from '../../entitlement/policy.ts';
import type { Claim, EntitlementRow } from '../../entitlement/row.ts';
import { isBoughtTwice } from '../../purchase/bought-twice.ts';
import { hasPurchase } from '../../stores/reflects.ts';
import { meaningOf } from '../../subscription/status.ts';
import { mayHavePurchases } from '../../sync/purchase-query.ts';
import { showsPurchases } from '../compare-purchases.ts';
import { scanResult } from '../page.ts';
import { isPaidTwice } from '../paid-twice.ts';
import {
  claimsDiffer,
  endPlan,
  type Plan,
  planStores,
  type RepairServices,
  repairPlan,
  repairUser,
  syncRequest,
  unchanged,
} from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';
import { driftOf, planRemoval, type RemovalDrift, removalReasons } from './store-removals.ts';

type Inconsistency =
  | 'row_provisional'
  | 'features_not_read'
  | 'foreign_row'
  | 'period_expired'
  | 'one_time_differs'
  | 'bought_twice'
  | 'purchases_differ'
  | 'paid_twice'
  | 'refunded_continues';

interface RowDrift extends DriftFacts {
  readonly reason: 'profile_missing' | Inconsistency;
  readonly row: EntitlementRow;
  readonly nowSeconds: number;
}

type RowServices = Pick<
  RepairServices,
  | 'billing'
  | 'profiles'
  | 'entitlements'
  | 'users'
  | 'provision'
  | 'sync'
  | 'stores'
  | 'syncStores'
  | 'removals'
>;

export const rows = defineCheck({
  name: 'rows',
  optIn: null,
  reads:
    'every entitlement row, the profile of its user, and what RevenueCat says about a purchase in it that is not over; the records of customers that RevenueCat still has to delete',
  reasons: {
    profile_missing: {
      meaning: 'The row’s user has no profile.',
      repair:
        'Creates the profile (`user_provisioned`). If Cognito does not know the user, the customers that the row lists are deleted behind [the gate](#what-is-ended), then the row and the customer at RevenueCat (`customer_deleted`, `row_removed`, `store_customer_deleted`).',
    },
    row_provisional: {
      meaning: 'A sync created the row and broke off before it confirmed the profile.',
      repair: 'Syncs the row (`synced`), or removes it if the user is being deleted (`row_removed`).',
    },
    features_not_read: {
      meaning: 'A sync could not read the features of the user for now.',
      repair: 'Syncs the row (`synced`).',
    },
    foreign_row: {
      meaning:
        'Another writer set the status, the plan or an end of the row; or a status that no one knows, an end that is no time, or a blank one.',
      repair:
        'Nothing (`needs_review`): what is written there counts until its own end. A backfill keeps it as a claim in addition to what Stripe says. A person corrects what no one can read.',
    },
    period_expired: {
      meaning: 'The status is a live one, and the paid period is over.',
      repair: 'Syncs the row (`synced`).',
    },
    one_time_differs: {
      meaning: 'The row shows another state of what the user has bought once than Stripe, or lacks it.',
      repair: 'Syncs the row with it (`synced`).',
    },
    bought_twice: {
      meaning:
        'The user has paid for one lifetime twice, or has a lifetime next to a subscription that will bill again.',
      repair:
        'Nothing (`needs_review`): a person finds out what the user wants to keep, and refunds or ends the other ([more](one-time-purchases.md#who-pays-twice)).',
    },
    purchases_differ: {
      meaning: 'The row shows another state of a purchase in an app store than RevenueCat.',
      repair: 'Syncs the purchases of the user (`synced`).',
    },
    paid_twice: {
      meaning:
        'Two payers will bill the user again: Stripe and an app store, two stores, or one of them and what another writer set in the row.',
      repair:
        'Nothing (`needs_review`): a person finds out which one the user wants to keep. Only the user can end a subscription in a store.',
    },
    refunded_continues: {
      meaning:
        'The payment for the current period went back to the user, by a refund or a lost dispute, and the subscription continues: it gives no access and will bill again.',
      repair:
        'Nothing (`needs_review`): a person cancels the subscription, or leaves it. The user can buy again in the meantime; then it ends with its period ([checkout](checkout.md#after-a-refund)).',
    },
    ...removalReasons,
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
  nowSeconds,
  policy = { rules: defaultRules, plans: {} },
}: ScanRequest<'rows' | 'profilesOf'>): Promise<ScanResult<RowDrift | RemovalDrift>> {
  const page = await listings.rows(cursor);
  const profiles = await listings.profilesOf(page.items.map(({ sub }) => sub));
  const found = scanResult(page, (row): RowDrift | undefined => {
    const { sub } = row;
    const reason =
      (profiles.has(sub) ? undefined : 'profile_missing') ??
      inconsistencyOf(row, nowSeconds) ??
      (isPaidTwice(row, nowSeconds) ? 'paid_twice' : undefined) ??
      (continuesReturned(row, policy) ? 'refunded_continues' : undefined) ??
      (isBoughtTwice(row) ? 'bought_twice' : undefined) ??
      // Only Stripe knows whether it differs, and it is asked one user at a time.
      (mayHavePurchases(row) ? 'one_time_differs' : undefined) ??
      // Only RevenueCat knows whether it differs, and it is asked one user at a time.
      (hasPurchase(row) ? 'purchases_differ' : undefined);
    return reason === undefined ? undefined : { reason, subjectId: sub, sub, row, nowSeconds };
  });
  return { ...found, drifts: [...found.drifts, ...(page.removals ?? []).map(driftOf)] };
}

/** Whether a subscription will bill again although its payment, and with it the access, went back. */
function continuesReturned(row: EntitlementRow, general: PlanPolicy): boolean {
  const policy = withPlanKeys(general, row.planKeys);
  return claimsOf(row).some((claim) => {
    const { source, stripeStatus, reversal, plan } = claim;
    if (source !== 'stripe' || stripeStatus !== 'active' || !isReturned(reversal)) return false;
    return !endsWithPeriod(claim) && ruleFor(policy, reversal, plan) !== 'granted';
  });
}

/** Returns why a row must be synced although no listed subscription contradicts it. */
function inconsistencyOf(row: EntitlementRow, nowSeconds: number): Inconsistency | undefined {
  if (row.provisional) return 'row_provisional';
  if (row.featuresUnread === true) return 'features_not_read';
  if (claimsOf(row).some((claim) => isExpired(claim, nowSeconds))) return 'period_expired';
  if (claimsOf(row).some(isUnclear)) return 'foreign_row';
  // What has ended by itself needs no one, and a known writer may go on writing.
  const isNew = isForeign(row) && !isKnownWriter(row) && mayContinue(row, nowSeconds);
  return isNew ? 'foreign_row' : undefined;
}

function isExpired(claim: Claim, nowSeconds: number): boolean {
  const { source, stripeStatus, currentPeriodEnd } = claim;
  if (source !== 'stripe' || stripeStatus === 'paused' || !meaningOf(stripeStatus ?? '').alive) return false;
  return currentPeriodEnd !== null && currentPeriodEnd < nowSeconds && !isTrialActive(claim, nowSeconds);
}

const review = repairPlan('needs_review', async () => 'needs_review');

/** What a sync with Stripe repairs. */
const ofStripe: ReadonlySet<RowDrift['reason']> = new Set([
  'profile_missing',
  'row_provisional',
  'features_not_read',
  'period_expired',
]);

/** A row has one reason, and its purchases may differ too. Stripe may not repair its own for weeks, such as a period that is over. */
async function plan(services: RowServices, drift: RowDrift | RemovalDrift): Promise<Plan> {
  if (drift.reason === 'store_customer_remains') return planRemoval(services, drift);
  const stores = await planPurchases(services, drift);
  if (stores.kind !== 'unchanged' && stores.kind !== 'upkeep') return stores;
  if (ofStripe.has(drift.reason)) return renewing(stores, await planSync(services, drift.row));
  // What differs is repaired first, since a purchase that went back is none.
  const bought = await planBought(services, drift.row);
  if (bought !== unchanged) return renewing(stores, bought);
  if (drift.reason === 'one_time_differs') return stores;
  return drift.reason === 'purchases_differ' ? stores : renewing(stores, review);
}

/** What only has to be renewed hides no other reason. */
function renewing(stores: Plan, plan: Plan): Plan {
  if (stores.kind !== 'upkeep') return plan;
  if (plan.kind === 'unchanged') return stores;
  if (plan.kind !== 'repair') return plan;
  return repairPlan(plan.action, async () => {
    await stores.run();
    return plan.run();
  });
}

/** Asks Stripe what the user has bought once, if anything can have been, and syncs the user if the row does not show it. */
async function planBought(services: RowServices, row: EntitlementRow): Promise<Plan> {
  if (await showsPurchases(services, row)) return unchanged;
  return repairPlan('synced', async () => {
    const [customerId] = row.customerIds;
    if (customerId === undefined) return 'unchanged';
    const request = { ...syncRequest(customerId, row.sub), includesPurchases: true } as const;
    return (await services.sync(request)).kind === 'written' ? 'synced' : 'unchanged';
  });
}

async function planPurchases(services: RowServices, { reason, row, nowSeconds }: RowDrift): Promise<Plan> {
  if (reason === 'profile_missing' || !hasPurchase(row)) return unchanged;
  try {
    return await planStores(services, { sub: row.sub, nowSeconds });
  } catch (cause) {
    // RevenueCat does not hold up what concerns Stripe. The check of its customers reports the failure.
    if (ofStripe.has(reason)) return unchanged;
    throw cause;
  }
}

async function planSync(services: RowServices, row: EntitlementRow): Promise<Plan> {
  const { sub } = row;
  const profile = await services.profiles.read(sub);
  if (profile === undefined) {
    const user = await services.users.readUser({ sub, username: null });
    if (user === undefined) return endPlan({ kind: 'row', sub });
    return repairPlan('user_provisioned', () => repairUser(services, user));
  }
  const customerId = row.customerIds[0] ?? profile.customerId;
  if (customerId === null || profile.deletion !== null) return unchanged;
  return repairPlan('synced', async () => {
    await services.sync(syncRequest(customerId, sub));
    const after = await services.entitlements.read(sub);
    if (after === undefined) return 'row_removed';
    const isCompleted = row.provisional !== after.provisional || row.featuresUnread !== after.featuresUnread;
    return isCompleted || claimsDiffer(after, row) ? 'synced' : 'unchanged';
  });
}
