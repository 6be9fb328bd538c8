/** Subscription items: creation, periods and amounts. */

import { amountFor } from '../amounts/price-charges.ts';
import type { Redeemable } from '../discounts/redemption.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { Price, Recurring } from '../model/catalog.ts';
import type { Metadata, ObjectList } from '../model/common.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import type { TaxRate } from '../model/tax.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

export interface ItemInput {
  readonly price: Price;
  /** Undefined if the price is metered. */
  readonly quantity: number | undefined;
  readonly metadata: Metadata;
  readonly discounts?: readonly Redeemable[];
  readonly taxRates?: readonly TaxRate[];
}

/** Returns the quantity that a request asks for. A metered price has none. */
export function quantityIn(item: Params, price: Price | undefined): number | undefined {
  const quantity = item.integer('quantity');
  if (quantity === undefined || price?.recurring?.usage_type !== 'metered') return quantity;
  const param = item.nameOf('quantity');
  const name = param.replace('[quantity]', '');
  throw invalidRequest({
    message: `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${name}\``,
    param,
  });
}

export function samePrice(price: string, param: string): Error {
  const message = `Cannot add multiple subscription items with the same plan: ${price}`;
  return invalidRequest({ message, param });
}

export interface Period {
  readonly start: number;
  readonly end: number;
}

export function itemList(
  subscription: string,
  data: readonly SubscriptionItem[],
): ObjectList<SubscriptionItem> {
  return {
    object: 'list',
    data,
    has_more: false,
    total_count: data.length,
    url: `/v1/subscription_items?subscription=${subscription}`,
  };
}

export function newItem(
  world: World,
  input: ItemInput,
  owner: { subscription: string; period: Period },
): SubscriptionItem {
  return {
    id: world.ids.next('si_'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: world.seconds(),
    current_period_end: owner.period.end,
    current_period_start: owner.period.start,
    discounts: [],
    metadata: input.metadata,
    price: input.price,
    ...(isMetered(input.price) ? {} : { quantity: input.quantity ?? 1 }),
    subscription: owner.subscription,
    tax_rates: input.taxRates ?? [],
  };
}

/** Returns the subscription's items moved to the period. */
export function inPeriod(subscription: Subscription, period: Period): ObjectList<SubscriptionItem> {
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_end: period.end,
    current_period_start: period.start,
  }));
  return itemList(subscription.id, data);
}

/**
 * Returns the interval that all prices share, or throws. With `mixed`, as in flexible billing, it returns that of the first
 * price.
 */
export function recurringOf(prices: readonly Price[], { mixed = false } = {}): Recurring {
  const [first, ...others] = prices;
  if (first === undefined || first.recurring === null) {
    throw invalidRequest({
      message:
        'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      param: 'items[0][price]',
    });
  }
  const { interval, interval_count, ...rest } = first.recurring;
  const hasSameInterval = (price: Price) =>
    price.recurring?.interval === interval && price.recurring.interval_count === interval_count;
  if (!mixed && !others.every(hasSameInterval)) {
    throw invalidRequest({
      message:
        'All prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`, unless its `billing_mode` is flexible.',
      param: 'items',
    });
  }
  const foreign = others.find((price) => price.currency !== first.currency);
  if (foreign !== undefined) {
    throw invalidRequest({
      message: `The price specified supports currencies of \`${foreign.currency}\` which doesn't include the expected currency of \`${first.currency}\`.`,
      param: 'items',
    });
  }
  return { interval, interval_count, ...rest };
}

/** Returns the period that ends first: the items of a subscription with mixed intervals have their own. */
export function periodOf(subscription: Subscription): Period {
  const { data } = subscription.items;
  const end = Math.min(...data.map((item) => item.current_period_end));
  const first = data.find((item) => item.current_period_end === end);
  return { start: first?.current_period_start ?? 0, end: first?.current_period_end ?? 0 };
}

/** Returns what a full period of the items costs, without discounts, taxes and usage. */
export function amountOf(items: readonly Pick<SubscriptionItem, 'price' | 'quantity'>[]): number {
  return items
    .filter(({ price }) => !isMetered(price))
    .reduce((sum, { price, quantity }) => sum + amountFor(price, quantity ?? 1), 0);
}

/** Whether the items can have different intervals, as flexible billing allows. */
export function allowsMixed({ billing_mode: mode }: Pick<Subscription, 'billing_mode'>): boolean {
  return mode.type === 'flexible';
}
