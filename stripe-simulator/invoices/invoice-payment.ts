/** Finalizes, collects and voids invoices. */

import { changeBalance } from '../customers/balance.ts';
import type { Invoice, InvoicePayment } from '../model/invoice.ts';
import type { PaymentIntent } from '../model/payment.ts';
import { createIntent } from '../payments/payment-intents.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { applyClosedInvoice, applyPaidInvoice } from '../subscriptions/invoice-outcome.ts';
import { automaticTaxOf } from '../taxes/automatic-tax.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Finalizes a draft: it gets a number and, when an amount is due, a payment intent. */
export function finalizeInvoice(world: World, id: string): Invoice {
  const draft = storedInvoice(world, id);
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
      automatically_finalizes_at: null,
      number: nextNumber(world, draft.customer),
      ...applyBalance(world, draft),
      automatic_tax: automaticTaxOf(world, {
        customer: draft.customer,
        enabled: draft.automatic_tax.enabled,
      }),
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

function openPayment(world: World, invoice: Invoice): InvoicePayment {
  const intent = createIntent(world, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.parent === null ? invoice.description : 'Subscription creation',
  });
  const row: InvoicePayment = {
    id: world.ids.next('inpay_'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_remaining,
    created: world.seconds(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  return add(world, world.store.invoicePayments, { row });
}

/** Returns the intent that an open invoice is paid with. A sent invoice gets it when it is paid with a card. */
export function openIntentOf(world: World, invoice: Invoice): PaymentIntent {
  const payment = openPaymentOf(world, invoice.id) ?? openPayment(world, invoice);
  const intent = world.store.paymentIntents.get(payment.payment.payment_intent ?? '');
  if (intent === undefined) throw new Error(`The open payment ${payment.id} has no payment intent.`);
  return intent;
}

/** Returns the payment intents of an invoice, oldest first. */
export function invoiceIntents(world: World, invoice: string): PaymentIntent[] {
  return world.store.invoicePayments.where('invoice', invoice).flatMap(({ payment }) => {
    const intent = world.store.paymentIntents.get(payment.payment_intent ?? '');
    return intent === undefined ? [] : [intent];
  });
}

/** Marks an invoice as paid, through its payment or out of band, and updates its subscription. */
export function markPaid(
  world: World,
  id: string,
  options: { readonly outOfBand?: boolean; readonly attempt_count?: number } = {},
): Invoice {
  const before = storedInvoice(world, id);
  const now = world.seconds();
  const outOfBand = options.outOfBand === true;
  const paid = change(world, world.store.invoices, {
    id,
    patch: {
      status: 'paid',
      status_details: null,
      amount_paid: before.amount_due,
      amount_remaining: 0,
      attempt_count: options.attempt_count ?? before.attempt_count,
      attempted: true,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...before.status_transitions, paid_at: now },
    },
    event: 'invoice.updated',
  });
  const payment = openPaymentOf(world, id);
  if (payment !== undefined && (outOfBand || before.amount_remaining === 0)) cancelPayment(world, id);
  else if (payment !== undefined) {
    change(world, world.store.invoicePayments, {
      id: payment.id,
      patch: {
        amount_paid: before.amount_remaining,
        status: 'paid',
        status_transitions: { canceled_at: null, paid_at: now },
      },
      event: 'invoice_payment.paid',
    });
  }
  emit(world, 'invoice.paid', { object: paid });
  if (!outOfBand) emit(world, 'invoice.payment_succeeded', { object: paid });
  applyPaidInvoice(world, paid);
  return paid;
}

/** Why an invoice is marked as uncollectible: by a request, or because collection is paused. */
type UncollectibleReason = 'user_forgiven' | 'subscription_paused';

/** Voids an open invoice, or marks it uncollectible for the reason. */
export function voidInvoice(world: World, id: string, to: 'void' | UncollectibleReason): Invoice {
  const before = storedInvoice(world, id);
  const status = to === 'void' ? 'void' : 'uncollectible';
  if (before.status !== 'open' && before.status !== 'uncollectible') {
    throw invalidRequest({
      message: `You can only pass in open invoices. This invoice isn't open (status: ${before.status}).`,
    });
  }
  const time = status === 'void' ? 'voided_at' : 'marked_uncollectible_at';
  if (status === 'void') {
    cancelPayment(world, id);
    returnBalance(world, before);
  }
  const closed = change(world, world.store.invoices, {
    id,
    patch: {
      status,
      status_details: to === 'void' ? null : { uncollectible: { reason: to } },
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...before.status_transitions, [time]: world.seconds() },
    },
    event: status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible',
  });
  applyClosedInvoice(world, closed);
  return closed;
}

/** What the balance paid of an invoice that is void goes back to the balance. */
function returnBalance(world: World, invoice: Invoice): void {
  const applied = (invoice.ending_balance ?? invoice.starting_balance) - invoice.starting_balance;
  const { id, currency, customer } = invoice;
  changeBalance(world, customer, { amount: -applied, currency, type: 'unapplied_from_invoice', invoice: id });
}

/** Cancels the open payment of an invoice that is void, or was paid in another way. */
export function cancelPayment(world: World, invoice: string): void {
  const payment = openPaymentOf(world, invoice);
  if (payment?.payment.payment_intent === undefined) return;
  const now = world.seconds();
  change(world, world.store.invoicePayments, {
    id: payment.id,
    patch: { status: 'canceled', status_transitions: { canceled_at: now, paid_at: null } },
  });
  change(world, world.store.paymentIntents, {
    id: payment.payment.payment_intent,
    patch: { status: 'canceled', canceled_at: now, cancellation_reason: 'void_invoice' },
    event: 'payment_intent.canceled',
  });
}

export function storedInvoice(world: World, id: string): Invoice {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw new Error(`Invoice ${id} does not exist.`);
  return invoice;
}

function openPaymentOf(world: World, invoice: string): InvoicePayment | undefined {
  return world.store.invoicePayments.where('invoice', invoice).findLast(({ status }) => status === 'open');
}

/** Pays what the customer's balance covers, and adds what an earlier invoice has left there. */
function applyBalance(
  world: World,
  { id, currency, customer, total }: Invoice,
): Pick<Invoice, 'starting_balance' | 'ending_balance' | 'amount_due' | 'amount_remaining'> {
  const row = world.store.customers.get(customer);
  const starting_balance = row?.balance ?? 0;
  const due = Math.max(0, total + starting_balance);
  const ending_balance = Math.min(0, total + starting_balance);
  const amount = ending_balance - starting_balance;
  changeBalance(world, customer, { amount, currency, type: 'applied_to_invoice', invoice: id });
  return { starting_balance, ending_balance, amount_due: due, amount_remaining: due };
}

function nextNumber(world: World, customerId: string): string {
  const customer = world.store.customers.get(customerId);
  if (customer === undefined) return 'DELETED-0001';
  const sequence = customer.next_invoice_sequence;
  world.store.customers.put({ ...customer, next_invoice_sequence: sequence + 1 });
  return `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`;
}
