/**
 * Prorations of a change within a period: a credit for unused time, and a charge for the remaining time at the new
 * price.
 */

import { portionOf } from '../amounts/decimal.ts';
import { discountShares } from '../amounts/discount-shares.ts';
import { amountFor } from '../amounts/price-charges.ts';
import { discountTerms } from '../discounts/discount-terms.ts';
import { activeDiscounts } from '../discounts/discount-use.ts';
import { isMetered, pricingOf } from '../invoices/invoice-lines.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { addIntervals } from '../time/billing-periods.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface ProrationInput {
  readonly after: readonly SubscriptionItem[];
  /** Whether a new period begins. Then all old items are credited, and the new period is billed separately. */
  readonly restarts: boolean;
  readonly at: number;
}

/** Returns the prorations of a change without storing them. */
export function prorationsOf(world: World, current: Subscription, input: ProrationInput): InvoiceItem[] {
  const { after, restarts, at } = input;
  const before = current.items.data;
  const isUnchanged = (item: SubscriptionItem, others: readonly SubscriptionItem[]) => {
    const other = others.find((candidate) => candidate.id === item.id);
    return (
      other?.price.id === item.price.id &&
      other.quantity === item.quantity &&
      other.current_period_end === item.current_period_end
    );
  };
  const credited = before.filter((item) => !isMetered(item.price) && (restarts || !isUnchanged(item, after)));
  const charged = restarts
    ? []
    : after.filter((item) => !isMetered(item.price) && !isUnchanged(item, before));
  const costs = { before: netAmounts(world, current, before), after: netAmounts(world, current, after) };
  const rows = [
    ...credited.map((item) => {
      const billed = billedAmount(world, item);
      const net = billed?.net ?? costs.before.get(item.id) ?? 0;
      return newProration(world, current, { item, net, at, sign: -1, credits: billed?.line });
    }),
    ...charged.map((item) =>
      newProration(world, current, { item, net: costs.after.get(item.id) ?? 0, at, sign: 1 }),
    ),
  ];
  return rows.filter((row) => row.amount !== 0);
}

export function addProrations(world: World, rows: readonly InvoiceItem[]): void {
  for (const row of rows) add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
}

/** Returns what a period of each item costs, without its discounts: prorations include them. */
function netAmounts(
  world: World,
  { currency, discounts }: Subscription,
  items: readonly SubscriptionItem[],
): ReadonlyMap<string, number> {
  const termsOf = (ids: readonly string[]) =>
    activeDiscounts(world, ids)
      .map((id) => discountTerms(world, id, currency))
      .filter((terms) => terms !== undefined);
  const billed = items.filter(({ price }) => !isMetered(price));
  const lines = billed.map(({ price, quantity, discounts: own }) => ({
    amount: amountFor(price, quantity ?? 1),
    isDiscountable: true,
    product: price.product,
    discounts: termsOf(own),
  }));
  const shares = discountShares(lines, termsOf(discounts));
  return new Map(
    billed.map(({ id }, index) => {
      const off = (shares[index] ?? []).reduce((sum, { amount }) => sum + amount, 0);
      return [id, (lines[index]?.amount ?? 0) - off];
    }),
  );
}

interface BilledLine {
  readonly invoice: string;
  readonly line: string;
}

/** Returns what was billed for the current period of an item, so that no more than that is credited. */
function billedAmount(
  world: World,
  item: SubscriptionItem,
): { readonly net: number; readonly line: BilledLine } | undefined {
  for (const invoice of world.store.invoices.where('subscription', item.subscription).reverse()) {
    for (const line of invoice.lines.data) {
      const details = line.parent.subscription_item_details;
      const isOf =
        details?.subscription_item === item.id &&
        !details.proration &&
        line.period.end === item.current_period_end &&
        line.period.start === item.current_period_start &&
        line.pricing?.price_details.price === item.price.id &&
        line.quantity === item.quantity;
      if (!isOf || line.amount === 0) continue;
      const off = line.discount_amounts.reduce((sum, { amount }) => sum + amount, 0);
      return { net: line.amount - off, line: { invoice: invoice.id, line: line.id } };
    }
  }
  return undefined;
}

interface Proration {
  readonly item: SubscriptionItem;
  readonly net: number;
  readonly at: number;
  readonly sign: 1 | -1;
  readonly credits?: BilledLine | undefined;
}

function newProration(world: World, subscription: Subscription, proration: Proration): InvoiceItem {
  const { item, net, at, sign, credits } = proration;
  const product = world.store.products.get(item.price.product)?.name ?? item.price.product;
  return {
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    amount: sign * portionOf(net, ...shareOf(item, at)) + 0,
    currency: item.price.currency,
    customer: subscription.customer,
    customer_account: null,
    date: world.seconds(),
    description: `${sign < 0 ? 'Unused' : 'Remaining'} time on ${product}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: { subscription_details: { subscription: subscription.id }, type: 'subscription_details' },
    period: { end: item.current_period_end, start: at },
    pricing: pricingOf(item.price),
    proration: true,
    proration_details: {
      credited_items:
        credits === undefined
          ? null
          : {
              invoice_line_item_details: { invoice: credits.invoice, invoice_line_items: [credits.line] },
              type: 'invoice_line_items',
            },
      discount_amounts: [],
    },
    quantity: item.quantity ?? 1,
    tax_rates: item.tax_rates,
  };
}

/**
 * Returns the seconds that are left of a period, and those of a whole one. The period before an anchor is shorter than
 * a whole one.
 */
function shareOf(item: SubscriptionItem, at: number): [part: number, whole: number] {
  const { current_period_start: start, current_period_end: end, price } = item;
  const natural = price.recurring === null ? 0 : addIntervals(start, price.recurring, 1) - start;
  const whole = Math.max(end - start, natural);
  return [Math.min(end - start, Math.max(0, end - at)), whole];
}
