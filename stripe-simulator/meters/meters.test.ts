/** Tests of metered prices: usage is reported, counted once, and billed after its period. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function metered(eventName: string, formula: 'count' | 'last' | 'sum' = 'sum') {
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: eventName,
    default_aggregation: { formula },
  });
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount_decimal: '0.5' as unknown as Stripe.Decimal,
    recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
    product_data: { name: 'Calls' },
  });
  return { meter, price };
}

const report = (customer: string, eventName: string, value: number, identifier?: string) =>
  stripe.billing.meterEvents.create({
    event_name: eventName,
    payload: { stripe_customer_id: customer, value: String(value) },
    ...(identifier === undefined ? {} : { identifier }),
  });

test('A metered price has a meter and no quantity', async () => {
  const { meter, price } = await metered('shape');
  expect(price.recurring).toMatchObject({ usage_type: 'metered', meter: meter.id });
  const { id } = await createCustomer(stripe);
  const items = [{ price: price.id, quantity: 3 }];
  await expect(stripe.subscriptions.create({ customer: id, items })).rejects.toMatchObject({
    param: 'items[0][quantity]',
  });
  const subscription = await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] });
  expect(subscription.status).toBe('active');
  expect(subscription.items.data[0]).not.toHaveProperty('quantity');
  await expect(
    stripe.prices.create({
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month', usage_type: 'metered' },
      product_data: { name: 'Calls' },
    }),
  ).rejects.toMatchObject({ param: 'recurring[meter]' });
});

test('Usage is billed once its period is over, together with the next period of other items', async () => {
  const { meter, price } = await metered('call');
  const base = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1000,
    recurring: { interval: 'month' },
    product_data: { name: 'Base' },
  });
  const { id: customer } = await createCustomer(stripe);
  const { id, latest_invoice: first } = await stripe.subscriptions.create({
    customer,
    items: [{ price: base.id }, { price: price.id }],
  });
  expect(await stripe.invoices.retrieve(idOf(first))).toMatchObject({ total: 1000 });
  await report(customer, 'call', 700, 'once');
  await expect(report(customer, 'call', 700, 'once')).rejects.toMatchObject({ param: 'identifier' });
  await report(customer, 'call', 301);
  const upcoming = await stripe.invoices.createPreview({ customer, subscription: id });
  expect(upcoming.total).toBe(1000 + 501);
  const summaries = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer,
    start_time: testStart,
    end_time: testStart + 3600,
  });
  expect(summaries.data[0]?.aggregated_value).toBe(1001);
  await rig.control(`/subscriptions/${id}/renew`);
  const { latest_invoice: latest } = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  const invoice = latest as Stripe.Invoice;
  const usage = invoice.lines.data.find((line) => line.quantity === 1001);
  expect(usage).toMatchObject({ amount: 501, period: { start: testStart } });
  expect(invoice.total).toBe(1501);
});

test('A meter counts, adds up or keeps the last value', async () => {
  const values = async (formula: 'count' | 'last' | 'sum') => {
    const { meter } = await metered(`by_${formula}`, formula);
    const { id } = await createCustomer(stripe);
    for (const value of [5, 3, 4]) await report(id, `by_${formula}`, value);
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: id,
      start_time: testStart,
      end_time: testStart + 1,
    });
    return data[0]?.aggregated_value;
  };
  expect([await values('count'), await values('sum'), await values('last')]).toEqual([3, 12, 4]);
});

test('A meter can be deactivated, and then refuses usage', async () => {
  const { meter } = await metered('gone');
  await expect(metered('gone')).rejects.toMatchObject({ param: 'event_name' });
  await stripe.billing.meters.deactivate(meter.id);
  const { id } = await createCustomer(stripe);
  await expect(report(id, 'gone', 1)).rejects.toMatchObject({ param: 'event_name' });
  expect(await stripe.billing.meters.reactivate(meter.id)).toMatchObject({ status: 'active' });
  const types = await rig.types();
  expect(types.filter((type) => type.startsWith('billing.meter.')).slice(-2)).toEqual([
    'billing.meter.deactivated',
    'billing.meter.reactivated',
  ]);
});
