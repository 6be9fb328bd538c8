/** Ends a subscription for good. */
import type { CancellationDetails, Subscription } from '../model/subscription.ts';
import { change, type World } from '../world.ts';
import { changeSubscription } from './subscription-record.ts';
import { openInvoicesOf } from './subscription-standing.ts';

export function endSubscription(
  world: World,
  subscription: Subscription,
  details: Partial<CancellationDetails>,
): Subscription {
  const now = world.seconds();
  // Open invoices stay open, but nobody collects them any more.
  for (const invoice of openInvoicesOf(world, subscription.id)) {
    change(world, world.store.invoices, {
      id: invoice.id,
      patch: { auto_advance: false, next_payment_attempt: null },
      event: 'invoice.updated',
    });
  }
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
