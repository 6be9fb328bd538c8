/** What a paid or failed invoice means for the subscription it belongs to. */
import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';
import { applyAfterPayment } from './pending-update.ts';
import { resumeAfterFailure, resumeAfterPayment } from './resumption-outcome.ts';
import { changeSubscription } from './subscription-record.ts';

export function applyPaidInvoice(world: World, invoice: Invoice): void {
  if (resumeAfterPayment(world, invoice)) return;
  applyAfterPayment(world, invoice);
  const subscription = subscriptionOf(world, invoice);
  if (subscription === undefined) return;
  const waiting = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status);
  const otherDebts = openInvoicesOf(world, subscription.id).some((row) => row.attempted);
  if (waiting && !otherDebts) setStatus(world, subscription.id, 'active');
}

export function applyFailedInvoice(world: World, invoice: Invoice): void {
  if (resumeAfterFailure(world, invoice) || world.store.pendingUpdates.get(invoice.id) !== undefined) return;
  const subscription = subscriptionOf(world, invoice);
  // A failed first invoice leaves it incomplete; trials and what has ended do not fall due.
  if (subscription?.status === 'active') setStatus(world, subscription.id, 'past_due');
}

export function openInvoicesOf(world: World, subscription: string): Invoice[] {
  return invoicesOf(world, subscription).filter((row) => row.status === 'open');
}

/** All invoices of a subscription, the newest first. */
export function invoicesOf(world: World, subscription: string): Invoice[] {
  return world.store.invoices.where('subscription', subscription).reverse();
}

function setStatus(world: World, id: string, status: string): void {
  changeSubscription(world, id, { patch: { status }, event: 'customer.subscription.updated' });
}

export function subscriptionOf(world: World, invoice: Invoice): Subscription | undefined {
  const id = invoice.parent?.subscription_details.subscription;
  return id === undefined ? undefined : world.store.subscriptions.get(id);
}
