/** Tests of what a phase brings in addition to its items: discounts, taxes, one-time items, a trial, and the notice of its end. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, type Rig, startRig, testStart } from '../testing/rig.ts';

const DAY = 24 * 3600;
const HOUR = 3600;
const month = { interval: 'month' } as const;
let rig: Rig;
let stripe: Stripe;
let customer: string;
let price: string;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
  rig.clock.seconds = testStart;
  customer = (await createCustomer(stripe)).id;
  price = (await createMonthlyPrice(stripe)).id;
});
afterAll(() => rig.close());

type Phase = Stripe.SubscriptionScheduleCreateParams.Phase;

/** A schedule that starts now with a month without more, and then has the phase. */
function scheduleWith(second: Partial<Phase>) {
  return stripe.subscriptionSchedules.create({
    customer,
    start_date: 'now',
    phases: [
      { items: [{ price }], duration: month },
      { items: [{ price }], duration: month, ...second },
    ],
  });
}

/** Returns the amounts of the invoices, the oldest first, when the second phase has been billed. */
async function billed(): Promise<number[]> {
  rig.simulator.advance(31 * DAY + 2 * HOUR);
  const { data } = await stripe.invoices.list({ customer });
  return data.map(({ total }) => total).toReversed();
}

async function subscription(): Promise<Stripe.Subscription> {
  const [found] = (await stripe.subscriptions.list({ customer, status: 'all' })).data;
  if (found === undefined) throw new Error('There is no subscription.');
  return found;
}

test('A phase redeems its coupon when it begins, and not before', async () => {
  const coupon = await stripe.coupons.create({ percent_off: 40, duration: 'forever' });
  const { phases } = await scheduleWith({ discounts: [{ coupon: coupon.id }] });
  expect(phases[1]?.discounts).toEqual([{ coupon: coupon.id, discount: null, promotion_code: null }]);
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(0);

  expect(await billed()).toEqual([1_500, 900]);
  expect((await subscription()).discounts).toHaveLength(1);
  expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
});

test('A phase bills with its tax rates, and its one-time items once', async () => {
  const rate = await stripe.taxRates.create({ display_name: 'VAT', percentage: 20, inclusive: false });
  const setup = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1_000,
    product_data: { name: 'Setup' },
  });
  await scheduleWith({
    default_tax_rates: [rate.id],
    add_invoice_items: [{ price: setup.id, quantity: 2 }],
  });

  expect(await billed()).toEqual([1_500, (1_500 + 2_000) * 1.2]);
  expect((await subscription()).default_tax_rates).toMatchObject([{ id: rate.id }]);
});

test('A phase with automatic tax applies the rate of the customer’s country', async () => {
  await stripe.customers.update(customer, { address: { country: 'DE' } });
  await scheduleWith({ automatic_tax: { enabled: true } });

  const [first, second] = await billed();
  expect(first).toBe(1_500);
  expect(second).toBeGreaterThan(1_500);
  expect((await subscription()).automatic_tax.enabled).toBe(true);
});

test('A phase can begin with a trial, and a description and metadata of its own', async () => {
  await scheduleWith({ trial: true, description: 'Second', metadata: { phase: 'two' } });
  rig.simulator.advance(31 * DAY);

  const now = await subscription();
  expect(now).toMatchObject({ status: 'trialing', description: 'Second', metadata: { phase: 'two' } });
});

test.each<[string, Partial<Phase>]>([
  ['a coupon that does not exist', { discounts: [{ coupon: 'none' }] }],
  ['a tax rate that does not exist', { default_tax_rates: ['txr_none'] }],
  ['a one-time price that does not exist', { add_invoice_items: [{ price: 'price_none' }] }],
])('A phase with %s is refused when the schedule is created', async (_case, phase) => {
  await expect(scheduleWith(phase)).rejects.toMatchObject({ statusCode: 400 });
  expect((await stripe.subscriptionSchedules.list()).data).toEqual([]);
});

test('The end of the last phase is announced once, some days before it', async () => {
  const { id, phases } = await scheduleWith({});
  const end = phases[1]?.end_date ?? 0;
  const announced = async () => {
    await rig.simulator.settled();
    return (await rig.events()).filter(({ type }) => type === 'subscription_schedule.expiring');
  };
  rig.simulator.advance(end - testStart - 10 * DAY);
  expect(await announced()).toEqual([]);
  rig.simulator.advance(5 * DAY);
  const [event, ...others] = await announced();
  expect(event).toMatchObject({ data: { object: { id, status: 'active' } } });
  expect(others).toEqual([]);
  rig.simulator.advance(10 * DAY);
  expect(await announced()).toHaveLength(1);
  expect(await stripe.subscriptionSchedules.retrieve(id)).toMatchObject({ status: 'released' });
});
