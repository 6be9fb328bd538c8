/** Reads the invoices of a subscription: the one that began the current period, and those that are open. */
import {
  type BilledPeriod,
  billsPeriod,
  type Invoice,
  type InvoiceLine,
  isPaidRenewal,
  lateSince,
} from '../../core/subscription/period-invoice.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { entriesAt, idAt, unknownShape } from './json.ts';
import { type PageParams, pagesOf, readUpTo } from './pages.ts';

/** Stripe creates at most 20 invoices of a subscription a day. A year with a change on most days fits. */
const MAX_INVOICE_PAGES = 20;
const MAX_LINE_PAGES = 10;
/** A period can be billed this long before it begins. */
const BILLED_AHEAD_SECONDS = 400 * 86_400;

/**
 * Returns the invoice that bills the period, or `bound` if more invoices follow than are read. Every status is listed: a
 * renewal invoice is a draft for an hour, so the newest paid one may belong to the period before.
 */
export async function findPeriodInvoice(
  stripe: StripeApi,
  subscription: string,
  period: BilledPeriod,
): Promise<Invoice | 'none' | 'bound'> {
  const created = { gte: period.start - BILLED_AHEAD_SECONDS };
  const list = (page: PageParams) => stripe.invoices.list({ subscription, created, ...page });
  const pages = pagesOf({ operation: 'list invoices', maxPages: MAX_INVOICE_PAGES }, list);
  for (;;) {
    const next = await pages.next();
    if (next.done === true) return next.value === 'bound' ? 'bound' : 'none';
    for (const json of next.value) {
      const invoice = invoiceIn(json);
      if (invoice !== undefined && (await hasLineOf(stripe, { json, invoice, period }))) return invoice;
    }
  }
}

/** An invoice shows only its first lines, and prorations come before the items. */
async function hasLineOf(
  stripe: StripeApi,
  { json, invoice, period }: { json: UnknownRecord; invoice: Invoice; period: BilledPeriod },
): Promise<boolean> {
  if (billsPeriod(invoice, linesIn(entriesAt(json, 'lines')), period)) return true;
  if (recordAt(json, 'lines')?.['has_more'] !== true) return false;
  const list = (page: PageParams) => stripe.invoices.listLineItems(invoice.id, page);
  const { found } = await readUpTo({ operation: 'list invoice lines', maxPages: MAX_LINE_PAGES }, list);
  return billsPeriod(invoice, linesIn(found), period);
}

/**
 * Returns since when the subscription is late. Null: no invoice is open. Every status is listed, the newest first, because a paid
 * renewal shows which open invoices are left from before it. One call, unless they are many.
 */
export async function readLateSince(stripe: StripeApi, subscription: string): Promise<number | null> {
  const list = (page: PageParams) => stripe.invoices.list({ subscription, ...page });
  const operation = 'list invoices of a late subscription';
  const pages = pagesOf({ operation, maxPages: MAX_INVOICE_PAGES }, list);
  const found: Invoice[] = [];
  for (;;) {
    const next = await pages.next();
    if (next.done === true && next.value === 'bound') {
      throw unknownShape(operation, `a list of at most ${MAX_INVOICE_PAGES} pages`);
    }
    if (next.done === true) return lateSince(found);
    found.push(...next.value.map(invoiceIn).filter((invoice) => invoice !== undefined));
    const open = found.findIndex(({ status }) => status === 'open');
    if (open !== -1 && found.slice(open).some(isPaidRenewal)) return lateSince(found);
  }
}

function invoiceIn(json: UnknownRecord): Invoice | undefined {
  const id = textAt(json, 'id');
  if (id === null) return undefined;
  const uncollectible = recordAt(recordAt(json, 'status_details'), 'uncollectible');
  return {
    id,
    status: textAt(json, 'status'),
    billingReason: textAt(json, 'billing_reason'),
    isSent: textAt(json, 'collection_method') === 'send_invoice',
    createdAt: integerAt(json, 'created') ?? 0,
    finalizedAt: integerAt(recordAt(json, 'status_transitions'), 'finalized_at'),
    dueAt: integerAt(json, 'due_date'),
    periodEnd: integerAt(json, 'period_end'),
    total: integerAt(json, 'total') ?? 0,
    amountPaid: integerAt(json, 'amount_paid') ?? 0,
    creditedBefore: integerAt(json, 'pre_payment_credit_notes_amount') ?? 0,
    creditedAfter: integerAt(json, 'post_payment_credit_notes_amount') ?? 0,
    uncollectibleReason: textAt(uncollectible, 'reason'),
  };
}

function linesIn(lines: readonly UnknownRecord[]): readonly InvoiceLine[] {
  return lines.flatMap((line) => {
    const item = recordAt(recordAt(line, 'parent'), 'subscription_item_details');
    const itemId = item === null ? null : idAt(item, 'subscription_item');
    const [start, end] = [
      integerAt(recordAt(line, 'period'), 'start'),
      integerAt(recordAt(line, 'period'), 'end'),
    ];
    if (item === null || itemId === null || start === null || end === null) return [];
    return [{ itemId, isProration: item['proration'] !== false, start, end }];
  });
}
