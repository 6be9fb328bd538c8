/** Applies the outcome of an invoice payment to its subscription. */
import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';
import { applyAfterPayment, dropWithInvoice } from './pending-update.ts';
import { resumeAfterFailure, resumeAfterPayment } from './resumption-outcome.ts';
import { changeSubscription } from './subscription-record.ts';

/** Applies a payment: resumes, updates or reactivates the subscription. */
export function applyPaidInvoice(world: World, invoice: Invoice): void {
  if (resumeAfterPayment(world, invoice)) return;
  applyAfterPayment(world, invoice);
  const subscription = subscriptionOf(world, invoice);
  if (subscription === undefined) return;
  const isUnpaid = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status);
  const hasOtherUnpaid = openInvoicesOf(world, subscription.id).some((row) => row.attempted);
  if (isUnpaid && !hasOtherUnpaid) setStatus(world, subscription.id, 'active');
}

/** Applies that an invoice is no longer to be paid: a subscription that waits for no other payment is active again. */
export function applyClosedInvoice(world: World, invoice: Invoice): void {
  if (invoice.status === 'void') dropWithInvoice(world, invoice);
  const subscription = subscriptionOf(world, invoice);
  if (subscription?.status !== 'past_due' && subscription?.status !== 'unpaid') return;
  const hasOtherUnpaid = openInvoicesOf(world, subscription.id).some((row) => row.attempted);
  if (!hasOtherUnpaid) setStatus(world, subscription.id, 'active');
}

/** Applies a failed payment: an active subscription becomes past due. */
export function applyFailedInvoice(world: World, invoice: Invoice): void {
  if (resumeAfterFailure(world, invoice) || world.store.pendingUpdates.get(invoice.id) !== undefined) return;
  const subscription = subscriptionOf(world, invoice);
  // A failed first invoice leaves the subscription incomplete. Trialing and ended subscriptions do not change.
  if (subscription?.status === 'active') setStatus(world, subscription.id, 'past_due');
}

/** Applies a debit that the bank has not confirmed yet: a subscription that waits for its first payment is active. */
export function applyProcessingInvoice(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (subscription?.status === 'incomplete') setStatus(world, subscription.id, 'active');
}

export function openInvoicesOf(world: World, subscription: string): Invoice[] {
  return invoicesOf(world, subscription).filter((row) => row.status === 'open');
}

/** Returns all invoices of a subscription, newest first. */
export function invoicesOf(world: World, subscription: string): Invoice[] {
  return world.store.invoices.where('subscription', subscription).reverse();
}

function setStatus(world: World, id: string, status: string): void {
  changeSubscription(world, id, { patch: { status }, event: 'customer.subscription.updated' });
}

export function subscriptionOf(world: World, invoice: Invoice): Subscription | undefined {
  const id = invoice.parent?.subscription_details?.subscription;
  return id === undefined ? undefined : world.store.subscriptions.get(id);
}
