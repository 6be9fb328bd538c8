/** Tests of coupons, promotion codes and the discounts of customers, subscriptions, items and invoices. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createClient,
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

const half = (params: Stripe.CouponCreateParams = {}) =>
  stripe.coupons.create({ percent_off: 50, ...params });

async function subscribe(params: Partial<Stripe.SubscriptionCreateParams>) {
  const customer = await createCustomer(stripe);
  const { id } = await createMonthlyPrice(stripe);
  return stripe.subscriptions.create({ customer: customer.id, items: [{ price: id }], ...params });
}

async function latestOf({ id }: Pick<Stripe.Subscription, 'id'>): Promise<Stripe.Invoice> {
  const { latest_invoice: latest } = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  return latest as Stripe.Invoice;
}

async function renew({ id }: Stripe.Subscription): Promise<Stripe.Invoice> {
  await rig.control(`/subscriptions/${id}/renew`);
  return latestOf({ id });
}

describe('Coupons', () => {
  test('A coupon needs a percentage or an amount, and has limits', async () => {
    await expect(stripe.coupons.create({})).rejects.toMatchObject({ param: 'percent_off' });
    await expect(stripe.coupons.create({ percent_off: 101 })).rejects.toMatchObject({ param: 'percent_off' });
    await expect(half({ duration: 'repeating' })).rejects.toMatchObject({ param: 'duration_in_months' });
    const coupon = await half({ id: 'HALF', max_redemptions: 1, name: 'Half' });
    expect(coupon).toMatchObject({ id: 'HALF', duration: 'once', times_redeemed: 0, valid: true });
    await expect(half({ id: 'HALF' })).rejects.toMatchObject({ code: 'resource_already_exists' });
    await subscribe({ discounts: [{ coupon: 'HALF' }] });
    expect(await stripe.coupons.retrieve('HALF')).toMatchObject({ times_redeemed: 1, valid: false });
    await expect(subscribe({ discounts: [{ coupon: 'HALF' }] })).rejects.toMatchObject({
      code: 'coupon_expired',
      param: 'discounts[0][coupon]',
    });
    await expect(subscribe({ discounts: [{ coupon: 'NONE' }] })).rejects.toMatchObject({
      code: 'resource_missing',
      message: "No such coupon: 'NONE'",
    });
  });

  test('A refused subscription redeems nothing', async () => {
    const coupon = await half();
    const customer = await stripe.customers.create();
    const { id } = await createMonthlyPrice(stripe);
    const refused = stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: id }],
      discounts: [{ coupon: coupon.id }],
    });
    await expect(refused).rejects.toMatchObject({ code: 'resource_missing' });
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0);
  });

  test('A coupon can no longer be redeemed after its date', async () => {
    const coupon = await half({ redeem_by: testStart + 60 });
    rig.clock.seconds += 61;
    expect((await stripe.coupons.retrieve(coupon.id)).valid).toBe(false);
    rig.clock.seconds = testStart;
  });

  test('Creating, updating and deleting a coupon is announced', async () => {
    await rig.simulator.settled();
    rig.received.length = 0;
    const { id } = await half();
    await stripe.coupons.update(id, { metadata: { foo: 'bar' } });
    await stripe.coupons.del(id);
    expect(await rig.types()).toEqual(['coupon.created', 'coupon.updated', 'coupon.deleted']);
    await expect(stripe.coupons.retrieve(id)).rejects.toMatchObject({ code: 'resource_missing' });
  });
});

describe('Discounts of a subscription', () => {
  test('A coupon for once takes something off the first invoice only', async () => {
    const coupon = await half();
    const subscription = await subscribe({ discounts: [{ coupon: coupon.id }] });
    const first = await latestOf(subscription);
    expect(first).toMatchObject({ subtotal: 1500, total: 750, amount_paid: 750 });
    expect(first.total_discount_amounts).toEqual([{ amount: 750, discount: first.discounts[0] }]);
    expect(first.lines.data[0]?.discount_amounts).toEqual(first.total_discount_amounts);
    expect((await stripe.subscriptions.retrieve(subscription.id)).discounts).toEqual([]);
    expect(await renew(subscription)).toMatchObject({ total: 1500 });
    const types = await rig.types();
    expect(types).toContain('customer.discount.created');
    expect(types).toContain('customer.discount.deleted');
  });

  test('The free invoice of a trial leaves a coupon for once', async () => {
    const coupon = await half();
    const subscription = await subscribe({ discounts: [{ coupon: coupon.id }], trial_period_days: 7 });
    expect(await latestOf(subscription)).toMatchObject({ total: 0 });
    expect(await renew(subscription)).toMatchObject({ total: 750 });
  });

  test('A repeating coupon ends after its months, and a lasting one never does', async () => {
    const forever = await half({ duration: 'forever' });
    const three = await half({ duration: 'repeating', duration_in_months: 2 });
    const lasting = await subscribe({ discounts: [{ coupon: forever.id }] });
    const ending = await subscribe({ discounts: [{ coupon: three.id }] });
    const totals: number[] = [];
    for (const month of [1, 2]) {
      rig.clock.seconds = Date.UTC(2027, month, 15, 12) / 1000;
      await rig.control('/clock/advance', { seconds: 3601 });
      totals.push((await latestOf(ending)).total, (await latestOf(lasting)).total);
    }
    expect(totals).toEqual([750, 750, 1500, 750]);
    await rig.control('/reset');
    rig.clock.seconds = testStart;
  });

  test('Discounts replace that of the customer, and can be cleared', async () => {
    const [all, tenth] = [
      await half({ duration: 'forever' }),
      await stripe.coupons.create({ percent_off: 10 }),
    ];
    const old = createClient(rig.simulator, { apiVersion: '2025-02-24.acacia' as '2026-10-28.endive' });
    const params = {
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
      coupon: all.id,
    };
    const customer = await old.customers.create(params);
    expect(customer.discount).toMatchObject({ coupon: { id: all.id } });
    const { id } = await createMonthlyPrice(stripe);
    const items = [{ price: id }];
    const inherited = await stripe.subscriptions.create({ customer: customer.id, items });
    expect(await latestOf(inherited)).toMatchObject({ total: 750 });
    const own = await stripe.subscriptions.create({
      customer: customer.id,
      items,
      discounts: [{ coupon: tenth.id }],
    });
    expect(await latestOf(own)).toMatchObject({ total: 1350 });
    await stripe.customers.deleteDiscount(customer.id);
    expect(await renew(inherited)).toMatchObject({ total: 1500 });
  });

  test('An update replaces the discounts, and an empty value clears them', async () => {
    const subscription = await createSubscription(stripe);
    const coupon = await half({ duration: 'forever' });
    const changed = await stripe.subscriptions.update(subscription.id, {
      discounts: [{ coupon: coupon.id }],
    });
    expect(changed.discounts).toHaveLength(1);
    expect(await renew(subscription)).toMatchObject({ total: 750 });
    await stripe.subscriptions.update(subscription.id, { discounts: '' });
    expect(await renew(subscription)).toMatchObject({ total: 1500 });
  });

  test('A discount can be expanded up to its coupon', async () => {
    const coupon = await half({ duration: 'forever' });
    const { id } = await subscribe({ discounts: [{ coupon: coupon.id }] });
    const { discounts } = await stripe.subscriptions.retrieve(id, {
      expand: ['discounts', 'discounts.source.coupon'],
    });
    expect(discounts[0]).toMatchObject({
      object: 'discount',
      subscription: id,
      source: { type: 'coupon', coupon: { id: coupon.id, percent_off: 50 } },
    });
  });

  test('An amount in another currency is refused, unless the coupon has an option for it', async () => {
    const euros = await stripe.coupons.create({ amount_off: 500, currency: 'eur' });
    await expect(subscribe({ discounts: [{ coupon: euros.id }] })).rejects.toMatchObject({
      param: 'discounts[0][coupon]',
    });
    const both = await stripe.coupons.create({
      amount_off: 500,
      currency: 'eur',
      currency_options: { usd: { amount_off: 600 } },
    });
    const subscription = await subscribe({ discounts: [{ coupon: both.id }] });
    expect(await latestOf(subscription)).toMatchObject({ total: 900 });
  });

  test('A coupon applies to its products only, and one of an item to its line', async () => {
    const customer = await createCustomer(stripe);
    const [a, b] = [await createMonthlyPrice(stripe), await createMonthlyPrice(stripe)];
    const coupon = await half({ applies_to: { products: [idOf(a.product)] } });
    expect(coupon.applies_to).toBeUndefined();
    const byProduct = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: a.id }, { price: b.id }],
      discounts: [{ coupon: coupon.id }],
    });
    const first = await latestOf(byProduct);
    expect(first.lines.data.map((line) => line.discount_amounts?.map(({ amount }) => amount))).toEqual([
      [750],
      [],
    ]);
    const item = await half();
    const byItem = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: a.id }, { price: b.id, discounts: [{ coupon: item.id }] }],
    });
    expect(await latestOf(byItem)).toMatchObject({ subtotal: 2250, total: 2250 });
  });

  test('A credit for unused time is no more than what was paid after a discount', async () => {
    const coupon = await half({ duration: 'forever' });
    const { id, items } = await subscribe({ discounts: [{ coupon: coupon.id }] });
    const dearer = await createMonthlyPrice(stripe, { unit_amount: 3000 });
    const item = items.data[0]?.id ?? '';
    await stripe.subscriptions.update(id, {
      items: [{ id: item, price: dearer.id }],
      proration_behavior: 'always_invoice',
    });
    const invoice = await latestOf({ id });
    expect(invoice.lines.data.map(({ amount }) => amount)).toEqual([-750, 1500]);
    expect(invoice.total).toBe(750);
  });
});

describe('Promotion codes', () => {
  test('A code redeems its coupon, and is used up after its limit', async () => {
    const coupon = await half();
    const code = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'SPRING',
      max_redemptions: 1,
    });
    expect(code).toMatchObject({ active: true, code: 'SPRING', promotion: { coupon: coupon.id } });
    const subscription = await subscribe({ discounts: [{ promotion_code: code.id }] });
    expect(await latestOf(subscription)).toMatchObject({ total: 750 });
    expect(await stripe.promotionCodes.retrieve(code.id)).toMatchObject({ active: false, times_redeemed: 1 });
    await expect(subscribe({ discounts: [{ promotion_code: code.id }] })).rejects.toMatchObject({
      param: 'discounts[0][promotion_code]',
    });
    expect((await stripe.promotionCodes.list({ code: 'spring' })).data).toHaveLength(1);
  });

  test('A code for the first purchase is refused to a customer who has paid', async () => {
    const coupon = await half();
    const code = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      restrictions: { first_time_transaction: true },
    });
    const { customer } = await createSubscription(stripe);
    const { id } = await createMonthlyPrice(stripe);
    await expect(
      stripe.subscriptions.create({
        customer: idOf(customer),
        items: [{ price: id }],
        discounts: [{ promotion_code: code.id }],
      }),
    ).rejects.toMatchObject({
      message:
        'This promotion code cannot be redeemed because the associated customer has prior transactions.',
    });
  });

  test('Two active codes cannot be the same, also in another case', async () => {
    const coupon = await half();
    const params = { promotion: { type: 'coupon', coupon: coupon.id } } as const;
    await stripe.promotionCodes.create({ ...params, code: 'AUTUMN' });
    await expect(stripe.promotionCodes.create({ ...params, code: 'autumn' })).rejects.toMatchObject({
      param: 'code',
    });
  });
});

test('A discount of a one-off invoice is spread over its lines', async () => {
  const customer = await createCustomer(stripe);
  for (const amount of [1000, 1000, 1000])
    await stripe.invoiceItems.create({ customer: customer.id, amount, currency: 'usd' });
  const coupon = await stripe.coupons.create({ amount_off: 1000, currency: 'usd' });
  const invoice = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
    discounts: [{ coupon: coupon.id }],
  });
  expect(invoice.lines.data.map((line) => line.discount_amounts?.[0]?.amount)).toEqual([333, 334, 333]);
  expect(invoice).toMatchObject({ subtotal: 3000, total: 2000 });
  const cleared = await stripe.invoices.update(invoice.id, { discounts: '' });
  expect(cleared).toMatchObject({ total: 3000, discounts: [] });
});
