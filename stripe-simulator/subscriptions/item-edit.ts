/** Applies edits to the items of a subscription. */

import type { Price } from '../model/catalog.ts';
import type { Metadata } from '../model/common.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { invalidRequest, noSuch } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { newItem, periodOf, recurringOf, samePrice } from './subscription-items.ts';

export interface ItemEdit {
  /** The item to change; undefined adds an item. */
  readonly id: string | undefined;
  readonly deleted: boolean;
  readonly price: Price | undefined;
  readonly quantity: number | undefined;
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
  recurringOf(items.map((item) => item.price));
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
  const next = {
    ...item,
    metadata: edit.metadataAfter(item.metadata),
    price: edit.price ?? item.price,
    quantity: edit.quantity ?? item.quantity,
  };
  return items.map((candidate) => (candidate === item ? next : candidate));
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
  const input = { price, quantity: edit.quantity ?? 1, metadata: edit.metadataAfter({}) };
  return newItem(world, input, { subscription: current.id, period: periodOf(current) });
}
