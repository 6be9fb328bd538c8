/** What the payment of a resumption's invoice brings: the subscription comes back, or not yet. */
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

/** Whether the invoice was one of a resumption, which is then settled here. */
export function resumeAfterPayment(world: World, invoice: Invoice): boolean {
  return finishResumption(world, invoice, 'active');
}

/** After one attempt it comes back in debt, without further attempts; or it waits to be paid. */
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
