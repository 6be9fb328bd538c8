/** Credit notes: their amounts, and what they change of the invoice, its payments and the customer's balance. */

import { changeBalance } from '../customers/balance.ts';
import { cancelPayment, markPaid } from '../invoices/invoice-payment.ts';
import { getInvoice } from '../invoices/invoices.ts';
import type { CreditNote, CreditNoteLine } from '../model/credit-note.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Charge } from '../model/payment.ts';
import { refundCharge } from '../payments/refunds.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { creditedLines, totalsOf } from './credit-note-lines.ts';

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
  const lines = creditedLines(world, params, invoice);
  const totals = lines.length === 0 ? undefined : totalsOf(lines);
  const amounts = amountsOf(invoice, totals?.total ?? params.integer('amount'));
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
  const id = world.ids.next('cn_');
  const { currency, customer } = invoice;
  const type = 'credit_note';
  const transaction = changeBalance(world, customer, { amount: -credit, currency, type, creditNote: id });
  const row: CreditNote = {
    id,
    object: 'credit_note',
    ...identityOf(world, invoice),
    ...shownTotals(id, lines, amounts),
    amount: amounts.total,
    customer_balance_transaction: transaction?.id ?? null,
    memo: params.string('memo') ?? null,
    metadata: mergeMetadata({}, params),
    out_of_band_amount: outOfBand === 0 ? null : outOfBand,
    post_payment_amount: amounts.post,
    pre_payment_amount: amounts.pre,
    reason: params.string('reason') ?? null,
    refunds,
    total: amounts.total,
    type: typeOf(amounts),
  };
  const note = add(world, world.store.creditNotes, { row, event: 'credit_note.created' });
  applyAmounts(world, invoice, amounts);
  return note;
}

/** Returns the note that the parameters describe. Nothing is stored, refunded or credited. */
export function previewCreditNote(world: World, { params }: ApiRequest): CreditNote {
  const invoice = getInvoice(world, params.required('invoice'));
  const lines = creditedLines(world, params, invoice);
  const total = lines.length === 0 ? params.integer('amount') : totalsOf(lines).total;
  const amounts = amountsOf(invoice, total);
  const counters = world.ids.counters();
  const id = world.ids.next('cn_');
  world.ids.rewind(counters);
  for (const name of ['credit_amount', 'refund_amount']) params.integer(name);
  return {
    id,
    object: 'credit_note',
    ...identityOf(world, invoice),
    ...shownTotals(id, lines, amounts),
    amount: amounts.total,
    customer_balance_transaction: null,
    memo: params.string('memo') ?? null,
    metadata: mergeMetadata({}, params),
    out_of_band_amount: params.integer('out_of_band_amount') ?? null,
    post_payment_amount: amounts.post,
    pre_payment_amount: amounts.pre,
    reason: params.string('reason') ?? null,
    refunds: [],
    total: amounts.total,
    type: typeOf(amounts),
  };
}

function shownTotals(id: string, data: readonly CreditNoteLine[], { total }: Amounts) {
  const totals = totalsOf(data);
  const isOfLines = data.length > 0;
  const url = `/v1/credit_notes/${id}/lines`;
  return {
    discount_amount: totals.discount,
    discount_amounts: data.flatMap((line) => line.discount_amounts),
    lines: { object: 'list' as const, data, has_more: false, url },
    subtotal: isOfLines ? totals.subtotal : total,
    subtotal_excluding_tax: isOfLines ? totals.subtotal : null,
    total_excluding_tax: isOfLines ? totals.withoutTax : null,
    total_taxes: totals.taxes,
  };
}

function identityOf(world: World, { id, currency, customer, number }: Invoice) {
  const count = world.store.creditNotes.where('invoice', id).length + 1;
  return {
    created: world.seconds(),
    currency,
    customer,
    invoice: id,
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

/** The amounts of a note never change. */
export function updateCreditNote(world: World, { id, params }: ApiRequest): CreditNote {
  const current = getCreditNote(world, id);
  const memo = params.nullable('memo');
  return change(world, world.store.creditNotes, {
    id,
    patch: {
      metadata: mergeMetadata(current.metadata, params),
      ...(memo === undefined ? {} : { memo }),
    },
    event: 'credit_note.updated',
  });
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
