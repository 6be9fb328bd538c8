/** Automatic collection: finalizes drafts, retries payments, ends dunning and marks overdue invoices. */
import type { Invoice } from '../model/invoice.ts';
import type { PaymentResult } from '../payments/payment-intents.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { settleDebit } from '../payments/settlement.ts';
import { applyFailedInvoice, subscriptionOf } from '../subscriptions/invoice-outcome.ts';
import { processDraftInvoice } from '../subscriptions/renewal.ts';
import { endSubscription } from '../subscriptions/subscription-end.ts';
import { changeSubscription } from '../subscriptions/subscription-record.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { finalizeInvoice } from './invoice-payment.ts';
import { applyToInvoice, collectInvoice, isProcessing } from './invoice-settlement.ts';

/** Finalizes a draft and tries to collect it. */
export function finalizeAndCollect(world: World, id: string): void {
  const draft = world.store.invoices.get(id);
  if (draft === undefined) return;
  const subscription = subscriptionOf(world, draft);
  if (subscription === undefined) {
    const open = finalizeInvoice(world, id);
    if (open.status === 'open' && open.collection_method === 'charge_automatically') collect(world, open);
  } else {
    processDraftInvoice(world, subscription, id);
  }
  endDunningAfterLastAttempt(world, id);
}

export function retryCollection(world: World, id: string): void {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) return;
  collect(world, invoice);
  endDunningAfterLastAttempt(world, id);
}

function collect(world: World, invoice: Invoice): void {
  const { customer, default_payment_method: own } = invoice;
  const subscription = subscriptionOf(world, invoice);
  const method =
    (own === null ? undefined : world.store.paymentMethods.get(own)) ??
    defaultPaymentMethod(world, { customer, ...(subscription === undefined ? {} : { subscription }) });
  collectInvoice(world, invoice.id, { method });
}

/**
 * After the first attempt and all scheduled retries have failed, applies the configured outcome to the subscription.
 */
function endDunningAfterLastAttempt(world: World, id: string): void {
  const invoice = world.store.invoices.get(id);
  const { retryDelaysSeconds, afterLastRetry } = world.dunning;
  if (invoice?.status !== 'open' || invoice.attempt_count <= retryDelaysSeconds.length) return;
  if (isProcessing(world, id)) return;
  change(world, world.store.invoices, {
    id,
    patch: { next_payment_attempt: null },
    event: 'invoice.updated',
  });
  const subscription = subscriptionOf(world, invoice);
  if (subscription?.status !== 'past_due') return;
  if (afterLastRetry === 'canceled') endSubscription(world, subscription, { reason: 'payment_failed' });
  if (afterLastRetry === 'unpaid') {
    changeSubscription(world, subscription.id, {
      patch: { status: 'unpaid' },
      event: 'customer.subscription.updated',
    });
  }
}

/** Applies what the bank reports about a debit, to its invoice too. Returns the intent if it was waiting for that. */
export function settlePayment(world: World, intent: string): PaymentResult | undefined {
  const settlement = settleDebit(world, intent);
  const invoice = settlement === undefined ? undefined : applyToInvoice(world, settlement);
  if (invoice !== undefined) endDunningAfterLastAttempt(world, invoice.id);
  return settlement;
}

/** Marks a sent invoice that was not paid by its due date. */
export function markOverdue(world: World, id: string): void {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined || invoice.due_date === null) return;
  world.store.notices.put({ id, about: invoice.due_date });
  emit(world, 'invoice.overdue', { object: invoice });
  applyFailedInvoice(world, invoice);
}
