/** Converts a Stripe subscription, in the format before or since 2025-03-31.basil, to the domain's subscription. */
import {
  type PriceRole,
  priceRoles,
  type Subscription,
  type SubscriptionItem,
} from '../../core/subscription/subscription.ts';
import { Fault } from '../../core/system/fault.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { entriesAt, idAt } from './json.ts';

export function readSubscription(
  json: UnknownRecord,
  items: readonly UnknownRecord[] = entriesAt(json, 'items'),
): Subscription {
  const id = textAt(json, 'id');
  const customerId = idAt(json, 'customer');
  const status = textAt(json, 'status');
  if (id === null || customerId === null || status === null) {
    throw new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'read subscription' });
  }
  return {
    id,
    customerId,
    status,
    createdAt: integerAt(json, 'created') ?? 0,
    items: items.map(readItem).filter((item) => item !== undefined),
    periodStart: integerAt(json, 'current_period_start'),
    periodEnd: integerAt(json, 'current_period_end'),
    trialEnd: integerAt(json, 'trial_end'),
    cancelAtPeriodEnd: json['cancel_at_period_end'] === true,
    cancelAt: integerAt(json, 'cancel_at'),
    endedAt: integerAt(json, 'ended_at'),
    collectionPaused: recordAt(json, 'pause_collection') !== null,
  };
}

function readItem(json: UnknownRecord): SubscriptionItem | undefined {
  // Old API versions have `plan` instead of `price`, with the same ids.
  const price = recordAt(json, 'price') ?? recordAt(json, 'plan');
  const priceId = idAt(json, 'price') ?? idAt(json, 'plan');
  if (priceId === null) return undefined;
  const usageType = textAt(recordAt(price, 'recurring'), 'usage_type') ?? textAt(price, 'usage_type');
  return {
    id: textAt(json, 'id') ?? priceId,
    priceId,
    keys: [textAt(price, 'lookup_key'), price === null ? null : idAt(price, 'product')].filter(
      (key) => key !== null,
    ),
    metered: usageType === 'metered',
    role: roleIn(price),
    quantity: integerAt(json, 'quantity'),
    createdAt: integerAt(json, 'created') ?? 0,
    periodStart: integerAt(json, 'current_period_start'),
    periodEnd: integerAt(json, 'current_period_end'),
  };
}

/** Returns what the price is for. Another text counts as none: a typing error must not make a plan disappear. */
export function roleIn(price: UnknownRecord | null): PriceRole | null {
  const text = textAt(recordAt(price, 'metadata'), 'predixa_role');
  return priceRoles.find((role) => role === text) ?? null;
}

/** Returns whether the subscription has more items than its embedded list contains. */
export function hasMoreItems(json: UnknownRecord): boolean {
  return recordAt(json, 'items')?.['has_more'] === true;
}
