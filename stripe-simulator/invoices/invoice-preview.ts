/**
 * `POST /v1/invoices/create_preview`: previews the invoice of a new subscription, a change, a cancellation or the next
 * period.
 */

import { resolveCustomer } from '../customers/customers.ts';
import { readDiscounts } from '../discounts/redemption.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch } from '../protocol/stripe-error.ts';
import { countingAnchor } from '../subscriptions/anchor.ts';
import { changeTerms, itemEdit } from '../subscriptions/change-params.ts';
import type { SubscriptionInput } from '../subscriptions/new-subscription.ts';
import { prorationsOf } from '../subscriptions/prorations.ts';
import { usageLines } from '../subscriptions/renewal.ts';
import { type ComputedChange, computeChange } from '../subscriptions/subscription-change.ts';
import { amountTerms, itemInputs, trialEndOf } from '../subscriptions/subscription-create.ts';
import { itemList, periodOf, recurringOf } from '../subscriptions/subscription-items.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { previewFirstInvoice } from '../subscriptions/subscription-start.ts';
import { automaticTaxIn } from '../taxes/automatic-tax.ts';
import { nextBoundary } from '../time/billing-periods.ts';
import type { World } from '../world/world.ts';
import { pendingItemsOf, previewInvoice } from './invoice-draft.ts';
import { type BilledItem, inFull } from './invoice-lines.ts';

export function previewOperation(world: World, { params }: ApiRequest): Invoice {
  const id = params.string('subscription');
  const details = params.object('subscription_details');
  if (id === undefined) return previewStart(world, params, details);
  const subscription = world.store.subscriptions.get(id);
  const customer = params.string('customer');
  const isOf = customer === undefined || subscription?.customer === customer;
  if (subscription === undefined || !isOf) throw noSuch('subscription', { id, param: 'subscription' });
  if (isEnded(subscription)) {
    throw invalidRequest({
      message: 'A canceled subscription has no upcoming invoice.',
      code: 'invoice_upcoming_none',
    });
  }
  const mode = params.oneOf('preview_mode', ['next', 'recurring']);
  if (mode === 'recurring') return previewRecurring(world, subscription, details);
  if (details?.boolean('cancel_now') === true) return previewEnd(world, subscription, details);
  if (details === undefined && !hasNextInvoice(world, subscription)) {
    throw invalidRequest({
      message: `No upcoming invoices for customer: ${subscription.customer}`,
      code: 'invoice_upcoming_none',
    });
  }
  return previewChange(world, subscription, details);
}

/** A subscription that ends with its period is billed again only for what was used, or is waiting to be billed. */
function hasNextInvoice(world: World, subscription: Subscription): boolean {
  const { id, customer, cancel_at: ends, items } = subscription;
  const { end } = periodOf(subscription);
  if (ends === null || ends > end) return true;
  const isMeteredItem = items.data.some(({ price }) => price.recurring?.usage_type === 'metered');
  return isMeteredItem || pendingItemsOf(world, { customer, subscription: id }).length > 0;
}

function previewStart(world: World, params: Params, details: Params | undefined): Invoice {
  const customer = resolveCustomer(world, params.required('customer')).id;
  if (details === undefined) {
    const pendingItems = pendingItemsOf(world, { customer });
    if (pendingItems.length === 0) {
      const message = `No upcoming invoices for customer: ${customer}`;
      throw invalidRequest({ message, code: 'invoice_upcoming_none' });
    }
    return preview(world, { customer, billed: [], pendingItems, currency: pendingItems[0]?.currency });
  }
  if (!details.has('items')) throw missingParameter(details.nameOf('items'));
  const items = itemInputs(world, details);
  const terms = amountTerms(world, details, { items, customer });
  return previewFirstInvoice(world, {
    customer: resolveCustomer(world, customer),
    items,
    metadata: {},
    trialEnd: trialEndOf(world, details, items),
    paymentBehavior: 'default_incomplete',
    collectionMethod: 'charge_automatically',
    daysUntilDue: null,
    ownMethod: undefined,
    method: undefined,
    authenticated: false,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    missingPaymentMethod: 'create_invoice',
    billingMode: 'flexible',
    description: null,
    paymentSettings: null,
    ...terms,
    ...previewTerms(world, params, customer),
  });
}

