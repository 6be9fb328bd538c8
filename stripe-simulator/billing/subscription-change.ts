/** Changes a subscription's items: prices and quantities, with the prorations that follow. */
import { mergeMetadata } from '../http/metadata.ts';
import type { Params } from '../http/params.ts';
import { invalidRequest, noSuch } from '../http/stripe-error.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { add, type World } from '../world.ts';
import { pricingOf } from './invoice-draft.ts';
import { addIntervals } from './periods.ts';
import { billPeriod, billProrations } from './renewal.ts';
import { itemList, newItem, periodOf, recurringOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';

export interface ItemChange {
  readonly items: readonly Params[];
  readonly params: Params;
  /** the trial's end bills what is left to bill */
  readonly endsTrial: boolean;
}

export function changeItems(world: World, current: Subscription, order: ItemChange): void {
  const behavior =
    order.params.oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']) ??
    'create_prorations';
  const before = current.items.data;
  const after = itemsAfter(world, current, order.items);
  const newRhythm = rhythmOf(before) !== rhythmOf(after);
  const trialing = current.status === 'trialing';
  if (behavior !== 'none' && !trialing) prorate(world, current, after);
  const restarts = newRhythm && !trialing;
  const data = restarts ? restarted(world, after) : after;
  const changed = changeSubscription(world, current.id, {
    patch: {
      items: itemList(current.id, data),
      ...(restarts ? { billing_cycle_anchor: world.seconds() } : {}),
    },
    event: 'customer.subscription.updated',
  });
  if (trialing || order.endsTrial) return;
  // Another interval begins a new period, which is billed at once.
  if (restarts) billPeriod(world, changed, 'subscription_update');
  else if (behavior === 'always_invoice') billProrations(world, changed);
}

function itemsAfter(world: World, current: Subscription, changes: readonly Params[]): SubscriptionItem[] {
  let items = [...current.items.data];
  for (const change of changes) {
    const id = change.string('id');
    if (id === undefined) {
      items.push(addedItem(world, current, change));
      continue;
    }
    const item = items.find((candidate) => candidate.id === id);
    if (item === undefined) throw noSuch('subscription item', { id, param: change.nameOf('id') });
    const kept = items.filter((candidate) => candidate.id !== id);
    const edited = { ...item, ...itemPatch(world, item, change) };
    items = change.boolean('deleted') === true ? kept : items.map((row) => (row.id === id ? edited : row));
  }
  if (items.length === 0) {
    throw invalidRequest({ message: 'A subscription must have at least one active item.', param: 'items' });
  }
  recurringOf(items.map((item) => item.price));
  return items;
}

function addedItem(world: World, current: Subscription, change: Params): SubscriptionItem {
  const price = priceOf(world, change, change.required('price'));
  if (current.items.data.some((item) => item.price.id === price.id)) {
    throw invalidRequest({
      message: `Cannot add multiple subscription items with the same plan: ${price.id}`,
      param: change.nameOf('price'),
    });
  }
  const order = { price, quantity: change.integer('quantity') ?? 1, metadata: mergeMetadata({}, change) };
  return newItem(world, order, { subscription: current.id, period: periodOf(current) });
}

function itemPatch(world: World, item: SubscriptionItem, change: Params): Partial<SubscriptionItem> {
  const price = change.string('price');
  return {
    metadata: mergeMetadata(item.metadata, change),
    price: price === undefined ? item.price : priceOf(world, change, price),
    quantity: change.integer('quantity') ?? item.quantity,
  };
}

function priceOf(world: World, change: Params, id: string): SubscriptionItem['price'] {
  const price = world.store.prices.get(id);
  if (price === undefined) throw noSuch('price', { id, param: change.nameOf('price') });
  return price;
}

function rhythmOf(items: readonly SubscriptionItem[]): string {
  const recurring = items[0]?.price.recurring;
  return `${recurring?.interval_count} ${recurring?.interval}`;
}

function restarted(world: World, items: readonly SubscriptionItem[]): SubscriptionItem[] {
  const now = world.seconds();
  const end = addIntervals(now, recurringOf(items.map((item) => item.price)), 1);
  return items.map((item) => ({ ...item, current_period_start: now, current_period_end: end }));
}

/** Credit for the unused time at the old amount; unless a new period begins, the rest at the new one. */
function prorate(world: World, current: Subscription, after: readonly SubscriptionItem[]): void {
  const now = world.seconds();
  const { start, end } = periodOf(current);
  const share = end > start ? Math.min(1, Math.max(0, (end - now) / (end - start))) : 0;
  const restarts = rhythmOf(current.items.data) !== rhythmOf(after);
  for (const old of current.items.data) {
    const next = after.find((item) => item.id === old.id);
    if (next?.price.id === old.price.id && next.quantity === old.quantity && !restarts) continue;
    addProration(world, current, { item: old, share: -share, text: 'Unused time on' });
  }
  if (restarts) return;
  for (const item of after) {
    const old = current.items.data.find((candidate) => candidate.id === item.id);
    if (old?.price.id === item.price.id && old.quantity === item.quantity) continue;
    addProration(world, current, { item, share, text: 'Remaining time on' });
  }
}

function addProration(
  world: World,
  subscription: Subscription,
  { item, share, text }: { item: SubscriptionItem; share: number; text: string },
): void {
  const now = world.seconds();
  const amount = Math.round(item.price.unit_amount * item.quantity * share);
  if (amount === 0) return;
  const product = world.store.products.get(item.price.product)?.name ?? item.price.product;
  const row: InvoiceItem = {
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    amount,
    currency: item.price.currency,
    customer: subscription.customer,
    customer_account: null,
    date: now,
    description: `${text} ${product}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: { subscription_details: { subscription: subscription.id }, type: 'subscription_details' },
    period: { end: item.current_period_end, start: now },
    pricing: pricingOf(item.price),
    proration: true,
    quantity: item.quantity,
  };
  add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
}
