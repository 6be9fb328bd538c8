/** Converts a Stripe subscription, in the format before or since 2025-03-31.basil, to the domain's subscription. */

import { roleIn } from '../../core/catalogue/terms.ts';
import { hasEnded } from '../../core/subscription/status.ts';
import type { Subscription, SubscriptionItem } from '../../core/subscription/subscription.ts';
import { integerAt, recordAt, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { entriesAt, idAt, secondsAt, unknownShape } from './json.ts';

export function readSubscription(
  json: UnknownRecord,
  items: readonly UnknownRecord[] = embeddedItems(json) ?? [],
): Subscription {
  const id = textAt(json, 'id');
  const customerId = idAt(json, 'customer');
  const status = textAt(json, 'status');
  if (id === null || customerId === null || status === null) {
    throw unknownShape('read subscription', 'a subscription with an id, a customer and a status');
  }
  const read = items.map(readItem).filter((item) => item !== undefined);
  // Without any, it would be paid for nothing, and without an end.
  if (items.length > 0 && read.length === 0 && !hasEnded(status)) {
    throw unknownShape('read subscription', 'an item with a price');
  }
  return {
    id,
    customerId,
    status,
    createdAt: secondsAt(json, 'created') ?? 0,
    items: read,
    periodStart: secondsAt(json, 'current_period_start'),
    periodEnd: secondsAt(json, 'current_period_end'),
    trialEnd: secondsAt(json, 'trial_end'),
    cancelAtPeriodEnd: json['cancel_at_period_end'] === true,
    cancelAt: secondsAt(json, 'cancel_at'),
    endedAt: secondsAt(json, 'ended_at'),
    collectionPaused: recordAt(json, 'pause_collection') !== null,
    ...(isPaymentPending(json) ? { paymentPending: true } : {}),
    paymentMethodId: methodIn(json),
    latestInvoiceId: idAt(json, 'latest_invoice'),
  };
}

/**
 * Stripe calls a subscription active while a bank debit for its first invoice is on its way, which takes days. A first invoice that
 * failed, or that the customer has not confirmed, leaves it incomplete. Only an expanded invoice says anything.
 */
function isPaymentPending(json: UnknownRecord): boolean {
  const invoice = recordAt(json, 'latest_invoice');
  return (
    textAt(json, 'status') === 'active' &&
    recordAt(json, 'pause_collection') === null &&
    textAt(invoice, 'status') === 'open' &&
    textAt(invoice, 'billing_reason') === 'subscription_create' &&
    textAt(invoice, 'collection_method') === 'charge_automatically'
  );
}

/** That of the customer shows only where the customer is expanded. */
function methodIn(json: UnknownRecord): string | null {
  const customer = recordAt(json, 'customer');
  return (
    idAt(json, 'default_payment_method') ??
    idAt(json, 'default_source') ??
    idAt(recordAt(customer, 'invoice_settings'), 'default_payment_method') ??
    idAt(customer, 'default_source')
  );
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
    createdAt: secondsAt(json, 'created') ?? 0,
    periodStart: secondsAt(json, 'current_period_start'),
    periodEnd: secondsAt(json, 'current_period_end'),
  };
}

/**
 * Returns the items in the subscription itself. Null: they are not all there, or cannot be read. Nothing depends on those of a
 * subscription that has ended.
 */
export function embeddedItems(json: UnknownRecord): readonly UnknownRecord[] | null {
  const list = recordAt(json, 'items');
  const data = valueAt(list, 'data');
  const entries = entriesAt(json, 'items');
  if (hasEnded(textAt(json, 'status') ?? '')) return entries;
  const isWhole = Array.isArray(data) && data.length === entries.length && list?.['has_more'] !== true;
  return isWhole && (entries.length === 0 || entries.some((item) => readItem(item) !== undefined))
    ? entries
    : null;
}
