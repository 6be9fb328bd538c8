/** The life of an invoice after its draft: finalized, paid or not, voided. */
import { invalidRequest } from '../http/stripe-error.ts';
import type { Invoice, InvoicePayment } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { add, change, emit, type World } from '../world.ts';
import { createIntent, type Settlement, settleIntent } from './payments.ts';
import { standAfterFailure, standAfterPayment } from './subscription-standing.ts';

const retrySeconds = 3 * 24 * 3600;

/** A finalized invoice is a promise to pay: it has a number and, when money is due, a payment intent. */
export function finalizeInvoice(world: World, id: string): Invoice {
  const draft = invoiceNamed(world, id);
  if (draft.status !== 'draft') {
    throw invalidRequest({
      message: 'This invoice is already finalized, you can’t re-finalize a non-draft invoice.',
      code: 'invoice_not_editable',
    });
  }
  const open = change(world, world.store.invoices, {
    id,
    patch: {
      status: 'open',
      number: nextNumber(world, draft.customer),
      ending_balance: 0,
      hosted_invoice_url: `${world.baseUrl()}/i/${id}`,
      invoice_pdf: `${world.baseUrl()}/i/${id}/pdf`,
      status_transitions: { ...draft.status_transitions, finalized_at: world.seconds() },
    },
  });
  emit(world, 'invoice.finalized', { object: open });
  if (open.amount_due === 0) return markPaid(world, id);
  if (open.collection_method === 'charge_automatically') openPayment(world, open);
  return open;
}

function openPayment(world: World, invoice: Invoice): void {
  const intent = createIntent(world, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.parent === null ? invoice.description : 'Subscription creation',
  });
  const row: InvoicePayment = {
    id: world.ids.next('inpay_'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: world.seconds(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  add(world, world.store.invoicePayments, { row });
}

/** Tries to collect an open invoice; what the result means for the subscription is settled here too. */
export function collectInvoice(
  world: World,
  id: string,
  means: { method: PaymentMethod | undefined; authenticated?: boolean },
): Settlement | undefined {
  const invoice = invoiceNamed(world, id);
  const payment = paymentOf(world, id);
  const intent = payment && world.store.paymentIntents.get(payment.payment.payment_intent);
  const { method } = means;
  if (method === undefined || intent === undefined) {
    noteFailure(world, invoice, 'declined');
    return undefined;
  }
  const authenticated = means.authenticated === true;
  const settlement = settleIntent(world, intent, { method, authenticated });
  if (settlement.result === 'paid') markPaid(world, id);
  else noteFailure(world, invoice, settlement.result);
  return settlement;
}

function noteFailure(world: World, invoice: Invoice, result: 'declined' | 'requires_action'): void {
  const { store } = world;
  const failed = change(world, store.invoices, {
    id: invoice.id,
    patch: {
      attempt_count: invoice.attempt_count + 1,
      attempted: true,
      next_payment_attempt: invoice.auto_advance ? world.seconds() + retrySeconds : null,
    },
    event: 'invoice.updated',
  });
  if (result === 'requires_action') emit(world, 'invoice.payment_action_required', { object: failed });
  emit(world, 'invoice.payment_failed', { object: failed });
  standAfterFailure(world, failed);
}

export function markPaid(world: World, id: string, outOfBand = false): Invoice {
  const before = invoiceNamed(world, id);
  const now = world.seconds();
  const charged = before.amount_due > 0;
  const paid = change(world, world.store.invoices, {
    id,
    patch: {
      status: 'paid',
      amount_paid: before.amount_due,
      amount_remaining: 0,
      attempt_count: charged && !outOfBand ? before.attempt_count + 1 : before.attempt_count,
      attempted: true,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...before.status_transitions, paid_at: now },
    },
    event: 'invoice.updated',
  });
  const payment = paymentOf(world, id);
  if (payment !== undefined && !outOfBand) {
    change(world, world.store.invoicePayments, {
      id: payment.id,
      patch: {
        amount_paid: before.amount_due,
        status: 'paid',
        status_transitions: { canceled_at: null, paid_at: now },
      },
      event: 'invoice_payment.paid',
    });
  }
  emit(world, 'invoice.paid', { object: paid });
  if (!outOfBand) emit(world, 'invoice.payment_succeeded', { object: paid });
  standAfterPayment(world, paid);
  return paid;
}

export function voidInvoice(world: World, id: string, status: 'void' | 'uncollectible'): Invoice {
  const before = invoiceNamed(world, id);
  if (before.status !== 'open' && before.status !== 'uncollectible') {
    throw invalidRequest({
      message: `You can only pass in open invoices. This invoice isn't open (status: ${before.status}).`,
    });
  }
  const time = status === 'void' ? 'voided_at' : 'marked_uncollectible_at';
  return change(world, world.store.invoices, {
    id,
    patch: {
      status,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...before.status_transitions, [time]: world.seconds() },
    },
    event: status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible',
  });
}

function invoiceNamed(world: World, id: string): Invoice {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw new Error(`No invoice ${id}`);
  return invoice;
}

function paymentOf(world: World, invoice: string): InvoicePayment | undefined {
  return world.store.invoicePayments.newestFirst().find((row) => row.invoice === invoice);
}

function nextNumber(world: World, customerId: string): string {
  const customer = world.store.customers.get(customerId);
  if (customer === undefined) return 'DELETED-0001';
  const sequence = customer.next_invoice_sequence;
  world.store.customers.put({ ...customer, next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`;
}
