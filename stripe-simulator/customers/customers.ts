/** Creates, retrieves, updates and deletes customers. */

import { removeFromCustomer } from '../discounts/discount-use.ts';
import { discountCustomer } from '../discounts/discounts.ts';
import { type Redeemable, redeemableCode, redeemableCoupon } from '../discounts/redemption.ts';
import type { Customer } from '../model/customer.ts';
import { attachedPaymentMethod, attachPaymentMethod } from '../payments/payment-methods.ts';
import { checkLength } from '../protocol/limited-text.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { changeBalance } from './balance.ts';
import { blankCustomer } from './blank-customer.ts';
import { removeCustomer } from './customer-removal.ts';

export function createCustomer(world: World, { params }: ApiRequest): Customer {
  const id = world.ids.next('cus_');
  const clock = params.string('test_clock');
  if (clock !== undefined) checkClockCapacity(world, clock);
  const blank: Customer = { ...blankCustomer(world, id), test_clock: clock ?? null };
  const { patch } = customerPatch(blank, params);
  const method = params.string('payment_method') ?? cardOfToken(params.string('source'));
  // The card is attached first: when it is declined, no customer is created.
  const attached =
    method === undefined ? undefined : attachPaymentMethod(world, { id: method, customer: id });
  const requested = params.object('invoice_settings')?.string('default_payment_method');
  const chosen =
    requested === undefined
      ? params.has('source') && attached?.id
      : attachedPaymentMethod(world, { id: requested, customer: id, param: DEFAULT_METHOD_PARAM }).id;
  const customer = { ...blank, ...patch };
  const coupon = couponOf(world, params);
  const balance = params.integer('balance') ?? 0;
  const bare = { ...customer, balance };
  const row = typeof chosen === 'string' ? withDefaultMethod(bare, chosen) : bare;
  add(world, world.store.customers, { row, event: 'customer.created' });
  if (coupon !== undefined && coupon !== null) discountCustomer(world, id, coupon);
  return world.store.customers.get(id) ?? row;
}

/** Reads the `coupon` or `promotion_code` of a customer, which versions before 2025-03-31.basil have. */
function couponOf(
  world: World,
  params: Params,
  customer: string | null = null,
): Redeemable | null | undefined {
  const coupon = params.nullable('coupon');
  const code = params.nullable('promotion_code');
  if (typeof coupon === 'string') return redeemableCoupon(world, { id: coupon, param: 'coupon' }, {});
  if (typeof code === 'string')
    return redeemableCode(world, { id: code, param: 'promotion_code' }, { customer });
  return coupon === null || code === null ? null : undefined;
}

/** Stripe's limit of customers per test clock. */
const MAX_CUSTOMERS_PER_CLOCK = 3;

function checkClockCapacity(world: World, clock: string): void {
  if (world.store.testClocks.get(clock) === undefined) {
    throw noSuch('test_clock', { id: clock, param: 'test_clock' });
  }
  if (world.store.customers.where('test_clock', clock).length < MAX_CUSTOMERS_PER_CLOCK) return;
  throw invalidRequest({
    message: `You can only have ${MAX_CUSTOMERS_PER_CLOCK} customers per test clock.`,
    param: 'test_clock',
  });
}

const DEFAULT_METHOD_PARAM = 'invoice_settings[default_payment_method]';

/** Converts `source=tok_visa`, which older integrations send, to the test payment method of the same card. */
function cardOfToken(token: string | undefined): string | undefined {
  return token?.replace(/^tok_/, 'pm_card_');
}

const maxLengths = { email: 512, name: 256, phone: 20, description: 5_000 } as const;

function customerPatch(
  current: Customer,
  params: Params,
): { patch: Partial<Customer>; defaultMethod: string | null | undefined } {
  for (const [name, limit] of Object.entries(maxLengths)) checkLength(params, name, limit);
  const patch: Partial<Customer> = { metadata: mergeMetadata(current.metadata, params) };
  for (const name of ['description', 'email', 'name', 'phone'] as const) {
    const value = params.nullable(name);
    if (value !== undefined) patch[name] = value;
  }
  for (const name of ['address', 'shipping'] as const) {
    if (params.has(name)) patch[name] = params.raw(name) === '' ? null : params.raw(name);
  }
  const locales = params.strings('preferred_locales');
  if (locales !== undefined) patch.preferred_locales = locales;
  const taxExempt = params.oneOf('tax_exempt', ['none', 'exempt', 'reverse']);
  if (taxExempt !== undefined) patch.tax_exempt = taxExempt;
  return { patch, defaultMethod: params.object('invoice_settings')?.nullable('default_payment_method') };
}

function withDefaultMethod(customer: Customer, id: string | null): Customer {
  return { ...customer, invoice_settings: { ...customer.invoice_settings, default_payment_method: id } };
}

export function retrieveCustomer(world: World, { id }: ApiRequest): object {
  const found = world.store.customers.get(id) ?? world.store.deletedCustomers.get(id);
  if (found === undefined) throw notFound('customer', id);
  return found;
}

export function updateCustomer(world: World, { id, params }: ApiRequest): Customer {
  const current = world.store.customers.get(id);
  if (current === undefined) throw notFound('customer', id);
  const { patch, defaultMethod } = customerPatch(current, params);
  const source = cardOfToken(params.string('source'));
  const attached =
    source === undefined ? undefined : attachPaymentMethod(world, { id: source, customer: id });
  const chosen =
    typeof defaultMethod === 'string'
      ? attachedPaymentMethod(world, { id: defaultMethod, customer: id, param: DEFAULT_METHOD_PARAM }).id
      : (attached?.id ?? defaultMethod);
  const settings =
    chosen === undefined ? {} : { invoice_settings: withDefaultMethod(current, chosen).invoice_settings };
  const coupon = couponOf(world, params, id);
  const balance = params.integer('balance');
  change(world, world.store.customers, { id, patch: { ...patch, ...settings }, event: 'customer.updated' });
  if (balance !== undefined) {
    const amount = balance - current.balance;
    changeBalance(world, id, { amount, currency: current.currency ?? 'usd', type: 'adjustment' });
  }
  if (coupon === null && current.discount !== null) removeFromCustomer(world, current.discount);
  else if (coupon !== undefined && coupon !== null) discountCustomer(world, id, coupon);
  return world.store.customers.get(id) ?? current;
}

export function deleteCustomer(world: World, { id }: ApiRequest): object {
  const customer = world.store.customers.get(id);
  if (customer === undefined) throw notFound('customer', id);
  return removeCustomer(world, customer);
}

/** Returns the customer that a parameter refers to. Deleted and unknown customers throw Stripe's error. */
export function resolveCustomer(world: World, id: string, param = 'customer'): Customer {
  const customer = world.store.customers.get(id);
  if (customer === undefined) throw noSuch('customer', { id, param });
  return customer;
}

/** Checks the customer of a list filter: a deleted customer is allowed, an unknown one throws Stripe's error. */
export function checkCustomerFilter(world: World, id: string | undefined): void {
  const { customers, deletedCustomers } = world.store;
  const exists =
    id === undefined || customers.get(id) !== undefined || deletedCustomers.get(id) !== undefined;
  if (!exists) throw noSuch('customer', { id, param: 'customer' });
}
