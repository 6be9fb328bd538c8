/** Applies edits to the items of a subscription. */

import type { PlannedDiscount } from '../discounts/redemption.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { Price } from '../model/catalog.ts';
import type { Metadata } from '../model/common.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import type { TaxRate } from '../model/tax.ts';
import { invalidRequest, noSuch } from '../protocol/stripe-error.ts';
import { nextBoundary } from '../time/billing-periods.ts';
import type { World } from '../world/world.ts';
import { countingAnchor } from './anchor.ts';
import { allowsMixed, newItem, periodOf, recurringOf, samePrice } from './subscription-items.ts';

export interface ItemEdit {
  /** The item to change; undefined adds an item. */
  readonly id: string | undefined;
  readonly deleted: boolean;
  readonly price: Price | undefined;
  readonly quantity: number | undefined;
  readonly taxRates?: readonly TaxRate[] | undefined;
  /** The discounts that the item gets; undefined keeps those that it has. */
  readonly discounts?: readonly PlannedDiscount[] | undefined;
  readonly metadataAfter: (current: Metadata) => Metadata;
  /** Returns the full name of a parameter in the request, for error messages. */
  readonly nameOf: (name: string) => string;
}

const MAX_ITEMS = 20;

/** Returns the items after all edits, or throws Stripe's error for an invalid result. */
export function itemsAfter(
  world: World,
  current: Subscription,
  edits: readonly ItemEdit[],
): SubscriptionItem[] {
  let items = [...current.items.data];
  for (const edit of edits) items = applyEdit(world, { current, items, edit });
  if (items.length === 0) {
    throw invalidRequest({ message: 'A subscription must have at least one active item.', param: 'items' });
  }
  if (items.length > MAX_ITEMS) {
    throw invalidRequest({ message: `A subscription can have up to ${MAX_ITEMS} items.`, param: 'items' });
  }
  const ids = items.map((item) => item.price.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw samePrice(repeated, 'items');
  recurringOf(
    items.map((item) => item.price),
    { mixed: allowsMixed(current) },
  );
  return items;
}

interface Step {
  readonly current: Subscription;
  readonly items: readonly SubscriptionItem[];
  readonly edit: ItemEdit;
}

function applyEdit(world: World, { current, items, edit }: Step): SubscriptionItem[] {
  if (edit.id === undefined) return [...items, newItemOf(world, current, edit)];
  const item = items.find((candidate) => candidate.id === edit.id);
  if (item === undefined) {
    throw noSuch('subscription item', { id: edit.id, param: edit.nameOf('id') });
  }
  if (edit.deleted) return items.filter((candidate) => candidate !== item);
  const next = changedItem(world, { current, item, edit });
  return items.map((candidate) => (candidate === item ? next : candidate));
}

function changedItem(
  world: World,
  { current, item, edit }: { current: Subscription; item: SubscriptionItem; edit: ItemEdit },
): SubscriptionItem {
  const price = edit.price ?? item.price;
  if (price.id !== item.price.id && current.items.data.some((other) => other.price.id === price.id)) {
    throw samePrice(price.id, edit.nameOf('price'));
  }
  const { quantity: before, ...rest } = item;
  const quantity = edit.quantity ?? before ?? 1;
  return {
    ...rest,
    metadata: edit.metadataAfter(item.metadata),
    price,
    ...(isMetered(price) ? {} : { quantity }),
    ...(edit.taxRates === undefined ? {} : { tax_rates: edit.taxRates }),
    discounts: discountsOf(edit, item),
    ...(isMixed(current) && cycleOf(price) !== cycleOf(item.price) ? periodFrom(world, current, price) : {}),
  };
}

function discountsOf(edit: ItemEdit, item: SubscriptionItem): readonly string[] {
  return edit.discounts?.map(({ discount }) => discount.id) ?? item.discounts;
}

/** Whether the items have different intervals, so that each has a period of its own. */
function isMixed({ items }: Subscription): boolean {
  return new Set(items.data.map(({ price }) => cycleOf(price))).size > 1;
}

export function cycleOf({ recurring }: Price): string {
  return `${recurring?.interval_count} ${recurring?.interval}`;
}

/** The period until the next date that the anchor sets for the interval of a price. */
function periodFrom(
  world: World,
  current: Subscription,
  price: Price,
): Pick<SubscriptionItem, 'current_period_end' | 'current_period_start'> {
  const now = world.seconds();
  const end = nextBoundary(countingAnchor(current), recurringOf([price]), now);
  return { current_period_end: end, current_period_start: now };
}

function newItemOf(world: World, current: Subscription, edit: ItemEdit): SubscriptionItem {
  const { price } = edit;
  if (price === undefined) {
    throw invalidRequest({
      message: `Missing required param: ${edit.nameOf('price')}.`,
      code: 'parameter_missing',
      param: edit.nameOf('price'),
    });
  }
  if (current.items.data.some((item) => item.price.id === price.id)) {
    throw samePrice(price.id, edit.nameOf('price'));
  }
  const input = {
    price,
    quantity: edit.quantity ?? 1,
    metadata: edit.metadataAfter({}),
    taxRates: edit.taxRates ?? [],
  };
  const sameCycle = current.items.data.find((item) => cycleOf(item.price) === cycleOf(price));
  const own = { current_period_end: periodOf(current).end, current_period_start: periodOf(current).start };
  const { current_period_start: start, current_period_end: end } =
    sameCycle ?? (allowsMixed(current) ? periodFrom(world, current, price) : own);
  const item = newItem(world, input, { subscription: current.id, period: { start, end } });
  return { ...item, discounts: discountsOf(edit, item) };
}
