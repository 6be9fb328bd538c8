/** Reads Stripe's events as the webhook does. */
import type { ChargeEvent, CustomerEvent, EventReading } from '../core/sync/stripe-event.ts';
import { noticesOf } from './actions/payments.ts';
import { CHARGE_PREFIX } from './worlds/billing.ts';
import type { StripeEvent } from './worlds/events.ts';
import { SUMMARY_UPDATED } from './worlds/features.ts';

export function eventOf(stripeEvent: StripeEvent): CustomerEvent | ChargeEvent {
  const { id, type, customerId, sub, formerSub, created, checkout, isOfPurchase } = stripeEvent;
  const includesReversal = type.startsWith('charge.');
  const request = {
    changedAt: created,
    sub,
    reassigned: type === 'customer.updated',
    formerSub,
    cause: { kind: 'stripe_event', id },
    customerDeleted: type === 'customer.deleted',
    includesReversal,
    includesFeatures: type === SUMMARY_UPDATED,
    ...noticesOf(type),
    ...(isOfPurchase ? { includesPurchases: true as const } : {}),
  } as const;
  return includesReversal
    ? { id, type, chargeId: `${CHARGE_PREFIX}${customerId}`, request }
    : { id, type, request: { ...request, customerId }, checkout };
}

export function readingOf(stripeEvent: StripeEvent): EventReading {
  const event = eventOf(stripeEvent);
  return 'chargeId' in event ? { kind: 'charge_event', event } : { kind: 'sync', event };
}
