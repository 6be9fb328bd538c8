/** Credit notes: their amounts, and what they change of the invoice, its payments and the customer's balance. */
import { cancelPayment, markPaid } from '../invoices/invoice-payment.ts';
import { getInvoice } from '../invoices/invoices.ts';
import type { CreditNote } from '../model/credit-note.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Charge } from '../model/payment.ts';
import { refundCharge } from '../payments/refunds.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function getCreditNote(world: World, id: string): CreditNote {
  const note = world.store.creditNotes.get(id);
  if (note === undefined) throw notFound('credit_note', id);
  return note;
}

interface Amounts {
  readonly total: number;
  readonly pre: number;
  readonly post: number;
}

export function createCreditNote(world: World, { params }: ApiRequest): CreditNote {
  const invoice = getInvoice(world, params.required('invoice'));
  const amounts = amountsOf(invoice, params.integer('amount'));
  const credit = params.integer('credit_amount') ?? 0;
  const outOfBand = params.integer('out_of_band_amount') ?? 0;
  const linked = linkedRefunds(world, params);
  const refundAmount = params.integer('refund_amount') ?? 0;
  const given = credit + outOfBand + refundAmount + linked.reduce((sum, one) => sum + one.amount_refunded, 0);
  if (given !== amounts.post) {
    throw invalidRequest({
      message: `The sum of credit amount, refund amount and out of band amount (${given}) must equal the post payment amount (${amounts.post}).`,
    });
  }
  const refunds = refundAmount === 0 ? linked : [...linked, ...refundPayments(world, invoice, refundAmount)];
  const transaction = credit === 0 ? null : creditBalance(world, invoice.customer, credit);
  const row: CreditNote = {
    id: world.ids.next('cn_'),
    object: 'credit_note',
    ...identityOf(world, invoice),
    amount: amounts.total,
    customer_balance_transaction: transaction,
    memo: params.string('memo') ?? null,
    metadata: mergeMetadata({}, params),
    out_of_band_amount: outOfBand === 0 ? null : outOfBand,
    post_payment_amount: amounts.post,
    pre_payment_amount: amounts.pre,
    reason: params.string('reason') ?? null,
    refunds,
    subtotal: amounts.total,
    total: amounts.total,
    type: typeOf(amounts),
  };
  const note = add(world, world.store.creditNotes, { row, event: 'credit_note.created' });
  applyAmounts(world, invoice, amounts);
  return note;
}

function identityOf(world: World, { id, currency, customer, number }: Invoice) {
  const count = world.store.creditNotes.where('invoice', id).length + 1;
  const lines = { object: 'list' as const, data: [], has_more: false, url: '' };
  return {
    created: world.seconds(),
    currency,
    customer,
    invoice: id,
    lines,
    livemode: false as const,
    number: `${number ?? ''}-CN-${String(count).padStart(2, '0')}`,
    status: 'issued' as const,
    voided_at: null,
  };
}

/** A note first reduces what is still to be paid. The rest of it returns what was paid. */
function amountsOf(invoice: Invoice, requested: number | undefined): Amounts {
  if (invoice.status !== 'open' && invoice.status !== 'paid') {
    throw invalidRequest({
      message: `You cannot create a credit note for an invoice with the status ${invoice.status}.`,
      param: 'invoice',
    });
  }
  const { pre_payment_credit_notes_amount: pre, post_payment_credit_notes_amount: post } = invoice;
  const creditable = invoice.total - pre - post;
  const total = requested ?? creditable;
  if (total < 1 || total > creditable) {
    throw invalidRequest({
      message: `The sum of credit notes for this invoice would exceed its total (${creditable} is left).`,
      param: 'amount',
    });
  }
  const reduced = Math.min(total, invoice.amount_remaining);
  return { total, pre: reduced, post: total - reduced };
}

function typeOf({ pre, post }: Amounts): CreditNote['type'] {
  if (pre > 0 && post > 0) return 'mixed';
  return pre > 0 ? 'pre_payment' : 'post_payment';
}

function linkedRefunds(world: World, params: Params): CreditNote['refunds'] {
  return (params.objects('refunds') ?? []).map((link) => {
    const id = link.required('refund');
    const refund = world.store.refunds.get(id);
    if (refund === undefined) throw noSuch('refund', { id, param: 'refunds' });
    return linkTo(id, link.integer('amount_refunded') ?? refund.amount);
  });
}

function linkTo(refund: string, amount_refunded: number): CreditNote['refunds'][number] {
  return { amount_refunded, payment_record_refund: null, refund, type: 'refund' };
}

/** Refunds the payments of the invoice, in their order, until the amount is reached. */
function refundPayments(world: World, invoice: Invoice, amount: number): CreditNote['refunds'] {
  let left = amount;
  const refunds: CreditNote['refunds'][number][] = [];
  for (const charge of chargesOf(world, invoice.id)) {
    const part = Math.min(left, charge.amount_captured - charge.amount_refunded);
    if (part === 0) continue;
    const { id } = refundCharge(world, charge, { amount: part, reason: null, metadata: {} });
    refunds.push(linkTo(id, part));
    left -= part;
  }
  if (left > 0)
    throw invalidRequest({ message: 'The refund exceeds what was paid.', param: 'refund_amount' });
  return refunds;
}

function chargesOf(world: World, invoice: string): readonly Charge[] {
  const { charges, invoicePayments, paymentIntents } = world.store;
  const payments = invoicePayments.where('invoice', invoice).map(({ payment }) => payment);
  return payments
    .map(({ charge, payment_intent: intent }) => charge ?? paymentIntents.get(intent ?? '')?.latest_charge)
    .map((id) => charges.get(id ?? ''))
    .filter((charge) => charge?.paid === true)
    .filter((charge) => charge !== undefined);
}

function creditBalance(world: World, customer: string, amount: number): string {
  const row = world.store.customers.get(customer);
  if (row !== undefined) world.store.customers.put({ ...row, balance: row.balance - amount });
  return world.ids.next('cbtxn_');
}

function applyAmounts(world: World, invoice: Invoice, { pre, post }: Amounts): void {
  const remaining = invoice.amount_remaining - pre;
  change(world, world.store.invoices, {
    id: invoice.id,
    patch: {
      amount_due: invoice.amount_due - pre,
      amount_remaining: remaining,
      post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + post,
      pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + pre,
    },
    event: 'invoice.updated',
  });
  if (pre === 0) return;
  // The amount of the payment has changed. The next attempt opens a new one.
  cancelPayment(world, invoice.id);
  if (remaining === 0) markPaid(world, invoice.id);
}

/** Only a note of an open invoice can be void: what a note has returned stays returned. */
export function voidCreditNote(world: World, { id }: ApiRequest): CreditNote {
  const note = getCreditNote(world, id);
  const invoice = getInvoice(world, note.invoice);
  if (note.status === 'void' || note.type !== 'pre_payment' || invoice.status !== 'open') {
    throw invalidRequest({ message: 'You can only void a credit note of an open invoice.' });
  }
  applyAmounts(world, invoice, { total: -note.total, pre: -note.total, post: 0 });
  return change(world, world.store.creditNotes, {
    id,
    patch: { status: 'void', voided_at: world.seconds() },
    event: 'credit_note.voided',
  });
}
