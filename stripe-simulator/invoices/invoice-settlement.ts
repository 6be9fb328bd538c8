/** Applies to an invoice what has become of its payment: at once, later by the bank, or through Stripe's script. */
import type { Invoice } from '../model/invoice.ts';
import type { PaymentIntent } from '../model/payment.ts';
import type { PaymentResult } from '../payments/payment-intents.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { applyProcessingInvoice } from '../subscriptions/invoice-outcome.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import {
  type Attempt,
  invoiceIntents,
  markPaid,
  nextAttemptCount,
  recordFailure,
} from './invoice-payment.ts';

/** Stores what a payment has done to its invoice, and updates the subscription. */
export function recordSettlement(
  world: World,
  invoice: Invoice,
  { result, ...attempt }: Attempt & { readonly result: PaymentResult['result'] },
): void {
  if (result === 'paid') markPaid(world, invoice.id, { attempt_count: attempt.attempt_count });
  else if (result === 'processing') recordProcessing(world, invoice, attempt);
  else if (result !== 'held') recordFailure(world, invoice, { ...attempt, result });
}

/** A payment that was confirmed or settled on its own, such as by Stripe's script or a bank, may pay an invoice. */
export function applyToInvoice(world: World, { intent, result }: PaymentResult): Invoice | undefined {
  const payment = world.store.invoicePayments
    .where('intent', intent.id)
    .find(({ status }) => status === 'open');
  const invoice = payment === undefined ? undefined : world.store.invoices.get(payment.invoice);
  if (invoice?.status !== 'open' && invoice?.status !== 'uncollectible') return undefined;
  const { attempt_count, attempted } = nextAttemptCount(invoice, { method: undefined, manual: true });
  recordSettlement(world, invoice, { attempt_count, attempted, result });
  return world.store.invoices.get(invoice.id);
}

/** Whether a bank has not reported yet whether the invoice is paid. */
export function isProcessing(world: World, invoice: string): boolean {
  return invoiceIntents(world, invoice).some(({ status }) => status === 'processing');
}

export function rejectProcessing({ status }: PaymentIntent): void {
  if (status !== 'processing') return;
  throw invalidRequest({
    message: 'This invoice has a payment that is processing. Wait for its result before you pay it again.',
    code: 'payment_intent_unexpected_state',
  });
}

/** The bank reports the result later. In the meantime, the subscription is active. */
function recordProcessing(world: World, { id }: Invoice, attempt: Attempt): void {
  const waiting = change(world, world.store.invoices, {
    id,
    patch: { ...attempt, next_payment_attempt: null },
    event: 'invoice.updated',
  });
  applyProcessingInvoice(world, waiting);
}
