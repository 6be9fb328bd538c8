/** Applies the payment of a resumption's invoice: the subscription resumes or stays paused. */
import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { changeSubscription } from './subscription-record.ts';

export function completeResumption(
  world: World,
  { id }: Subscription,
  state: { status: string; anchor: number; items: Subscription['items'] },
): Subscription {
  const { status, anchor, items } = state;
  return changeSubscription(world, id, {
    patch: { status, billing_cycle_anchor: anchor, items, status_details: null },
    event: 'customer.subscription.resumed',
  });
}

/** Resumes the subscription that waits for this invoice. Returns whether there was one. */
export function resumeAfterPayment(world: World, invoice: Invoice): boolean {
  return finishResumption(world, invoice, 'active');
}

/**
 * Handles a failed attempt on a resumption's invoice: the subscription resumes as past due without further attempts,
 * or stays paused until the invoice is paid. Returns whether the invoice belonged to a resumption.
 */
export function resumeAfterFailure(world: World, invoice: Invoice): boolean {
  const resumption = world.store.resumptions.get(invoice.id);
  if (resumption === undefined) return false;
  if (resumption.behavior === 'resume_on_payment_success') return true;
  change(world, world.store.invoices, {
    id: invoice.id,
    patch: { auto_advance: false, next_payment_attempt: null },
  });
  return finishResumption(world, invoice, 'past_due');
}

function finishResumption(world: World, invoice: Invoice, status: string): boolean {
  const resumption = world.store.resumptions.get(invoice.id);
  if (resumption === undefined) return false;
  world.store.resumptions.drop(invoice.id);
  const subscription = world.store.subscriptions.get(resumption.subscription);
  if (subscription?.status === 'paused') completeResumption(world, subscription, { ...resumption, status });
  return true;
}
