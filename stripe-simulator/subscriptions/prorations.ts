/**
 * Prorations of a change within a period: a credit for unused time, and a charge for the remaining time at the new
 * price.
 */

import { pricingOf } from '../invoices/invoice-draft.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { periodOf } from './subscription-items.ts';

export interface ProrationInput {
  readonly after: readonly SubscriptionItem[];
  /** Whether a new period begins. Then all old items are credited, and the new period is billed separately. */
  readonly restarts: boolean;
  readonly at: number;
}

/** Returns the prorations of a change without storing them. */
export function prorationsOf(world: World, current: Subscription, input: ProrationInput): InvoiceItem[] {
  const { after, restarts, at } = input;
  const { start, end } = periodOf(current);
  const share = end > start ? Math.min(1, Math.max(0, (end - at) / (end - start))) : 0;
  const before = current.items.data;
  const isUnchanged = (item: SubscriptionItem, others: readonly SubscriptionItem[]) => {
    const other = others.find((candidate) => candidate.id === item.id);
    return other?.price.id === item.price.id && other.quantity === item.quantity;
  };
  const credited = before.filter((item) => restarts || !isUnchanged(item, after));
  const charged = restarts ? [] : after.filter((item) => !isUnchanged(item, before));
  const rows = [
    ...credited.map((item) => newProration(world, current, { item, share: -share, at })),
    ...charged.map((item) => newProration(world, current, { item, share, at })),
  ];
  return rows.filter((row) => row.amount !== 0);
}

export function addProrations(world: World, rows: readonly InvoiceItem[]): void {
  for (const row of rows) add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
}

function newProration(
  world: World,
  subscription: Subscription,
  { item, share, at }: { item: SubscriptionItem; share: number; at: number },
): InvoiceItem {
  const product = world.store.products.get(item.price.product)?.name ?? item.price.product;
  return {
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    amount: Math.round(item.price.unit_amount * item.quantity * share),
    currency: item.price.currency,
    customer: subscription.customer,
    customer_account: null,
    date: world.seconds(),
    description: `${share < 0 ? 'Unused' : 'Remaining'} time on ${product}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: { subscription_details: { subscription: subscription.id }, type: 'subscription_details' },
    period: { end: item.current_period_end, start: at },
    pricing: pricingOf(item.price),
    proration: true,
    quantity: item.quantity,
  };
}
