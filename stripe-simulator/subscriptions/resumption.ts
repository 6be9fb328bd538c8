/** Pauses and resumes subscriptions. Resuming may require the payment of an invoice. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { inFull } from '../invoices/invoice-lines.ts';
import { finalizeInvoice, voidInvoice } from '../invoices/invoice-payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { pausedDetails, periodAfter } from './renewal.ts';
import { completeResumption } from './resumption-outcome.ts';
import { inPeriod, periodOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';

export interface ResumeInput {
  readonly anchor: 'now' | 'unchanged';
  readonly behavior: 'resume_on_payment_attempt' | 'resume_on_payment_success';
}

export function pauseSubscription(world: World, { id }: Subscription): Subscription {
  return changeSubscription(world, id, {
    patch: { status: 'paused', status_details: pausedDetails(world, 'pause_requested') },
    event: 'customer.subscription.paused',
  });
}

export function resumeSubscription(
  world: World,
  subscription: Subscription,
  input: ResumeInput,
): Subscription {
  const now = world.seconds();
  const { end } = periodOf(subscription);
  const anchor = input.anchor === 'now' ? now : subscription.billing_cycle_anchor;
  // The paid period has not ended, so there is nothing to bill.
  if (input.anchor === 'unchanged' && end > now) {
    return completeResumption(world, subscription, { status: 'active', anchor, items: subscription.items });
  }
  const items = inPeriod(subscription, periodAfter({ ...subscription, billing_cycle_anchor: anchor }, now));
  const { customer, id } = subscription;
  const invoice = draftInvoice(world, {
    customer,
    subscription,
    billingReason: 'subscription_cycle',
    currency: subscription.currency,
    billed: inFull(items.data),
    pendingItems: pendingItemsOf(world, { customer, subscription: id }),
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.days_until_due,
  });
  world.store.resumptions.put({ id: invoice.id, subscription: id, behavior: input.behavior, anchor, items });
  changeSubscription(world, id, {
    patch: { latest_invoice: invoice.id },
    event: 'customer.subscription.updated',
  });
  const open = finalizeInvoice(world, invoice.id);
  // The attempt is not part of the request. It follows at the next tick of the clock.
  if (open.status === 'open' && open.collection_method === 'charge_automatically') {
    change(world, world.store.invoices, { id: open.id, patch: { next_payment_attempt: now } });
  }
  return world.store.subscriptions.get(id) ?? subscription;
}

/** Ends an unpaid resumption: the invoice is voided and the subscription stays paused. */
export function expireResumption(world: World, invoiceId: string): void {
  const resumption = world.store.resumptions.get(invoiceId);
  if (resumption === undefined) return;
  world.store.resumptions.drop(invoiceId);
  voidInvoice(world, invoiceId, 'void');
}
