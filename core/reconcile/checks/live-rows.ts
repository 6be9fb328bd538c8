/** Asks Stripe about rows with a live subscription, since a listing shows neither what Stripe does not have nor features. */
import { customerNotInAccount } from '../../billing/customer-not-in-account.ts';
import { claimsOf } from '../../entitlement/claims.ts';
import type { EntitlementRow } from '../../entitlement/row.ts';
import { isOfThisProduct } from '../../subscription/select.ts';
import { meaningOf } from '../../subscription/status.ts';
import { scanResult } from '../page.ts';
import {
  claimsDiffer,
  type Plan,
  type RepairServices,
  repairPlan,
  syncRequest,
  unchanged,
} from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface LiveRow extends DriftFacts {
  readonly reason: 'stripe_differs';
  readonly sub: string;
}

type LiveRowServices = Pick<RepairServices, 'billing' | 'profiles' | 'entitlements' | 'sync'>;

export const liveRows = defineCheck({
  name: 'live_rows',
  optIn: null,
  reads: 'every entitlement row; Stripe is asked about a share of those with a live subscription in each run',
  reasons: {
    stripe_differs: {
      meaning:
        'The row shows a live subscription that no customer of its user has, because the customer was deleted by hand or Stripe never had it; or its features differ from Stripe’s.',
      repair:
        'Syncs the row (`synced`): what other writers gave stays. If Stripe has never known any of the customers, the key may be of another account or mode, so nothing changes (`failed`, `customer_not_in_account`). A row without any customer is left to a person (`needs_review`).',
    },
  },
  scan,
  plan,
});

/** Two runs a day ask about each row once in about two weeks. The number is odd, so that one run a day asks about all of them. */
export const LIVE_ROW_SHARES = 29;
const SHARE_SECONDS = 12 * 3_600;

async function scan({ listings, cursor, nowSeconds }: ScanRequest<'rows'>): Promise<ScanResult<LiveRow>> {
  const page = await listings.rows(cursor);
  // A small table costs no more than one page of questions.
  const isWhole = cursor === null && page.next === null;
  return scanResult(page, (row) => {
    const { sub } = row;
    const isAsked = liveIn(row).length > 0 && (isWhole || isDue(sub, nowSeconds));
    return isAsked ? { reason: 'stripe_differs', subjectId: sub, sub } : undefined;
  });
}

function isDue(sub: string, nowSeconds: number): boolean {
  let hash = 0;
  for (const character of sub) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return hash % LIVE_ROW_SHARES === Math.floor(nowSeconds / SHARE_SECONDS) % LIVE_ROW_SHARES;
}

/** Returns the live subscriptions that the row shows. */
function liveIn(row: EntitlementRow): readonly (string | null)[] {
  const live = claimsOf(row).filter(
    ({ source, stripeStatus }) => source === 'stripe' && meaningOf(stripeStatus ?? '').alive,
  );
  return live.map(({ subscriptionId }) => subscriptionId);
}

async function plan(services: LiveRowServices, { sub }: LiveRow): Promise<Plan> {
  const row = await services.entitlements.read(sub);
  const profile = await services.profiles.read(sub);
  // The check of the rows is responsible for a row without a profile, and for one that is not confirmed.
  if (row === undefined || row.provisional || profile === undefined || profile.deletion !== null)
    return unchanged;
  if (liveIn(row).length === 0) return unchanged;
  const ofProfile = profile.customerId === null ? [] : [profile.customerId];
  const customerIds = [...new Set([...row.customerIds, ...ofProfile])];
  if (customerIds.length === 0) return { kind: 'review' };
  const known = await readKnown(services, customerIds);
  if (!known.differs(row)) return unchanged;
  return repairPlan('synced', async () => {
    await services.sync(syncRequest(known.customerId, sub));
    const after = await services.entitlements.read(sub);
    const isChanged =
      after !== undefined && (claimsDiffer(after, row) || featuresDiffer(after, row.features));
    return isChanged ? 'synced' : 'unchanged';
  });
}

/** Reads what Stripe has, and through which customer a sync can be sure that the key is of the right account. */
async function readKnown(
  { billing }: Pick<LiveRowServices, 'billing'>,
  customerIds: readonly string[],
): Promise<{ readonly customerId: string; readonly differs: (row: EntitlementRow) => boolean }> {
  const lists = await Promise.all(
    customerIds.map(async (id) => ({ id, list: await billing.listSubscriptions(id) })),
  );
  const existing = lists.flatMap(({ id, list }) => (list === 'missing' ? [] : [{ id, ...list }]));
  const customerId = existing[0]?.id ?? (await firstDeleted(billing, customerIds));
  if (customerId === undefined) throw customerNotInAccount('list subscriptions');
  const subscriptions = existing.flatMap((list) => list.subscriptions).filter(isOfThisProduct);
  const ids = new Set<string | null>(subscriptions.map(({ id }) => id));
  const live = subscriptions.filter(({ status }) => meaningOf(status).alive);
  const paying = [...new Set(live.map((subscription) => subscription.customerId))];
  const answers = await Promise.all(paying.map((id) => billing.listFeatures(id)));
  const features = answers.includes('unavailable')
    ? null
    : answers.flatMap((one) => (one === 'unavailable' ? [] : one));
  const sorted = features === null ? null : [...new Set(features)].sort((a, b) => (a < b ? -1 : 1));
  return {
    customerId,
    differs: (row) =>
      liveIn(row).some((id) => !ids.has(id)) || (sorted !== null && featuresDiffer(row, sorted)),
  };
}

function featuresDiffer(
  { features }: Pick<EntitlementRow, 'features'>,
  now: readonly string[] | null,
): boolean {
  return JSON.stringify(features) !== JSON.stringify(now);
}

/** Stripe still knows a customer that was deleted. One that was never there means a key of another account or mode. */
async function firstDeleted(
  billing: LiveRowServices['billing'],
  customerIds: readonly string[],
): Promise<string | undefined> {
  for (const id of customerIds) {
    if ((await billing.retrieveCustomer(id)).kind !== 'missing') return id;
  }
  return undefined;
}
