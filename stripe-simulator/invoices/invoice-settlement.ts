/** Attempts to pay invoices, and what becomes of them: at once, later by the bank, or through Stripe's script. */
import type { Invoice } from '../model/invoice.ts';
import type { PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { confirmIntent, failAuthentication, type PaymentResult } from '../payments/payment-intents.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { applyFailedInvoice, applyProcessingInvoice } from '../subscriptions/invoice-outcome.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { invoiceIntents, markPaid, openIntentOf, storedInvoice } from './invoice-payment.ts';

export interface PaymentOptions {
  readonly method: PaymentMethod | undefined;
  readonly authenticated?: boolean;
  /** Whether a request asked for the payment. A manual payment does not count as one of Stripe's own attempts. */
  readonly manual?: boolean;
}

/** Tries to collect an open invoice and updates its subscription. Returns undefined without a payment method. */
export function collectInvoice(world: World, id: string, options: PaymentOptions): PaymentResult | undefined {
  const invoice = storedInvoice(world, id);
  const attempt = nextAttemptCount(invoice, options);
  const { method } = options;
  if (method === undefined) {
    recordFailure(world, invoice, { ...attempt, result: 'declined' });
    return undefined;
  }
  const intent = openIntentOf(world, invoice);
  rejectProcessing(intent);
  const authenticated = options.authenticated === true;
  const settlement = confirmIntent(world, intent, { method, authenticated });
  recordSettlement(world, invoice, { ...attempt, result: settlement.result });
  return settlement;
}

/** Stores what a payment has done to its invoice, and updates the subscription. */
function recordSettlement(
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

function rejectProcessing({ status }: PaymentIntent): void {
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

/** The customer did not authenticate the payment. The attempt has failed, and nothing was charged. */
export function failInvoiceAuthentication(world: World, invoice: Invoice, method: PaymentMethod): void {
  failAuthentication(world, openIntentOf(world, invoice), method);
  const attempt = nextAttemptCount(invoice, { method, manual: true });
  recordFailure(world, invoice, { ...attempt, result: 'declined' });
}

type Attempt = Pick<Invoice, 'attempt_count' | 'attempted'>;

/** Returns the new attempt count. The first attempt always counts, later ones only when Stripe makes them. */
function nextAttemptCount(invoice: Invoice, options: PaymentOptions): Attempt {
  const counts = options.manual !== true || invoice.attempt_count === 0;
  return { attempted: true, attempt_count: invoice.attempt_count + (counts ? 1 : 0) };
}

function recordFailure(
  world: World,
  invoice: Invoice,
  failure: Attempt & { readonly result: 'declined' | 'requires_action' },
): void {
  const { result, ...attempt } = failure;
  const failed = change(world, world.store.invoices, {
    id: invoice.id,
    patch: { ...attempt, next_payment_attempt: nextAttemptAt(world, { ...invoice, ...attempt }) },
    event: 'invoice.updated',
  });
  if (result === 'requires_action') emit(world, 'invoice.payment_action_required', { object: failed });
  emit(world, 'invoice.payment_failed', { object: failed });
  applyFailedInvoice(world, failed);
}

/** Returns the time of the next attempt, or null if it was the last one. */
function nextAttemptAt(world: World, invoice: Invoice): number | null {
  const subscription = world.store.subscriptions.get(
    invoice.parent?.subscription_details?.subscription ?? '',
  );
  // The first invoice of a subscription is not retried: it expires.
  if (!invoice.auto_advance || subscription?.status === 'incomplete') return null;
  // After the last of the attempts there is none, and the failure says so.
  const delay = world.dunning.retryDelaysSeconds[invoice.attempt_count - 1];
  return delay === undefined ? null : world.seconds() + delay;
}
