/** Reads the payments of an invoice, and what of them was refunded or disputed. */
import type { RefundState } from '../../core/refund/paid.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orForbidden } from './call.ts';
import { entriesAt, idAt, unknownShape } from './json.ts';
import { type PageParams, readUpTo } from './pages.ts';

const MAX_PAGES = 10;

export interface Payment {
  /** Null: a charge without an intent, or a payment outside of Stripe. */
  readonly intentId: string | null;
  readonly chargeId: string | null;
  readonly amount: number;
  readonly refunded: number;
  /** The statuses of its disputes. */
  readonly disputes: readonly string[];
}

/** Reads all payments with their charges in one call, and refunds and disputes only where the charge has some. */
export async function readPayments(stripe: StripeApi, invoice: string): Promise<readonly Payment[]> {
  return Promise.all((await listPaid(stripe, invoice)).map((json) => readPayment(stripe, json)));
}

/** Lists the payments of an invoice with their charges. */
export function listPaid(stripe: StripeApi, invoice: string): Promise<readonly UnknownRecord[]> {
  const expand = ['data.payment.payment_intent.latest_charge', 'data.payment.charge'];
  return readAll('list invoice payments', (paging) =>
    stripe.invoicePayments.list({ invoice, status: 'paid', expand, ...paging }),
  );
}

async function readPayment(stripe: StripeApi, json: UnknownRecord): Promise<Payment> {
  const payment = recordAt(json, 'payment');
  const paid = integerAt(json, 'amount_paid') ?? 0;
  const recordId = idAt(payment, 'payment_record');
  if (recordId !== null) {
    const refunded = await refundedOutside(stripe, recordId);
    return { intentId: null, chargeId: null, amount: paid, refunded, disputes: [] };
  }
  const intent = recordAt(payment, 'payment_intent');
  const charge = recordAt(payment, 'charge') ?? recordAt(intent, 'latest_charge');
  const chargeId = textAt(charge, 'id');
  const intentId = idAt(payment, 'payment_intent');
  const amount = integerAt(charge, 'amount') ?? paid;
  return { intentId, chargeId, amount, ...(await readCharge(stripe, charge)) };
}

/** Reads the refunds and the disputes of a charge, each in one call, only where it has some. */
export async function readCharge(
  stripe: StripeApi,
  charge: UnknownRecord | null,
): Promise<Pick<Payment, 'refunded' | 'disputes'>> {
  const chargeId = textAt(charge, 'id');
  const [refunded, disputes] = await Promise.all([
    chargeId === null || (integerAt(charge, 'amount_refunded') ?? 0) === 0 ? 0 : refundedOf(stripe, chargeId),
    chargeId === null || charge?.['disputed'] !== true ? [] : disputesOf(stripe, chargeId),
  ]);
  return { refunded, disputes };
}

async function refundedOf(stripe: StripeApi, charge: string): Promise<number> {
  return (await listRefunds(stripe, charge))
    .filter((refund) => stateOfRefund(refund) !== 'failed')
    .reduce((sum, refund) => sum + (integerAt(refund, 'amount') ?? 0), 0);
}

export function listRefunds(stripe: StripeApi, charge: string): Promise<readonly UnknownRecord[]> {
  return readAll('list refunds', (paging) => stripe.refunds.list({ charge, ...paging }));
}

export async function disputesOf(stripe: StripeApi, charge: string): Promise<readonly string[]> {
  const disputes = await readAll('list disputes', (paging) => stripe.disputes.list({ charge, ...paging }));
  return disputes.map((dispute) => textAt(dispute, 'status') ?? '');
}

/** Most keys may not read payment records. Then the payment counts as kept. */
export async function refundedOutside(stripe: StripeApi, recordId: string): Promise<number> {
  const call = callStripe('retrieve payment record', stripe.paymentRecords.retrieve(recordId));
  const record: unknown = await orForbidden(call);
  return integerAt(recordAt(recordIn(record), 'amount_refunded'), 'value') ?? 0;
}

/**
 * Returns what credit notes returned without a refund: the refunds of a note are among those of the payments. Without the
 * permission to read them, what the invoice says of them, less the refunds, of which some may be theirs.
 */
export async function creditedBy(
  stripe: StripeApi,
  invoice: { readonly id: string; readonly creditedAfter: number },
  refunded: number,
): Promise<number> {
  if (invoice.creditedAfter === 0) return 0;
  const notes = await orForbidden(
    readAll('list credit notes', (paging) => stripe.creditNotes.list({ invoice: invoice.id, ...paging })),
  );
  if (notes === 'forbidden') return Math.max(0, invoice.creditedAfter - refunded);
  return notes
    .filter((note) => textAt(note, 'status') !== 'void')
    .reduce((sum, note) => sum + unrefundedPart(note), 0);
}

function unrefundedPart(note: UnknownRecord): number {
  const refunds = Array.isArray(note['refunds'])
    ? entriesAt({ refunds: { data: note['refunds'] } }, 'refunds')
    : [];
  const linked = refunds.reduce((sum, refund) => sum + (integerAt(refund, 'amount_refunded') ?? 0), 0);
  return Math.max(0, (integerAt(note, 'post_payment_amount') ?? 0) - linked);
}

export async function readAll(
  operation: string,
  list: (page: PageParams) => Promise<unknown>,
): Promise<readonly UnknownRecord[]> {
  const { found, isComplete } = await readUpTo({ operation, maxPages: MAX_PAGES }, list);
  if (isComplete) return found;
  throw unknownShape(operation, `a list of at most ${MAX_PAGES} pages`);
}

/** A refund that failed or was canceled returned nothing. One that waits for the customer, or for funds, is granted. */
export function stateOfRefund(refund: UnknownRecord): RefundState {
  const status = textAt(refund, 'status');
  if (status === 'failed' || status === 'canceled') return 'failed';
  return status === 'pending' || status === 'requires_action' ? 'pending' : 'refunded';
}
