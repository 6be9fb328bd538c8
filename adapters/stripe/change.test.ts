/** What a planned change does when its time comes, on the simulator with a clock of its own. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Changeable, ChangeEnder, SubscriptionChanger } from '../../core/change/changeable.ts';
import { type Rig, startRig } from '../../stripe-simulator/testing/rig.ts';
import { createChanger } from './change.ts';
import { createStripe } from './client.ts';

const DAY_SECONDS = 86_400;
let rig: Rig;
let stripe: Stripe;
let changer: SubscriptionChanger & ChangeEnder;
let prices: { readonly basic: string; readonly pro: string; readonly seats: string; readonly yearly: string };
let keys = 0;

beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
  changer = createChanger(
    createStripe('sk_test_local_simulator', new URL(rig.simulator.url), {
      timeoutMs: 5_000,
      maxNetworkRetries: 0,
    }),
  );
  const price = async (unit_amount: number, interval: 'month' | 'year' = 'month') =>
    (
      await stripe.prices.create({
        currency: 'usd',
        unit_amount,
        recurring: { interval },
        product_data: { name: 'P' },
      })
    ).id;
  prices = {
    basic: await price(1_000),
    pro: await price(3_000),
    seats: await price(500),
    yearly: await price(30_000, 'year'),
  };
});
afterAll(() => rig.close());

const nextKey = () => `key-${++keys}`;

async function subscribed(params: Partial<Stripe.SubscriptionCreateParams> = {}): Promise<string> {
  const customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const items = [{ price: prices.pro, quantity: 2 }];
  return (await stripe.subscriptions.create({ customer: customer.id, items, ...params })).id;
}

async function seen(id: string): Promise<Changeable> {
  const read = await changer.readChangeable(id);
  if (read === 'missing') throw new Error('The subscription exists.');
  return read;
}

async function plan(id: string, items: { priceId: string; quantity: number }[]): Promise<Changeable> {
  expect(await changer.createSchedule(id, nextKey())).toBe('done');
  const scheduleId = (await seen(id)).schedule?.id ?? '';
  expect((await seen(id)).schedule).toMatchObject({
    isBlank: true,
    isOurs: false,
    isComplex: false,
    next: null,
  });
  expect(await changer.planNext({ scheduleId, items }, nextKey())).toBe('done');
  return seen(id);
}

let moved = 0;

function moveTo(seconds: number): void {
  const ahead = seconds - rig.clock.seconds - moved;
  moved += ahead;
  rig.simulator.advance(ahead);
}

describe('A planned change', () => {
  it.each([
    ['in a paid period', {}],
    ['in a trial', { trial_period_days: 10 }],
  ])(
    'applies with the next period, bills that once, and leaves the subscription free a day later (%s)',
    async (_, params) => {
      const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
      const id = await subscribed({ ...params, discounts: [{ coupon: coupon.id }] });
      const before = await seen(id);
      const end = before.items[0]?.periodEnd ?? 0;
      const planned = await plan(id, [
        { priceId: prices.basic, quantity: 1 },
        { priceId: prices.seats, quantity: 3 },
      ]);
      expect(planned).toMatchObject({
        items: before.items,
        status: before.status,
        trialEnd: before.trialEnd,
      });
      expect(planned.schedule).toMatchObject({
        isOurs: true,
        isComplex: false,
        isBlank: false,
        next: { at: end },
      });
      moveTo(end + 2 * 3_600);
      const after = await seen(id);
      expect(after.items).toMatchObject([
        { priceId: prices.basic, quantity: 1 },
        { priceId: prices.seats, quantity: 3 },
      ]);
      expect(after).toMatchObject({
        status: 'active',
        schedule: { isOurs: true, isComplex: false, next: null },
      });
      const { data } = await stripe.invoices.list({ subscription: id });
      expect(data).toHaveLength(2);
      expect(data[0]).toMatchObject({ total: 1_250, amount_paid: 1_250 });
      moveTo(end + DAY_SECONDS + 60);
      expect((await seen(id)).schedule).toBeNull();
      moveTo((after.items[0]?.periodEnd ?? 0) + 2 * 3_600);
      const later = await stripe.invoices.list({ subscription: id });
      expect(later.data.map(({ total }) => total)).toContain(1_250);
      expect(later.data).toHaveLength(3);
    },
  );

  it('from a year to a month begins a month at the end of the year', async () => {
    const id = await subscribed({ items: [{ price: prices.yearly }] });
    const end = (await seen(id)).items[0]?.periodEnd ?? 0;
    await plan(id, [{ priceId: prices.pro, quantity: 1 }]);
    moveTo(end + 2 * 3_600);
    const [item] = (await seen(id)).items;
    expect(item).toMatchObject({ priceId: prices.pro, interval: 'month' });
    expect((item?.periodEnd ?? 0) - end).toBeLessThanOrEqual(31 * DAY_SECONDS);
    const { data } = await stripe.invoices.list({ subscription: id });
    expect(data.map(({ total }) => total)).toEqual([3_000, 30_000]);
  });

  it('that is released never applies', async () => {
    const id = await subscribed();
    const { schedule, items } = await plan(id, [{ priceId: prices.basic, quantity: 1 }]);
    expect(await changer.releaseSchedule(schedule?.id ?? '', nextKey())).toBe('done');
    moveTo((items[0]?.periodEnd ?? 0) + 2 * 3_600);
    expect((await seen(id)).items).toMatchObject([{ priceId: prices.pro, quantity: 2 }]);
  });

  it('is ended with its subscription', async () => {
    const id = await subscribed();
    const { schedule } = await plan(id, [{ priceId: prices.basic, quantity: 1 }]);
    await stripe.subscriptions.cancel(id);
    expect((await stripe.subscriptionSchedules.retrieve(schedule?.id ?? '')).status).toBe('canceled');
  });
});

describe('A key', () => {
  it('that another request has used is distinguished from one that is refused', async () => {
    const id = await subscribed();
    const key = nextKey();
    const [item] = (await seen(id)).items;
    const edits = [{ itemId: item?.itemId ?? '', priceId: prices.pro, quantity: 3 }];
    const change = { subscriptionId: id, edits, prorationAt: null };
    expect(await changer.changeItems(change, key)).toBe('done');
    expect(await changer.changeItems(change, key)).toBe('done');
    expect(await changer.createSchedule(id, key)).toBe('taken');
    expect(await changer.createSchedule(id, nextKey())).toBe('done');
    expect(await changer.createSchedule(id, nextKey())).toMatchObject({ refused: expect.any(Error) });
    expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(2);
  });
});
