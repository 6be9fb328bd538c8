/** Which discounts apply, and what an invoice uses up. */
import type { Discount } from '../model/discount.ts';
import type { Invoice } from '../model/invoice.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Returns the discounts that have not ended. */
export function activeDiscounts(world: World, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const end = world.store.discounts.get(id)?.end ?? null;
    return end === null || end > world.seconds();
  });
}

/**
 * Removes what the invoice has used up, and what has ended: a coupon with the duration `once` applies to the first
 * invoice that it takes something off, so that the free invoice of a trial leaves it.
 */
export function useUpDiscounts(world: World, invoice: Invoice): void {
  const used = new Set(
    invoice.lines.data
      .flatMap((line) => line.discount_amounts)
      .flatMap(({ amount, discount }) => (amount > 0 ? [discount] : [])),
  );
  const isOver = (id: string) =>
    activeDiscounts(world, [id]).length === 0 ||
    (used.has(id) && world.store.redeemedCoupons.get(id)?.coupon.duration === 'once');
  const subscriptionId = invoice.parent?.subscription_details?.subscription;
  const subscription = world.store.subscriptions.get(subscriptionId ?? '');
  if (subscription !== undefined) {
    removeFromSubscription(world, subscription.id, subscription.discounts.filter(isOver));
    removeFromItems(world, subscription.id, isOver);
  }
  const discount = world.store.customers.get(invoice.customer)?.discount ?? null;
  if (discount !== null && isOver(discount.id)) removeFromCustomer(world, discount);
}

export function removeFromSubscription(world: World, id: string, removed: readonly string[]): void {
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined || removed.length === 0) return;
  const discounts = subscription.discounts.filter((one) => !removed.includes(one));
  for (const one of removed) announceRemoval(world, one);
  change(world, world.store.subscriptions, {
    id,
    patch: { discounts },
    event: 'customer.subscription.updated',
  });
}

function removeFromItems(world: World, id: string, isOver: (discount: string) => boolean): void {
  const subscription = world.store.subscriptions.get(id);
  if (subscription?.items.data.some(({ discounts }) => discounts.some(isOver)) !== true) return;
  const data = subscription.items.data.map((item) => ({
    ...item,
    discounts: item.discounts.filter((discount) => !isOver(discount)),
  }));
  change(world, world.store.subscriptions, {
    id,
    patch: { items: { ...subscription.items, data } },
    event: 'customer.subscription.updated',
  });
}

export function removeFromCustomer(world: World, discount: Discount): void {
  const { id, customer } = discount;
  announceRemoval(world, id);
  if (customer === null) return;
  change(world, world.store.customers, {
    id: customer,
    patch: { discount: null },
    event: 'customer.updated',
  });
}

export function announceRemoval(world: World, id: string): void {
  const discount = world.store.discounts.get(id);
  if (discount !== undefined) emit(world, 'customer.discount.deleted', { object: discount });
}
