/** Reads what was paid for the time of a subscription after the request to delete the account, and what of it was returned. */
import type { LeavingSubscription } from '../../core/refund/leaving.ts';
import type {
  OwnRefund,
  PaidInvoice,
  PaidLine,
  PaidPayment,
  PaidSubscription,
  RefundSource,
  UnbilledLine,
} from '../../core/refund/paid.ts';
import { reversalOfDispute } from '../../core/subscription/period-invoice.ts';
import { integerAt, recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orForbidden } from './call.ts';
import { entriesAt, idAt, secondsAt, unknownShape } from './json.ts';
import { isRefundFor } from './metadata.ts';
import { type PageParams, readUpTo } from './pages.ts';
import {
  creditedBy,
  disputesOf,
  listPaid,
  listRefunds,
  readAll,
  refundedOutside,
  stateOfRefund,
} from './payments.ts';

/** Stripe bills at most three years at once, and this long before they begin. */
const BILLED_AHEAD_SECONDS = 4 * 366 * 86_400;
const MAX_INVOICE_PAGES = 20;

type About = Pick<LeavingSubscription, 'id' | 'currency'> & { readonly requestedAt: number };

/** `unclear`: there are more invoices than are read. */
export async function readPaid(
  stripe: StripeApi,
  { id, currency }: Pick<LeavingSubscription, 'id' | 'currency'>,
  requestedAt: number,
): Promise<Omit<PaidSubscription, 'credit'> | 'unclear'> {
  const created = { gte: requestedAt - BILLED_AHEAD_SECONDS };
  const list = (page: PageParams) => stripe.invoices.list({ subscription: id, created, ...page });
  const { found, isComplete } = await readUpTo(
    { operation: 'list invoices', maxPages: MAX_INVOICE_PAGES },
    list,
  );
  if (!isComplete) return 'unclear';
  const about = { id, currency, requestedAt };
  const invoices: PaidInvoice[] = [];
  for (const json of found) {
    const invoice = await readInvoice(stripe, json, about);
    if (invoice !== undefined) invoices.push(invoice);
  }
  const unbilled = invoices.length === 0 ? [] : await readUnbilled(stripe, found, about);
  return { currency, invoices, unbilled };
}

/** Returns undefined for an invoice that neither collected nor credited anything for the time after the request. */
async function readInvoice(
  stripe: StripeApi,
  json: UnknownRecord,
  about: About,
): Promise<PaidInvoice | undefined> {
  const id = textAt(json, 'id');
  const total = integerAt(json, 'total');
  const amountPaid = integerAt(json, 'amount_paid');
  if (id === null || total === null || amountPaid === null) {
    throw unknownShape('list invoices', 'invoices with an id and amounts');
  }
  const status = textAt(json, 'status');
  const isCredit = status === 'paid' && total < 0;
  if ((amountPaid === 0 && !isCredit) || status === 'draft' || status === 'void') return undefined;
  const lines = (await linesOf(stripe, id, json)).flatMap((line) => lineIn(line, about));
  if (lines.length === 0) return undefined;
  const payments = amountPaid === 0 ? [] : await paymentsOf(stripe, { id, amountPaid }, about);
  const creditedAfter = integerAt(json, 'post_payment_credit_notes_amount') ?? 0;
  const refunded = payments.reduce((sum, { returned, ours }) => sum + returned + (ours?.amount ?? 0), 0);
  const credited = await creditedBy(stripe, { id, creditedAfter }, refunded);
  const paidAt =
    secondsAt(recordAt(json, 'status_transitions'), 'paid_at') ?? secondsAt(json, 'created') ?? 0;
  return { id, paidAt, total, credited, lines, payments };
}

/** An invoice shows only its first lines. */
async function linesOf(
  stripe: StripeApi,
  invoice: string,
  json: UnknownRecord,
): Promise<readonly UnknownRecord[]> {
  if (recordAt(json, 'lines')?.['has_more'] !== true) return entriesAt(json, 'lines');
  return readAll('list invoice lines', (page) => stripe.invoices.listLineItems(invoice, page));
}

/** What bills the subscription for a time: its items, and the changes of them. Not what was sold with it once. */
function lineIn(line: UnknownRecord, { id, requestedAt }: About): readonly PaidLine[] {
  const parent = recordAt(line, 'parent');
  const item = recordAt(parent, 'subscription_item_details');
  const change = recordAt(parent, 'invoice_item_details');
  const details = item ?? (change?.['proration'] === true ? change : null);
  const [start, end] = periodIn(line);
  const amount = integerAt(line, 'amount');
  if (details === null || idAt(details, 'subscription') !== id) return [];
  if (start === null || end === null || amount === null || end <= requestedAt) return [];
  return [{ amount: amount - discountIn(line) + taxIn(line), start, end }];
}

