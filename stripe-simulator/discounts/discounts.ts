/** The discounts of customers and subscriptions. */
import type { Discount } from '../model/discount.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { announceRemoval, removeFromCustomer, removeFromSubscription } from './discount-use.ts';
import { type DiscountOwner, planDiscounts, type Redeemable, redeem } from './redemption.ts';

/** Redeems coupons for a subscription or one of its items, and announces those of the subscription. */
export function startDiscounts(
  world: World,
  redeemables: readonly Redeemable[],
  owner: DiscountOwner,
): string[] {
  const planned = planDiscounts(world, redeemables, owner);
  for (const discount of redeem(world, planned)) {
    if (discount.subscription_item === null) emit(world, 'customer.discount.created', { object: discount });
  }
  return planned.map(({ discount }) => discount.id);
}

/** Replaces the discounts of a subscription. What is no longer among them has ended. */
export function replaceDiscounts(
  world: World,
  current: { readonly id: string; readonly customer: string; readonly discounts: readonly string[] },
  redeemables: readonly Redeemable[],
): string[] {
  const owner = { customer: current.customer, subscription: current.id };
  const next = startDiscounts(world, redeemables, owner);
  for (const id of current.discounts) if (!next.includes(id)) announceRemoval(world, id);
  return next;
}

/** Gives a customer a discount, which replaces the one before it. */
export function discountCustomer(world: World, customer: string, redeemable: Redeemable): Discount {
  const before = world.store.customers.get(customer)?.discount ?? null;
  const planned = planDiscounts(world, [redeemable], { customer });
  redeem(world, planned);
  const discount = planned[0]?.discount;
  if (discount === undefined) throw new Error('A redeemed coupon must become a discount.');
  change(world, world.store.customers, { id: customer, patch: { discount } });
  if (before === null) emit(world, 'customer.discount.created', { object: discount });
  else emit(world, 'customer.discount.updated', { object: discount, previous: before });
  return discount;
}

export function deleteCustomerDiscount(world: World, { id }: ApiRequest): object {
  const customer = world.store.customers.get(id);
  if (customer === undefined) throw notFound('customer', id);
  if (customer.discount === null) throw notFound('discount', id);
  removeFromCustomer(world, customer.discount);
  return deletedDiscount(customer.discount);
}

export function deleteSubscriptionDiscount(world: World, { id }: ApiRequest): object {
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined) throw notFound('subscription', id);
  const discount = world.store.discounts.get(subscription.discounts[0] ?? '');
  if (discount === undefined) throw notFound('discount', id);
  removeFromSubscription(world, id, subscription.discounts);
  return deletedDiscount(discount);
}

/** What Stripe answers has no end any more. */
function deletedDiscount({ end: _end, ...rest }: Discount): object {
  return { ...rest, deleted: true };
}