/** Reads the discounts and the taxes of the previewed invoice itself. */
function previewTerms(
  world: World,
  params: Params,
  customer: string,
): Partial<Pick<SubscriptionInput, 'automaticTax' | 'discounts'>> {
  const discounts = readDiscounts(world, params, { customer });
  const automaticTax = automaticTaxIn(params);
  return {
    ...(discounts === undefined ? {} : { discounts }),
    ...(automaticTax === undefined ? {} : { automaticTax }),
  };
}

/** Previews the next invoice of a subscription that stays as it is. */
export function upcomingInvoice(world: World, subscription: Subscription): Invoice {
  return previewChange(world, subscription, undefined);
}

function previewChange(world: World, subscription: Subscription, details: Params | undefined): Invoice {
  const { customer, id, currency } = subscription;
  const edits = details?.objects('items')?.map((item) => itemEdit(world, item)) ?? [];
  const change: ComputedChange =
    details === undefined
      ? { items: subscription.items.data, restarts: false, prorations: [] }
      : computeChange(world, subscription, { ...changeTerms(details), edits, endsTrial: false });
  const pendingItems = [...pendingItemsOf(world, { customer, subscription: id }), ...change.prorations];
  const billsNow = details?.string('proration_behavior') === 'always_invoice' && !change.restarts;
  if (change.restarts || billsNow) {
    const billed = change.restarts ? inFull(change.items) : [];
    return preview(world, { customer, subscription, billed, pendingItems, currency });
  }
  const changed = { ...subscription, items: itemList(id, change.items) };
  return preview(world, { customer, subscription, pendingItems, currency, ...nextBilling(world, changed) });
}

/** Previews what a whole period bills: no prorations, and nothing that is billed once. */
function previewRecurring(world: World, subscription: Subscription, details: Params | undefined): Invoice {
  const { customer, id, currency } = subscription;
  const edits = details?.objects('items')?.map((item) => itemEdit(world, item)) ?? [];
  const terms = details === undefined ? undefined : changeTerms(details);
  const items =
    terms === undefined
      ? subscription.items.data
      : computeChange(world, subscription, { ...terms, edits, endsTrial: false }).items;
  const changed = { ...subscription, items: itemList(id, items) };
  const billed = inFull(nextBilling(world, changed).billed.map(({ item }) => item));
  return preview(world, { customer, subscription, billed, pendingItems: [], currency });
}

/** Returns what the next renewal bills: the items that are due, and what was used of the metered ones. */
function nextBilling(world: World, subscription: Subscription): Pick<Preview, 'billed' | 'period'> {
  const period = periodOf(subscription);
  const due = subscription.items.data.filter((item) => item.current_period_end <= period.end);
  const renewed = due.map((item) => ({
    ...item,
    current_period_start: period.end,
    current_period_end: nextBoundary(countingAnchor(subscription), recurringOf([item.price]), period.end),
  }));
  return { billed: [...usageLines(world, subscription, due), ...inFull(renewed)], period };
}

function previewEnd(world: World, subscription: Subscription, details: Params): Invoice {
  const { customer, id, currency } = subscription;
  const { prorationBehavior, prorationDate } = changeTerms(details);
  const at = prorationDate ?? world.seconds();
  const credits =
    prorationBehavior === 'none' ? [] : prorationsOf(world, subscription, { after: [], restarts: true, at });
  const pendingItems = [...pendingItemsOf(world, { customer, subscription: id }), ...credits];
  return preview(world, { customer, subscription, billed: [], pendingItems, currency });
}

interface Preview {
  readonly customer: string;
  readonly subscription?: Subscription;
  readonly billed: readonly BilledItem[];
  readonly period?: { readonly start: number; readonly end: number };
  readonly pendingItems: Parameters<typeof previewInvoice>[1]['pendingItems'];
  readonly currency: string | undefined;
}

function preview(world: World, input: Preview): Invoice {
  const { subscription, currency = 'usd' } = input;
  return previewInvoice(world, {
    ...input,
    billingReason: 'upcoming',
    currency,
    collectionMethod: subscription?.collection_method ?? 'charge_automatically',
  });
}
