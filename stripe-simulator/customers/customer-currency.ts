/** The one currency of a customer: what is live or pending binds it. */
import { invalidRequest } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Throws Stripe's error if something of the customer has another currency. */
export function checkCurrency(world: World, customer: string, currency: string): void {
  const bound = boundCurrency(world, customer);
  if (bound === undefined || bound === currency) return;
  throw invalidRequest({
    message: `You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency ${bound}.`,
  });
}

/** Remembers the currency in which the customer was first billed. */
export function bindCurrency(world: World, customer: string, currency: string): void {
  const row = world.store.customers.get(customer);
  if (row === undefined || row.currency !== null) return;
  change(world, world.store.customers, { id: customer, patch: { currency } });
}

function boundCurrency({ store }: World, customer: string): string | undefined {
  const row = store.customers.get(customer);
  const subscription = store.subscriptions
    .where('customer', customer)
    .find(({ status }) => status !== 'canceled' && status !== 'incomplete_expired');
  if (subscription !== undefined) return subscription.currency;
  const schedule = store.subscriptionSchedules
    .where('customer', customer)
    .find(({ status }) => status === 'not_started' || status === 'active');
  if (schedule !== undefined) return schedule.phases[0]?.currency;
  const item = store.invoiceItems.where('customer', customer).find(({ invoice }) => invoice === null);
  if (item !== undefined) return item.currency;
  const quote = store.quotes.where('customer', customer).find(({ status }) => status === 'open');
  if (quote !== undefined) return quote.currency ?? undefined;
  // What the customer has or owes can only be settled in its own currency.
  if (row !== undefined && row.balance !== 0 && row.currency !== null) return row.currency;
  return store.redeemedCoupons.get(row?.discount?.id ?? '')?.coupon.currency ?? undefined;
}
