/** Tests of what the first invoice of a subscription bills: anchors, backdating, one-time items and prices. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

const DAY = 24 * 3600;
/** 2027-02-01 and 2027-01-31 at noon; the rig starts on 2027-01-15 at noon. */
const firstOfFebruary = Date.UTC(2027, 1, 1, 12) / 1000;

async function subscribe(
  params: Partial<Stripe.SubscriptionCreateParams>,
  price?: Partial<Stripe.PriceCreateParams>,
) {
  const customer = await createCustomer(stripe);
  const { id } = await createMonthlyPrice(stripe, price);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: id }],
    ...params,
  });
  const { latest_invoice: latest } = subscription;
  const invoice = latest === null ? undefined : await stripe.invoices.retrieve(idOf(latest));
  return { subscription, invoice };
}

describe('The billing cycle anchor', () => {
  test('An anchor in mid-period bills the time until then', async () => {
    const { subscription, invoice } = await subscribe({ billing_cycle_anchor: firstOfFebruary });
    // 17 of the 31 days from January 15 to February 15.
    expect(invoice?.total).toBe(Math.round((1500 * 17) / 31));
    expect(invoice?.lines.data[0]?.period).toEqual({ start: testStart, end: firstOfFebruary });
    expect(invoice?.lines.data[0]?.parent?.subscription_item_details?.proration).toBe(true);
    expect(subscription.items.data[0]?.current_period_end).toBe(firstOfFebruary);
    expect(subscription.billing_cycle_anchor).toBe(firstOfFebruary);
  });

  test('Without prorations, the time until the anchor is free and has no invoice', async () => {
    const { subscription, invoice } = await subscribe({
      billing_cycle_anchor: firstOfFebruary,
      proration_behavior: 'none',
    });
    expect(invoice).toBeUndefined();
    expect(subscription.status).toBe('active');
    expect(subscription.items.data[0]?.current_period_end).toBe(firstOfFebruary);
  });

  test('An anchor after the first full period is refused', async () => {
    const later = testStart + 40 * DAY;
    await expect(subscribe({ billing_cycle_anchor: later })).rejects.toMatchObject({
      param: 'billing_cycle_anchor',
      message: expect.stringContaining('cannot be later than next natural billing date') as string,
    });
    await expect(subscribe({ billing_cycle_anchor: testStart - DAY })).rejects.toMatchObject({
      param: 'billing_cycle_anchor',
    });
  });

  test('An anchor can be a day of the month, which returns after a shorter month', async () => {
    const { subscription, invoice } = await subscribe({ billing_cycle_anchor_config: { day_of_month: 31 } });
    const lastOfJanuary = Date.UTC(2027, 0, 31, 12) / 1000;
    expect(subscription.billing_cycle_anchor).toBe(lastOfJanuary);
    expect(subscription.billing_cycle_anchor_config).toMatchObject({ day_of_month: 31, hour: null });
    expect(invoice?.total).toBe(Math.round((1500 * 16) / 31));
    const ends: number[] = [];
    for (let period = 0; period < 3; period++) {
      await rig.control(`/subscriptions/${subscription.id}/renew`);
      const { items } = await stripe.subscriptions.retrieve(subscription.id);
      ends.push(items.data[0]?.current_period_end ?? 0);
    }
    expect(ends.map((end) => new Date(end * 1000).toISOString().slice(5, 10))).toEqual([
      '02-28',
      '03-31',
      '04-30',
    ]);
  });

  test('A free trial before the anchor is followed by a part of a period', async () => {
    const trialEnd = testStart + 5 * DAY;
    const { subscription, invoice } = await subscribe({
      trial_end: trialEnd,
      billing_cycle_anchor: firstOfFebruary,
    });
    expect(invoice?.total).toBe(0);
    await rig.control(`/subscriptions/${subscription.id}/renew`);
    const { items, latest_invoice: latest } = await stripe.subscriptions.retrieve(subscription.id, {
      expand: ['latest_invoice'],
    });
    expect(items.data[0]?.current_period_end).toBe(firstOfFebruary);
    expect((latest as Stripe.Invoice).total).toBeLessThan(1500);
    expect((latest as Stripe.Invoice).total).toBeGreaterThan(0);
  });
});

describe('Backdating', () => {
  const start = Date.UTC(2026, 10, 25, 12) / 1000;

  test('A backdated start bills each natural period since then, and the first full one', async () => {
    const { subscription, invoice } = await subscribe({ backdate_start_date: start });
    expect(subscription.start_date).toBe(start);
    expect(subscription.billing_cycle_anchor).toBe(testStart);
    const lines = invoice?.lines.data ?? [];
    // 20 of 30 days from November 25, then December 15 to January 15, then the period that begins.
    expect(lines.map(({ amount }) => amount)).toEqual([1000, 1500, 1500]);
    expect(invoice?.total).toBe(4000);
    expect(invoice?.amount_paid).toBe(4000);
  });

  test('Classic billing has one line for the time since the start', async () => {
    const { invoice } = await subscribe({
      backdate_start_date: start,
      billing_mode: { type: 'classic' },
    });
    // One whole interval, and 21 of the 31 days from December 25.
    expect(invoice?.lines.data.map(({ amount }) => amount)).toEqual([
      1500 + Math.round((1500 * 21) / 31),
      1500,
    ]);
  });

  test('Without prorations, the time since the start is not billed', async () => {
    const { subscription, invoice } = await subscribe({
      backdate_start_date: start,
      proration_behavior: 'none',
    });
    expect(subscription.start_date).toBe(start);
    expect(invoice?.total).toBe(1500);
  });

  test('A start in the future is refused', async () => {
    await expect(subscribe({ backdate_start_date: testStart + DAY })).rejects.toMatchObject({
      param: 'backdate_start_date',
    });
  });
});