function periodIn(line: UnknownRecord): readonly [number | null, number | null] {
  const period = recordAt(line, 'period');
  return [secondsAt(period, 'start'), secondsAt(period, 'end')];
}

/** Credits before tax are the discounts, and billing credits. */
function discountIn(line: UnknownRecord): number {
  const credits = recordsAt(line, 'pretax_credit_amounts');
  return sumOf(credits.length === 0 ? recordsAt(line, 'discount_amounts') : credits);
}

/** Tax that is included in the amount is a part of it already. */
function taxIn(line: UnknownRecord): number {
  return sumOf(recordsAt(line, 'taxes').filter((tax) => textAt(tax, 'tax_behavior') !== 'inclusive'));
}

function recordsAt(object: UnknownRecord, name: string): readonly UnknownRecord[] {
  const list = object[name];
  return Array.isArray(list) ? recordsIn(list) : [];
}

function sumOf(amounts: readonly UnknownRecord[]): number {
  return amounts.reduce((sum, entry) => sum + (integerAt(entry, 'amount') ?? 0), 0);
}

async function paymentsOf(
  stripe: StripeApi,
  { id, amountPaid }: { readonly id: string; readonly amountPaid: number },
  about: About,
): Promise<readonly PaidPayment[]> {
  const found = await listPaid(stripe, id);
  // An invoice that was marked as paid outside of Stripe has no payment.
  if (found.length === 0) return [{ ...kept, source: null, paid: amountPaid }];
  return Promise.all(found.map((json) => readPayment(stripe, json, { ...about, invoice: id })));
}

const kept = { returned: 0, disputed: false, ours: null } as const;

async function readPayment(
  stripe: StripeApi,
  json: UnknownRecord,
  about: About & { readonly invoice: string },
): Promise<PaidPayment> {
  const payment = recordAt(json, 'payment');
  const paid = integerAt(json, 'amount_paid') ?? 0;
  const recordId = idAt(payment, 'payment_record');
  if (recordId !== null) {
    return { ...kept, source: null, paid, returned: await refundedOutside(stripe, recordId) };
  }
  const intent = recordAt(payment, 'payment_intent');
  const charge = recordAt(payment, 'charge') ?? recordAt(intent, 'latest_charge');
  const chargeId = textAt(charge, 'id');
  if (charge === null || chargeId === null) return { ...kept, source: null, paid };
  // A refund that failed is not among what the charge says was refunded, so it is asked for in every case.
  const [refunds, disputes] = await Promise.all([
    listRefunds(stripe, chargeId),
    charge['disputed'] === true ? disputesOf(stripe, chargeId) : [],
  ]);
  const stamp = { requestedAt: about.requestedAt, subscriptionId: about.id, invoiceId: about.invoice };
  const isOurs = (refund: UnknownRecord) => isRefundFor(recordAt(refund, 'metadata'), stamp);
  const source: RefundSource = { kind: 'charge', id: chargeId };
  const others = refunds.filter((refund) => !isOurs(refund) && stateOfRefund(refund) !== 'failed');
  // The charge may have paid more than this invoice.
  const rest = (integerAt(charge, 'amount') ?? paid) - sumOf(others);
  const returned = Math.max(0, paid - Math.max(0, rest));
  const disputed = disputes.some((status) => reversalOfDispute(status) !== null);
  return { source, paid, returned, disputed, ours: ownIn(refunds.filter(isOurs)) };
}

function ownIn(refunds: readonly UnknownRecord[]): OwnRefund | null {
  if (refunds.length === 0) return null;
  const states = refunds.map(stateOfRefund);
  const state = (['failed', 'pending'] as const).find((one) => states.includes(one)) ?? 'refunded';
  return { amount: sumOf(refunds), state };
}

/** Stripe has a permission of its own for these. Without it, only what is billed counts. */
async function readUnbilled(
  stripe: StripeApi,
  invoices: readonly UnknownRecord[],
  about: About,
): Promise<readonly UnbilledLine[]> {
  const customer = idAt(invoices[0] ?? null, 'customer');
  if (customer === null) return [];
  const list = (page: PageParams) => stripe.invoiceItems.list({ customer, pending: true, ...page });
  const items = await orForbidden(readAll('list pending invoice items', list));
  return items === 'forbidden' ? [] : items.flatMap((item) => unbilledIn(item, about));
}

function unbilledIn(item: UnknownRecord, { id, requestedAt }: About): readonly UnbilledLine[] {
  const subscription = idAt(recordAt(recordAt(item, 'parent'), 'subscription_details'), 'subscription');
  const [start, end] = periodIn(item);
  const amount = integerAt(item, 'amount');
  const createdAt = secondsAt(item, 'date');
  if (subscription !== id || item['proration'] !== true) return [];
  if (start === null || end === null || amount === null || createdAt === null || end <= requestedAt)
    return [];
  return [{ amount, start, end, createdAt }];
}
