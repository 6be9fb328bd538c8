/** Converts between the entitlement row and its item. Attributes are snake_case, except the older `updatedAt`. */
import type { EntitlementRow, EntitlementState, PlanKeys, SyncState } from '../../core/entitlement/row.ts';
import { flagAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { isBlank, isoTextAt, isUnreadable, secondsAt, textsAt } from './attributes.ts';
import { billingFactsAttribute, billingFactsIn } from './billing-facts-item.ts';
import { accessStateIn, claimsAttribute, claimsIn, orderAttributes, orderIn } from './claim-item.ts';
import { historyAttribute, historyIn } from './history-item.ts';
import { syncAttributes, syncIn } from './sync-item.ts';

const sharedTimes = ['current_period_end', 'trial_expires_at'] as const;

/**
 * What must be unchanged in addition to the version. Other writers raise no version. A row that is removed and created again begins
 * with the same one, at another time.
 */
const fencedAttributes = ['status', 'plan', ...sharedTimes, 'provisional', 'updatedAt'] as const;

export function rowOf(sub: string, item: UnknownRecord): EntitlementRow {
  return {
    sub,
    ...accessStateIn(item),
    status: statusIn(item),
    ...orderIn(item),
    ...platformIn(item),
    ...soldOnceIn(item),
    trialStartedAt: isoTextAt(item, 'trial_started_at'),
    features: textsAt(item, 'features'),
    updatedAt: textAt(item, 'updatedAt'),
    ...syncIn(item),
    storesSyncedAt: secondsAt(item, 'stores_synced_at'),
    customerIds: textsAt(item, 'stripe_customer_ids') ?? [],
    formerCustomerIds: textsAt(item, 'former_stripe_customer_ids') ?? [],
    billingFacts: billingFactsIn(item),
    provisional: flagAt(item, 'provisional') ?? false,
    planKeys: planKeysIn(item),
    history: historyIn(item),
    claims: claimsIn(item),
    unreadable: isUnreadable(item, endOf(item)),
    ...(isBlank(item[endOf(item)]) ? { blankEnd: true } : {}),
    fence: {
      version: item['version'],
      attributes: Object.fromEntries(fencedAttributes.map((name) => [name, item[name]])),
    },
  };
}

function timesOf(state: EntitlementState): UnknownRecord {
  return { current_period_end: state.currentPeriodEnd, trial_expires_at: state.trialExpiresAt };
}

/** The end that counts for the status. */
function endOf(item: UnknownRecord): (typeof sharedTimes)[number] {
  const [ofTrial, ofPeriod] = [item['trial_expires_at'] ?? null, item['current_period_end'] ?? null];
  const isOfTrial = ofTrial !== null && (!isBlank(ofTrial) || ofPeriod === null);
  return textAt(item, 'status') === 'trialing' && isOfTrial ? 'trial_expires_at' : 'current_period_end';
}

function platformIn(item: UnknownRecord): Pick<EntitlementRow, 'platform'> {
  const platform = textAt(item, 'platform');
  return platform === null ? {} : { platform };
}

function soldOnceIn(item: UnknownRecord): Pick<EntitlementRow, 'soldOnceSince'> {
  const soldOnceSince = secondsAt(item, 'sold_once_since');
  return soldOnceSince === null ? {} : { soldOnceSince };
}

/** What is no text is a status that no one knows, rather than none: other code has meant something by it. */
function statusIn(item: UnknownRecord): string {
  const value = item['status'];
  if (value === undefined || value === null || typeof value === 'string')
    return textAt(item, 'status') ?? 'none';
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : 'unknown';
}

/** Returns every attribute that this service owns but the version, `null` where it has no value. Others are not touched. */
export function attributesOf(
  state: EntitlementState & SyncState,
  stored: Pick<EntitlementRow, 'unreadable'> = { unreadable: false },
): Readonly<Record<string, unknown>> {
  return {
    status: state.status,
    plan: state.plan,
    // What no one can read stays as it is, for the person who corrects it. An end of something else does not.
    ...(state.unreadable === true && stored.unreadable ? {} : timesOf(state)),
    ...orderAttributes(state),
    cancel_at: state.cancelAt,
    past_due_since: state.pastDueSince,
    subscription_id: state.subscriptionId,
    stripe_status: state.stripeStatus,
    collection_paused: state.collectionPaused ? true : null,
    payment_pending: state.paymentPending === true ? true : null,
    reversal: state.reversal,
    features: state.features === null ? null : [...state.features],
    ...syncAttributes(state),
    stores_synced_at: state.storesSyncedAt,
    stripe_customer_ids: state.customerIds.length > 0 ? [...state.customerIds] : null,
    former_stripe_customer_ids: state.formerCustomerIds.length > 0 ? [...state.formerCustomerIds] : null,
    billing_facts: billingFactsAttribute(state.billingFacts),
    provisional: state.provisional ? true : null,
    plan_keys: planKeysAttribute(state.planKeys),
    history: historyAttribute(state.history),
    claims: claimsAttribute(state.claims),
  };
}

function planKeysIn(item: UnknownRecord): PlanKeys {
  const map = recordAt(item, 'plan_keys') ?? {};
  return Object.fromEntries(Object.keys(map).map((plan) => [plan, textsAt(map, plan) ?? []]));
}

function planKeysAttribute(planKeys: PlanKeys): UnknownRecord | null {
  const entries = Object.entries(planKeys).map(([plan, keys]) => [plan, [...keys]]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
