/** Changes with `pending_if_incomplete`: they apply when their invoice is paid and are dropped after 23 hours. */
import type { Invoice } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { itemList, periodOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';

const PENDING_SECONDS = 23 * 3600;

/** Stores a change as `pending_update` until its invoice is paid. */
export function holdUpdate(
  world: World,
  subscription: Subscription,
  update: { invoice: string; items: readonly SubscriptionItem[]; anchor: number },
): Subscription {
  const { id } = subscription;
  world.store.pendingUpdates.put({ id: update.invoice, subscription: id, anchor: update.anchor });
  return changeSubscription(world, id, {
    patch: {
      latest_invoice: update.invoice,
      pending_update: {
        billing_cycle_anchor: null,
        cancel_at_period_end: null,
        discount: null,
        discounts: null,
        expires_at: expiryOf(world, subscription),
        metadata: null,
        subscription_items: update.items,
        trial_end: null,
        trial_from_plan: null,
      },
    },
    event: 'customer.subscription.updated',
  });
}

/** After 23 hours, or before that with the trial or the period for which the change was calculated. */
function expiryOf(world: World, subscription: Subscription): number {
  const { end } = periodOf(subscription);
  const ends = [end, subscription.trial_end ?? end].filter((at) => at > world.seconds());
  return Math.min(world.seconds() + PENDING_SECONDS, ...ends);
}

/** Drops the change that waits for an invoice which has become void. */
export function dropWithInvoice(world: World, invoice: Invoice): void {
  const pending = world.store.pendingUpdates.get(invoice.id);
  if (pending === undefined) return;
  world.store.pendingUpdates.drop(invoice.id);
  const dropped = changeSubscription(world, pending.subscription, {
    patch: { pending_update: null },
    event: 'customer.subscription.updated',
  });
  emit(world, 'customer.subscription.pending_update_expired', { object: dropped });
}

/** Applies the change that waits for this invoice. Returns whether there was one. */
export function applyAfterPayment(world: World, invoice: Invoice): boolean {
  const pending = world.store.pendingUpdates.get(invoice.id);
  if (pending === undefined) return false;
  world.store.pendingUpdates.drop(invoice.id);
  const subscription = world.store.subscriptions.get(pending.subscription);
  const items = subscription?.pending_update?.subscription_items;
  if (subscription === undefined || items === undefined) return true;
  const applied = changeSubscription(world, subscription.id, {
    patch: {
      billing_cycle_anchor: pending.anchor,
      items: itemList(subscription.id, items),
      pending_update: null,
    },
    event: 'customer.subscription.updated',
  });
  emit(world, 'customer.subscription.pending_update_applied', { object: applied });
  return true;
}

/** Drops an unpaid change and voids its invoice. */
export function dropPendingUpdate(world: World, { id }: Subscription): void {
  for (const invoice of world.store.invoices.where('subscription', id)) {
    if (world.store.pendingUpdates.get(invoice.id) === undefined) continue;
    world.store.pendingUpdates.drop(invoice.id);
    if (invoice.status !== 'open') continue;
    const status_transitions = { ...invoice.status_transitions, voided_at: world.seconds() };
    change(world, world.store.invoices, {
      id: invoice.id,
      patch: { status: 'void', auto_advance: false, next_payment_attempt: null, status_transitions },
      event: 'invoice.voided',
    });
  }
  const dropped = changeSubscription(world, id, {
    patch: { pending_update: null },
    event: 'customer.subscription.updated',
  });
  emit(world, 'customer.subscription.pending_update_expired', { object: dropped });
}
