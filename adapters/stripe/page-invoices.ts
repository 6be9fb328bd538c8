/** Reads the invoices that a billing page shows: all of them, those that are open, and the next one. */
import type { Stripe } from 'stripe';
import type { Invoice } from '../../contract/billing.ts';
import type {
  BillingReader,
  InvoiceQuery,
  ListedInvoice,
  OpenInvoice,
  PhaseItems,
} from '../../core/billing-page/ports.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { StripeError } from './error.ts';
import { idAt, listIn, secondsAt, unknownShape } from './json.ts';

/** A customer with more has had the chance to see the older ones. */
const MAX_OPEN = 20;
/** A payment that failed leaves an entry behind, and the newest is the first. */
const MAX_PAYMENTS = 10;

export async function listInvoices(
  stripe: StripeApi,
  customer: string,
  { createdUntil, limit }: InvoiceQuery,
): ReturnType<BillingReader['listInvoices']> {
  const operation = 'list invoices';
  const created = createdUntil === null ? {} : { created: { lte: createdUntil } };
  const answer: unknown = await orMissing(operation, stripe.invoices.list({ customer, limit, ...created }));
  if (answer === 'missing') return { entries: [], hasMore: false };
  const { entries, hasMore } = listIn(operation, answer);
  return { entries: entries.map(listedIn), hasMore };
}

export async function listOpenInvoices(stripe: StripeApi, customer: string): Promise<readonly OpenInvoice[]> {
  const operation = 'list open invoices';
  const params = { customer, status: 'open', limit: MAX_OPEN } as const;
  const answer: unknown = await orMissing(operation, stripe.invoices.list(params));
  return answer === 'missing' ? [] : listIn(operation, answer).entries.map(openIn);
}

/** Returns the status of the newest payment that is not canceled. */
export async function readPaymentStatus(stripe: StripeApi, invoice: string): Promise<string | null> {
  const operation = 'list invoice payments';
  const params = { invoice, limit: MAX_PAYMENTS, expand: ['data.payment.payment_intent'] };
  const answer: unknown = await callStripe(operation, stripe.invoicePayments.list(params));
  const open = listIn(operation, answer).entries.find((entry) => textAt(entry, 'status') !== 'canceled');
  return textAt(recordAt(recordAt(open ?? null, 'payment'), 'payment_intent'), 'status');
}

export async function previewNext(
  stripe: StripeApi,
  { id, customerId, itemIds }: Parameters<BillingReader['previewNext']>[0],
  items: PhaseItems | null,
): ReturnType<BillingReader['previewNext']> {
  const operation = 'preview the next invoice';
  const call = stripe.invoices.createPreview({
    customer: customerId,
    subscription: id,
    ...(items === null ? {} : periodWith(items, itemIds)),
  });
  const answer: unknown = await callStripe(operation, call.catch(noneOrThrow));
  if (answer === 'none') return 'none';
  const invoice = recordIn(answer);
  const [amount, currency] = [integerAt(invoice, 'amount_due'), textAt(invoice, 'currency')];
  if (amount === null || currency === null) throw unknownShape(operation, 'an invoice with an amount');
  return { amount, currency };
}

/** A whole period of what a schedule changes the subscription to: Stripe prorates nothing when a phase begins with a period. */
function periodWith(items: PhaseItems, itemIds: readonly string[]): Stripe.InvoiceCreatePreviewParams {
  const removed = itemIds.map((itemId) => ({ id: itemId, deleted: true }));
  const added = items.map(({ price, quantity }) => (quantity === null ? { price } : { price, quantity }));
  return { preview_mode: 'recurring', subscription_details: { items: [...removed, ...added] } };
}

/** The subscription may have ended, or been scheduled to, since it was listed. */
function noneOrThrow(cause: unknown): 'none' {
  const none = ['invoice_upcoming_none', 'resource_missing'];
  if (cause instanceof StripeError && none.includes(cause.code ?? '')) return 'none';
  throw cause;
}

function listedIn(json: UnknownRecord): ListedInvoice {
  const [id, created] = [textAt(json, 'id'), secondsAt(json, 'created')];
  if (id === null || created === null) {
    throw unknownShape('list invoices', 'an invoice with an id and a time');
  }
  return { id, created, invoice: invoiceIn(json, { id, created }) };
}

const shownStatuses = ['open', 'paid', 'void', 'uncollectible'] as const;

function invoiceIn(json: UnknownRecord, of: Pick<Invoice, 'id' | 'created'>): Invoice | null {
  const status = shownStatuses.find((one) => one === textAt(json, 'status'));
  if (status === undefined) return null;
  return {
    ...of,
    number: textAt(json, 'number'),
    status,
    total: integerAt(json, 'total') ?? 0,
    amount_paid: integerAt(json, 'amount_paid') ?? 0,
    amount_remaining: integerAt(json, 'amount_remaining') ?? 0,
    currency: textAt(json, 'currency') ?? '',
    hosted_invoice_url: textAt(json, 'hosted_invoice_url'),
    invoice_pdf: textAt(json, 'invoice_pdf'),
  };
}

function openIn(json: UnknownRecord): OpenInvoice {
  const id = textAt(json, 'id');
  if (id === null) throw unknownShape('list open invoices', 'an invoice with an id');
  const details = recordAt(recordAt(json, 'parent'), 'subscription_details');
  return {
    id,
    number: textAt(json, 'number'),
    subscriptionId: idAt(details, 'subscription') ?? idAt(json, 'subscription'),
    isSent: textAt(json, 'collection_method') === 'send_invoice',
    autoAdvance: json['auto_advance'] === true,
    attempts: integerAt(json, 'attempt_count') ?? 0,
    amountRemaining: integerAt(json, 'amount_remaining') ?? 0,
    currency: textAt(json, 'currency') ?? '',
    createdAt: secondsAt(json, 'created') ?? 0,
    finalizedAt: secondsAt(recordAt(json, 'status_transitions'), 'finalized_at'),
    dueAt: secondsAt(json, 'due_date'),
    nextAttemptAt: secondsAt(json, 'next_payment_attempt'),
    page: textAt(json, 'hosted_invoice_url'),
  };
}
