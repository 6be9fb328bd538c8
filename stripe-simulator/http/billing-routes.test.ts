/** Tests that every object of billing can be read, listed and changed, each in the shape of the official types. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

interface Resource<T extends { readonly id: string }> {
  readonly create: () => Promise<T>;
  readonly retrieve: (id: string) => Promise<{ readonly id: string }>;
  readonly list: (params: {
    limit: number;
  }) => Promise<{ readonly data: readonly { readonly id: string }[] }>;
  readonly update: (id: string) => Promise<{ readonly id: string }>;
}

/** Returns whether a created object is read by its id, is the first of its list, and can be changed. */
async function isComplete<T extends { readonly id: string }>(resource: Resource<T>): Promise<boolean> {
  const { id } = await resource.create();
  const read = await resource.retrieve(id);
  const { data } = await resource.list({ limit: 1 });
  const changed = await resource.update(id);
  return [read, data[0], changed].every((row) => row?.id === id);
}

const metadata = { foo: 'bar' };

test('Coupons and promotion codes can be read, listed and changed', async () => {
  const create = () => stripe.coupons.create({ percent_off: 10 });
  expect(
    await isComplete({
      create,
      retrieve: (id) => stripe.coupons.retrieve(id),
      list: (params) => stripe.coupons.list(params),
      update: (id) => stripe.coupons.update(id, { metadata }),
    }),
  ).toBe(true);
  const coupon = await create();
  expect(
    await isComplete({
      create: () => stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } }),
      retrieve: (id) => stripe.promotionCodes.retrieve(id),
      list: (params) => stripe.promotionCodes.list(params),
      update: (id) => stripe.promotionCodes.update(id, { active: false }),
    }),
  ).toBe(true);
  await stripe.coupons.del(coupon.id);
});

test('Tax rates and meters can be read, listed and changed', async () => {
  expect(
    await isComplete({
      create: () => stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 19 }),
      retrieve: (id) => stripe.taxRates.retrieve(id),
      list: (params) => stripe.taxRates.list(params),
      update: (id) => stripe.taxRates.update(id, { metadata }),
    }),
  ).toBe(true);
  expect(
    await isComplete({
      create: () =>
        stripe.billing.meters.create({
          display_name: 'Calls',
          event_name: 'call',
          default_aggregation: { formula: 'sum' },
        }),
      retrieve: (id) => stripe.billing.meters.retrieve(id),
      list: (params) => stripe.billing.meters.list(params),
      update: (id) => stripe.billing.meters.update(id, { display_name: 'API calls' }),
    }),
  ).toBe(true);
});

test('Plans are another view of recurring prices, and can be deleted', async () => {
  const create = () =>
    stripe.plans.create({ currency: 'usd', interval: 'month', amount: 2000, product: { name: 'Pro' } });
  expect(
    await isComplete({
      create,
      retrieve: (id) => stripe.plans.retrieve(id),
      list: (params) => stripe.plans.list(params),
      update: (id) => stripe.plans.update(id, { metadata }),
    }),
  ).toBe(true);
  const { id, product } = await create();
  expect(await stripe.prices.retrieve(id)).toMatchObject({ unit_amount: 2000, product });
  const price = await createMonthlyPrice(stripe);
  expect(await stripe.plans.retrieve(price.id)).toMatchObject({ amount: 1500, interval: 'month' });
  expect(await stripe.plans.del(id)).toEqual(expect.objectContaining({ id, object: 'plan', deleted: true }));
  await expect(stripe.plans.retrieve(id)).rejects.toMatchObject({ code: 'resource_missing' });
});

test('Quotes and payment links can be read, listed and changed', async () => {
  const { id: customer } = await createCustomer(stripe);
  const { id: price } = await createMonthlyPrice(stripe);
  const line_items = [{ price, quantity: 1 }];
  expect(
    await isComplete({
      create: () => stripe.quotes.create({ customer, line_items }),
      retrieve: (id) => stripe.quotes.retrieve(id),
      list: (params) => stripe.quotes.list(params),
      update: (id) => stripe.quotes.update(id, { description: 'Offer' }),
    }),
  ).toBe(true);
  const quote = await stripe.quotes.create({ customer, line_items, expires_at: 1_900_000_000 });
  expect((await stripe.quotes.listComputedUpfrontLineItems(quote.id)).data).toHaveLength(1);
  expect(
    await isComplete({
      create: () => stripe.paymentLinks.create({ line_items }),
      retrieve: (id) => stripe.paymentLinks.retrieve(id),
      list: (params) => stripe.paymentLinks.list(params),
      update: (id) => stripe.paymentLinks.update(id, { metadata }),
    }),
  ).toBe(true);
});

test('Balance transactions can be read and changed', async () => {
  const { id } = await createCustomer(stripe);
  expect(
    await isComplete({
      create: () => stripe.customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' }),
      retrieve: (transaction) => stripe.customers.retrieveBalanceTransaction(id, transaction),
      list: (params) => stripe.customers.listBalanceTransactions(id, params),
      update: (transaction) => stripe.customers.updateBalanceTransaction(id, transaction, { metadata }),
    }),
  ).toBe(true);
});

test('Invoice items change on a draft, and an invoice can be sent', async () => {
  const { id: customer } = await createCustomer(stripe);
  const item = await stripe.invoiceItems.create({ customer, amount: 500, currency: 'usd' });
  const draft = await stripe.invoices.create({
    customer,
    collection_method: 'send_invoice',
    days_until_due: 7,
    pending_invoice_items_behavior: 'include',
  });
  expect(await stripe.invoiceItems.update(item.id, { amount: 700 })).toMatchObject({ amount: 700 });
  expect(await stripe.invoices.retrieve(draft.id)).toMatchObject({ total: 700, amount_due: 700 });
  const sent = await stripe.invoices.sendInvoice(draft.id);
  expect(sent).toMatchObject({ status: 'open', amount_remaining: 700 });
  expect(await rig.types()).toContain('invoice.sent');
  await expect(stripe.invoiceItems.del(item.id)).rejects.toMatchObject({ code: 'invoice_not_editable' });
});

test('The discount of a subscription can be deleted', async () => {
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.update(id, { discounts: [{ coupon: coupon.id }] });
  const deleted = await stripe.subscriptions.deleteDiscount(id);
  expect(deleted).toMatchObject({ object: 'discount', deleted: true, subscription: id });
  const { customer } = await stripe.subscriptions.retrieve(id);
  await expect(stripe.customers.deleteDiscount(idOf(customer))).rejects.toMatchObject({ statusCode: 404 });
});
