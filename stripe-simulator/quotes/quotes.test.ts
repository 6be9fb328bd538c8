/** Tests of quotes: from a draft to the subscription or the invoice that they become. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function quote(params: Stripe.QuoteCreateParams = {}) {
  const { id: customer } = await createCustomer(stripe);
  const { id } = await createMonthlyPrice(stripe);
  return stripe.quotes.create({ customer, line_items: [{ price: id, quantity: 10 }], ...params });
}

test('A quote shows what its subscription costs, with discounts and taxes', async () => {
  const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 10 });
  const draft = await quote({ discounts: [{ coupon: coupon.id }], default_tax_rates: [rate.id] });
  expect(draft).toMatchObject({
    status: 'draft',
    amount_subtotal: 15_000,
    amount_total: 8250,
    total_details: { amount_discount: 7500, amount_tax: 750 },
    computed: { recurring: { amount_total: 8250, interval: 'month' }, upfront: { amount_total: 8250 } },
  });
  const { data } = await stripe.quotes.listLineItems(draft.id);
  expect(data[0]).toMatchObject({ quantity: 10, amount_subtotal: 15_000 });
});

test('An accepted quote becomes a subscription, whose first invoice is a draft', async () => {
  const draft = await quote({ subscription_data: { metadata: { order: '7' } } });
  const open = await stripe.quotes.finalizeQuote(draft.id);
  expect(open).toMatchObject({ status: 'open', number: expect.stringContaining('QT-') as string });
  const accepted = await stripe.quotes.accept(draft.id);
  expect(accepted.status).toBe('accepted');
  const subscription = await stripe.subscriptions.retrieve(idOf(accepted.subscription));
  expect(subscription).toMatchObject({ status: 'active', metadata: { order: '7' } });
  expect(await stripe.invoices.retrieve(idOf(subscription.latest_invoice))).toMatchObject({
    status: 'draft',
    total: 15_000,
  });
  const types = (await rig.types()).filter((type) => type.startsWith('quote.'));
  expect(types.slice(-3)).toEqual(['quote.created', 'quote.finalized', 'quote.accepted']);
  await expect(stripe.quotes.cancel(draft.id)).rejects.toMatchObject({ type: 'StripeInvalidRequestError' });
});

test('A quote of one-time prices becomes an invoice', async () => {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    product_data: { name: 'Book' },
  });
  const draft = await quote({ line_items: [{ price: price.id, quantity: 2 }] });
  await stripe.quotes.finalizeQuote(draft.id);
  const { invoice, subscription } = await stripe.quotes.accept(draft.id);
  expect(subscription).toBeNull();
  expect(await stripe.invoices.retrieve(idOf(invoice))).toMatchObject({
    total: 1400,
    parent: { type: 'quote_details', quote_details: { quote: draft.id } },
  });
});

test('A quote without lines or a customer cannot be finalized, and a canceled one is final', async () => {
  const empty = await stripe.quotes.create({});
  await expect(stripe.quotes.finalizeQuote(empty.id)).rejects.toMatchObject({
    type: 'StripeInvalidRequestError',
  });
  const canceled = await stripe.quotes.cancel(empty.id);
  expect(canceled.status).toBe('canceled');
  await expect(stripe.quotes.finalizeQuote(empty.id)).rejects.toMatchObject({
    type: 'StripeInvalidRequestError',
  });
});
