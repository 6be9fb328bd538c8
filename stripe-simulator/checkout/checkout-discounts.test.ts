/** Tests of discounts, taxes and billing cycles on Checkout. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function session(params: Partial<Stripe.Checkout.SessionCreateParams>) {
  const { id } = await createMonthlyPrice(stripe);
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    success_url: 'http://127.0.0.1/done',
    line_items: [{ price: id, quantity: 1 }],
    ...params,
  });
}

async function post(
  url: string | null,
  fields: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const response = await fetch(url ?? '', {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  return { status: response.status, text: await response.text() };
}

const card = { card: '4242424242424242', email: 'ann@example.com' };

async function paid({ id, url }: Stripe.Checkout.Session): Promise<Stripe.Invoice> {
  expect((await post(url, card)).status).toBe(303);
  const { invoice } = await stripe.checkout.sessions.retrieve(id, { expand: ['invoice'] });
  return invoice as Stripe.Invoice;
}

test('A coupon of the session is taken off, and redeemed once it completes', async () => {
  const coupon = await stripe.coupons.create({ percent_off: 50, max_redemptions: 1 });
  const open = await session({ discounts: [{ coupon: coupon.id }] });
  expect(open).toMatchObject({
    amount_subtotal: 1500,
    amount_total: 750,
    total_details: { amount_discount: 750 },
    discounts: [{ coupon: coupon.id, promotion_code: null }],
  });
  const { data } = await stripe.checkout.sessions.listLineItems(open.id);
  expect(data[0]).toMatchObject({ amount_subtotal: 1500, amount_discount: 750, amount_total: 750 });
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0);
  expect(await paid(open)).toMatchObject({ total: 750, amount_paid: 750 });
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
});

test('A customer enters a promotion code on the page', async () => {
  const coupon = await stripe.coupons.create({ amount_off: 500, currency: 'usd', duration: 'forever' });
  const code = await stripe.promotionCodes.create({
    promotion: { type: 'coupon', coupon: coupon.id },
    code: 'FRIENDS',
  });
  const open = await session({ allow_promotion_codes: true });
  const wrong = await post(open.url, { promotion_code: 'FOES', apply: 'yes' });
  expect(wrong.text).toContain('This code is invalid.');
  const right = await post(open.url, { promotion_code: 'friends', apply: 'yes' });
  expect(right.text).toContain('$10.00');
  expect(await stripe.checkout.sessions.retrieve(open.id)).toMatchObject({
    amount_total: 1000,
    discounts: [{ promotion_code: code.id }],
  });
  expect(await paid(open)).toMatchObject({ total: 1000 });
  const { subscription } = await stripe.checkout.sessions.retrieve(open.id, { expand: ['subscription'] });
  expect((subscription as Stripe.Subscription).discounts).toHaveLength(1);
});

test('A single payment is discounted and taxed', async () => {
  const rate = await stripe.taxRates.create({ display_name: 'VAT', inclusive: false, percentage: 10 });
  const coupon = await stripe.coupons.create({ percent_off: 20 });
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1000,
    product_data: { name: 'Book' },
  });
  const open = await session({
    mode: 'payment',
    line_items: [{ price: price.id, quantity: 1, tax_rates: [rate.id] }],
    discounts: [{ coupon: coupon.id }],
  });
  expect(open).toMatchObject({ amount_total: 880, total_details: { amount_discount: 200, amount_tax: 80 } });
  await post(open.url, card);
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(open.id, {
    expand: ['payment_intent'],
  });
  expect(intent).toMatchObject({ amount: 880, status: 'succeeded' });
});

test('An anchor bills the time until then, or nothing without prorations', async () => {
  const anchor = Date.UTC(2027, 1, 1, 12) / 1000;
  const part = await session({ subscription_data: { billing_cycle_anchor: anchor } });
  expect(await paid(part)).toMatchObject({ total: Math.round((1500 * 17) / 31) });
  const free = await session({
    subscription_data: { billing_cycle_anchor: anchor, proration_behavior: 'none' },
  });
  await post(free.url, card);
  const done = await stripe.checkout.sessions.retrieve(free.id, { expand: ['subscription'] });
  expect(done).toMatchObject({ status: 'complete', payment_status: 'no_payment_required', invoice: null });
  expect((done.subscription as Stripe.Subscription).items.data[0]?.current_period_end).toBe(anchor);
  await expect(session({ subscription_data: { billing_cycle_anchor: testStart - 1 } })).rejects.toMatchObject(
    {
      param: 'subscription_data[billing_cycle_anchor]',
    },
  );
});

test('Automatic tax of a known customer needs an address', async () => {
  const { id: customer } = await createCustomer(stripe);
  const params = { customer, automatic_tax: { enabled: true } };
  await expect(session(params)).rejects.toMatchObject({ code: 'customer_tax_location_invalid' });
  await stripe.customers.update(customer, { address: { line1: 'x', country: 'DE' } });
  const open = await session(params);
  expect(open).toMatchObject({ amount_total: 1785, automatic_tax: { enabled: true, status: 'complete' } });
  expect(await paid(open)).toMatchObject({ total: 1785 });
});

test('A session with a one-time price bills it together with the subscription', async () => {
  const setup = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Setup' },
  });
  const monthly = await createMonthlyPrice(stripe);
  const open = await session({
    line_items: [
      { price: monthly.id, quantity: 1 },
      { price: setup.id, quantity: 2 },
    ],
  });
  const invoice = await paid(open);
  expect(invoice.total).toBe(2500);
  expect(idOf(invoice.customer)).toMatch(/^cus_/);
});
