/** What a change in mid-period owes: credit for the unused time, a charge for the rest at the new price. */

import { pricingOf } from '../invoices/invoice-draft.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { periodOf } from './subscription-items.ts';

export interface ProrationInput {
  readonly after: readonly SubscriptionItem[];
  /** a new period begins: every old item is credited, the new period is billed by itself */
  readonly restarts: boolean;
  readonly at: number;
}

export function prorationsOf(world: World, current: Subscription, order: ProrationInput): InvoiceItem[] {
  const { after, restarts, at } = order;
  const { start, end } = periodOf(current);
  const share = end > start ? Math.min(1, Math.max(0, (end - at) / (end - start))) : 0;
  const before = current.items.data;
  const isKept = (item: SubscriptionItem, others: readonly SubscriptionItem[]) => {
    const twin = others.find((candidate) => candidate.id === item.id);
    return twin?.price.id === item.price.id && twin.quantity === item.quantity;
  };
  const credited = before.filter((item) => restarts || !isKept(item, after));
  const charged = restarts ? [] : after.filter((item) => !isKept(item, before));
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
