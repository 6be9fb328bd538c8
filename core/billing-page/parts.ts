/** Reads the parts of the page side by side, from all of the user's own customers. */
import type { BillingPart, BillingResponse, NextCharge, PaymentMethod } from '../../contract/billing.ts';
import type { Clock } from '../system/clock.ts';
import type { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { cardExpiresAt, expiresBefore } from './card-expiry.ts';
import { type Collector, createCollector } from './collector.ts';
import { byAge } from './due-payment.ts';
import { type Cursor, pageOf, queryAfter } from './invoice-page.ts';
import { type ComingCharge, comingCharges, scheduledChanges } from './next-charge.ts';
import type { BilledCustomer, BilledSubscription, BillingReader, MethodFacts, Phases } from './ports.ts';
import { readDue } from './read-due.ts';

export type PageParts = Pick<BillingResponse, BillingPart>;

/** Subscriptions whose schedules are read, and for which the next invoice is asked. */
const MAX_SUBSCRIPTIONS = 3;

export interface PartServices {
  readonly billing: BillingReader;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

export interface PageQuery {
  readonly customers: readonly BilledCustomer[];
  /** Of customers that could not be read. */
  readonly failures: readonly Fault[];
  readonly cursor: Cursor | null;
}

export interface ReadParts {
  readonly parts: PageParts;
  /** What is missing, or lacks something. */
  readonly unavailable: ReadonlySet<BillingPart>;
  readonly failures: readonly Fault[];
}

export async function readParts(
  services: PartServices,
  { customers, failures, cursor }: PageQuery,
): Promise<ReadParts> {
  const { billing } = services;
  const collector = createCollector(services, failures);
  const lists = [
    collector.each('invoices', customers, ({ id }) => billing.listInvoices(id, queryAfter(cursor))),
    collector.each('tax_ids', customers, ({ id }) => billing.listTaxIds(id)),
    readCharges(billing, collector, customers),
  ] as const;
  const [invoices, taxIds, charges] = await Promise.all(lists);
  return {
    parts: {
      ...charges,
      invoices: invoices === null ? null : pageOf(invoices, cursor),
      tax_ids: taxIds?.flat() ?? null,
      billing_details: customers[0]?.details ?? null,
    },
    unavailable: collector.missing,
    failures: collector.failures,
  };
}

type Charges = Pick<PageParts, 'payments_due' | 'next_charge' | 'scheduled' | 'payment_method'>;

/** What is due and what comes next decide of which payment method the page shows whether it expires before. */
async function readCharges(
  billing: BillingReader,
  collector: Collector,
  customers: readonly BilledCustomer[],
): Promise<Charges> {
  const subscriptions = customers.flatMap((customer) => customer.subscriptions);
  const [due, { next, scheduled }] = await Promise.all([
    readAllDue(billing, collector, customers),
    readComing(billing, collector, subscriptions),
  ]);
  const chargedAt = next?.at ?? due?.find((one) => one.next_attempt_at !== null)?.next_attempt_at ?? null;
  const methodId = methodOf(customers, next?.subscription ?? due?.[0]?.subscription ?? null);
  const method =
    methodId === null
      ? null
      : await collector.one('payment_method', () => billing.readPaymentMethod(methodId));
  return {
    payments_due: due,
    next_charge: next,
    scheduled: customers.length === 0 ? null : scheduled,
    payment_method: method === null || method === 'missing' ? null : shown(method, chargedAt),
  };
}

async function readAllDue(
  billing: BillingReader,
  collector: Collector,
  customers: readonly BilledCustomer[],
): Promise<PageParts['payments_due']> {
  const read = await collector.each('payments_due', customers, (customer) => readDue(billing, customer));
  for (const { unread } of read ?? []) {
    if (unread === undefined) continue;
    await collector.one('payments_due', () => Promise.reject(unread));
  }
  return read?.flatMap(({ payments }) => payments).sort(byAge) ?? null;
}

async function readComing(
  billing: BillingReader,
  collector: Collector,
  subscriptions: readonly BilledSubscription[],
): Promise<{ readonly next: NextCharge | null; readonly scheduled: PageParts['scheduled'] }> {
  const phases = await collector.one('scheduled', () => readPhases(billing, subscriptions));
  // Without the schedules, Stripe itself says whether there is a next invoice.
  const known = phases ?? new Map<string, Phases>();
  const coming = comingCharges(subscriptions, known);
  const next = await collector.one('next_charge', () => firstCharge(billing, coming));
  return { next, scheduled: phases === null ? null : scheduledChanges(subscriptions, known) };
}

async function readPhases(
  billing: BillingReader,
  subscriptions: readonly BilledSubscription[],
): Promise<ReadonlyMap<string, Phases>> {
  const read = subscriptions.slice(0, MAX_SUBSCRIPTIONS).map(async ({ id, scheduleId }) => {
    return scheduleId === null ? [] : [[id, await billing.readPhases(scheduleId)] as const];
  });
  return new Map((await Promise.all(read)).flat());
}

/** Asks one after the other, because the soonest charge is nearly always one. */
async function firstCharge(
  billing: BillingReader,
  coming: readonly ComingCharge[],
): Promise<NextCharge | null> {
  for (const { subscription, at, endsTrial, items } of coming.slice(0, MAX_SUBSCRIPTIONS)) {
    const invoice = await billing.previewNext(subscription, items);
    if (invoice === 'none') continue;
    const { id, isSent } = subscription;
    const collection_method = isSent ? 'send_invoice' : 'charge_automatically';
    return { subscription: id, ...invoice, at, ends_trial: endsTrial, collection_method };
  }
  return null;
}

/** Of the subscription, or else of any that continues, or what the customer has saved as the default. */
function methodOf(customers: readonly BilledCustomer[], subscriptionId: string | null): string | null {
  const subscriptions = customers.flatMap((customer) => customer.subscriptions);
  const named = subscriptions.find(({ id }) => id === subscriptionId);
  const all = [named, ...subscriptions, ...customers].map((one) => one?.paymentMethodId ?? null);
  return named === undefined ? (all.find((id) => id !== null) ?? null) : named.paymentMethodId;
}

function shown(facts: MethodFacts, chargedAt: number | null): PaymentMethod {
  const { id, type, brand, last4, expMonth, expYear } = facts;
  const expiresAt = cardExpiresAt(expMonth, expYear);
  return {
    id,
    type,
    brand,
    last4,
    exp_month: expMonth,
    exp_year: expYear,
    expires_at: expiresAt,
    expires_before_next_charge: expiresBefore(expiresAt, chargedAt),
  };
}
