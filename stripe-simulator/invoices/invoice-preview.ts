/**
 * `POST /v1/invoices/create_preview`: previews the invoice of a new subscription, a change, a cancellation or the next
 * period.
 */

import { resolveCustomer } from '../customers/customers.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch } from '../protocol/stripe-error.ts';
import { changeTerms, itemEdit } from '../subscriptions/change-params.ts';
import { prorationsOf } from '../subscriptions/prorations.ts';
import { periodAfter } from '../subscriptions/renewal.ts';
import { type ComputedChange, computeChange } from '../subscriptions/subscription-change.ts';
import { itemInputs, trialEndOf } from '../subscriptions/subscription-create.ts';
import { inPeriod, itemList, newItem, periodOf, recurringOf } from '../subscriptions/subscription-items.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { addIntervals } from '../time/billing-periods.ts';
import type { World } from '../world/world.ts';
import { pendingItemsOf, previewInvoice } from './invoice-draft.ts';

export function previewOperation(world: World, { params }: ApiRequest): Invoice {
  const id = params.string('subscription');
  const details = params.object('subscription_details');
  if (id === undefined) return previewStart(world, params, details);
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined) throw noSuch('subscription', { id, param: 'subscription' });
  if (isEnded(subscription)) {
    throw invalidRequest({
      message: 'A canceled subscription has no upcoming invoice.',
      code: 'invoice_upcoming_none',
    });
  }
  if (details?.boolean('cancel_now') === true) return previewEnd(world, subscription, details);
  return previewChange(world, subscription, details);
}

function previewStart(world: World, params: Params, details: Params | undefined): Invoice {
  const customer = resolveCustomer(world, params.required('customer')).id;
  if (details === undefined) {
    const pendingItems = pendingItemsOf(world, { customer });
    if (pendingItems.length === 0) {
      const message = `No upcoming invoices for customer: ${customer}`;
      throw invalidRequest({ message, code: 'invoice_upcoming_none' });
    }
    return preview(world, { customer, items: [], pendingItems, currency: pendingItems[0]?.currency });
  }
  if (!details.has('items')) throw missingParameter(details.nameOf('items'));
  const inputs = itemInputs(world, details);
  const recurring = recurringOf(inputs.map((input) => input.price));
  const start = world.seconds();
  const trialEnd = trialEndOf(world, details, inputs);
  const period = { start, end: trialEnd ?? addIntervals(start, recurring, 1) };
  const items = inputs.map((input) => newItem(world, input, { subscription: '', period }));
  const pendingItems = pendingItemsOf(world, { customer });
  const currency = inputs[0]?.price.currency;
  return preview(world, { customer, items, pendingItems, currency, free: trialEnd !== null });
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
  const items = change.restarts ? change.items : billsNow ? [] : nextPeriod(subscription, change.items);
  return preview(world, { customer, subscription, items, pendingItems, currency });
}

/** Returns the items in their next period, which the renewal bills when the change bills nothing immediately. */
function nextPeriod(
  subscription: Subscription,
  items: readonly SubscriptionItem[],
): readonly SubscriptionItem[] {
  const changed = { ...subscription, items: itemList(subscription.id, items) };
  const { end } = periodOf(changed);
  return inPeriod(changed, periodAfter(changed, end)).data;
}

function previewEnd(world: World, subscription: Subscription, details: Params): Invoice {
  const { customer, id, currency } = subscription;
  const { prorationBehavior, prorationDate } = changeTerms(details);
  const at = prorationDate ?? world.seconds();
  const credits =
    prorationBehavior === 'none' ? [] : prorationsOf(world, subscription, { after: [], restarts: true, at });
  const pendingItems = [...pendingItemsOf(world, { customer, subscription: id }), ...credits];
  return preview(world, { customer, subscription, items: [], pendingItems, currency });
}

interface Preview {
  readonly customer: string;
  readonly subscription?: Subscription;
  readonly items: readonly SubscriptionItem[];
  readonly pendingItems: Parameters<typeof previewInvoice>[1]['pendingItems'];
  readonly currency: string | undefined;
  readonly free?: boolean;
}

function preview(world: World, input: Preview): Invoice {
  const { subscription, currency = 'usd', free = false } = input;
  return previewInvoice(world, {
    ...input,
    billingReason: 'upcoming',
    currency,
    free,
    collectionMethod: subscription?.collection_method ?? 'charge_automatically',
  });
}