describe('Prices', () => {
  test('A decimal price is rounded once for the whole quantity', async () => {
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount_decimal: '0.5' as unknown as Stripe.Decimal,
      recurring: { interval: 'month' },
      product_data: { name: 'Credits' },
    });
    expect(price.unit_amount).toBeNull();
    const { invoice } = await subscribe({ items: [{ price: price.id, quantity: 1000 }] });
    expect(invoice?.total).toBe(500);
    expect(invoice?.lines.data[0]?.description).toBe('1000 × Credits (at $0.005 / month)');
  });

  test('A quantity is billed by packages', async () => {
    const { id } = await createMonthlyPrice(stripe, {
      unit_amount: 500,
      transform_quantity: { divide_by: 10, round: 'up' },
    });
    const { invoice } = await subscribe({ items: [{ price: id, quantity: 25 }] });
    expect(invoice?.total).toBe(1500);
  });

  test('Graduated tiers have a line each, which add up to the total', async () => {
    const price = await stripe.prices.create({
      currency: 'usd',
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 5, unit_amount: 700, flat_amount: 1000 },
        { up_to: 'inf', unit_amount: 650 },
      ],
      recurring: { interval: 'month' },
      product_data: { name: 'Seats' },
      expand: ['tiers'],
    });
    expect(price.tiers).toHaveLength(2);
    expect((await stripe.prices.retrieve(price.id)).tiers).toBeUndefined();
    const { invoice } = await subscribe({ items: [{ price: price.id, quantity: 7 }] });
    expect(invoice?.lines.data.map(({ amount, quantity }) => [amount, quantity])).toEqual([
      [3500, 5],
      [1000, 0],
      [1300, 2],
    ]);
    expect(invoice?.total).toBe(5800);
  });

  test('Tiers out of order, and amounts next to them, are refused', async () => {
    const tiers = (params: object) =>
      stripe.prices.create({
        currency: 'usd',
        billing_scheme: 'tiered',
        tiers_mode: 'volume',
        product_data: { name: 'Seats' },
        ...params,
      });
    await expect(
      tiers({
        tiers: [
          { up_to: 'inf', unit_amount: 1 },
          { up_to: 5, unit_amount: 1 },
        ],
      }),
    ).rejects.toMatchObject({ param: 'tiers' });
    await expect(tiers({ unit_amount: 5, tiers: [{ up_to: 'inf', unit_amount: 1 }] })).rejects.toMatchObject({
      param: 'unit_amount',
    });
  });

  test('Amounts without decimal places are shown without them', async () => {
    const { invoice } = await subscribe({}, { currency: 'jpy', unit_amount: 1500 });
    expect(invoice?.lines.data[0]?.description).toBe('1 × Pro (at ¥1,500 / month)');
  });
});

describe('One-time items', () => {
  test('The first invoice bills added invoice items', async () => {
    const setup = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 2500,
      product_data: { name: 'Setup' },
    });
    const { invoice } = await subscribe({ add_invoice_items: [{ price: setup.id, quantity: 2 }] });
    expect(invoice?.lines.data.map(({ amount }) => amount)).toEqual([5000, 1500]);
    expect(invoice?.total).toBe(6500);
    expect(invoice?.amount_paid).toBe(6500);
  });

  test('An added item is billed during a trial', async () => {
    const data = {
      currency: 'usd',
      unit_amount: 700,
      product: idOf((await createMonthlyPrice(stripe)).product),
    };
    const { invoice } = await subscribe({ trial_period_days: 7, add_invoice_items: [{ price_data: data }] });
    expect(invoice?.total).toBe(700);
  });
});

describe('Currencies', () => {
  const refusal = {
    message:
      'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency usd.',
  };

  test('A customer with a live subscription gets no second currency', async () => {
    const { subscription } = await subscribe({});
    const customer = idOf(subscription.customer);
    const { id } = await createMonthlyPrice(stripe, { currency: 'eur' });
    await expect(stripe.subscriptions.create({ customer, items: [{ price: id }] })).rejects.toMatchObject(
      refusal,
    );
    await expect(
      stripe.invoiceItems.create({ customer, currency: 'eur', amount: 100 }),
    ).rejects.toMatchObject(refusal);
    await expect(stripe.invoices.create({ customer, currency: 'eur' })).rejects.toMatchObject(refusal);
    await stripe.subscriptions.cancel(subscription.id);
    const euros = await stripe.subscriptions.create({ customer, items: [{ price: id }] });
    expect(euros.currency).toBe('eur');
  });

  test('A customer keeps the currency of its first invoice', async () => {
    const { subscription } = await subscribe({}, { currency: 'eur' });
    expect(await stripe.customers.retrieve(idOf(subscription.customer))).toMatchObject({ currency: 'eur' });
  });
});
