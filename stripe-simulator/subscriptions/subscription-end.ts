/** Cancels and expires subscriptions. */

import { voidInvoice } from '../invoices/invoice-payment.ts';
import type { CancellationDetails, Subscription } from '../model/subscription.ts';
import { closeSchedule } from '../subscription-schedules/schedule-record.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { invoicesOf, openInvoicesOf } from './invoice-outcome.ts';
import { changeSubscription } from './subscription-record.ts';

/** Cancels a subscription immediately. */
export function endSubscription(
  world: World,
  subscription: Subscription,
  details: Partial<CancellationDetails>,
): Subscription {
  const now = world.seconds();
  // Open invoices and drafts keep their status, but are no longer collected.
  for (const invoice of invoicesOf(world, subscription.id)) {
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue;
    change(world, world.store.invoices, {
      id: invoice.id,
      patch: { auto_advance: false, next_payment_attempt: null },
      event: 'invoice.updated',
    });
  }
  closeSchedule(world, subscription.schedule, { unpaid: details.reason === 'payment_failed' });
  return changeSubscription(world, subscription.id, {
    patch: {
      status: 'canceled',
      canceled_at: subscription.canceled_at ?? now,
      cancellation_details: { ...subscription.cancellation_details, ...details },
      ended_at: now,
      pause_collection: null,
    },
    event: 'customer.subscription.deleted',
  });
}

/** Expires a subscription whose first invoice was not paid in time, and voids the invoice. */
export function expireIncomplete(world: World, subscription: Subscription): void {
  const now = world.seconds();
  closeSchedule(world, subscription.schedule);
  for (const invoice of openInvoicesOf(world, subscription.id)) voidInvoice(world, invoice.id, 'void');
  changeSubscription(world, subscription.id, {
    patch: { status: 'incomplete_expired', canceled_at: now, ended_at: now },
    event: 'customer.subscription.updated',
  });
}
