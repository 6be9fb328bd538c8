/** Tests of subscription schedules: their start, their phases and their end. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

const day = 24 * 3600;
const inTenDays = testStart + 10 * day;
/** A month after `inTenDays`, which is 25 January 2027. */
const aMonthLater = Date.UTC(2027, 1, 25, 12) / 1000;
let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
  rig.clock.seconds = testStart;
});
afterAll(() => rig.close());

type Params = Partial<Stripe.SubscriptionScheduleCreateParams>;

async function schedule(params: Params = {}, card = 'pm_card_visa') {
  const customer = await createCustomer(stripe, card);
  const price = await createMonthlyPrice(stripe);
  const created = await stripe.subscriptionSchedules.create({
    customer: customer.id,
    start_date: inTenDays,
    phases: [{ items: [{ price: price.id, quantity: 2 }], metadata: { cognito_sub: 'u1' } }],
    ...params,
  });
  return { customer: customer.id, price: price.id, created, id: created.id };
}

const read = (id: string) => stripe.subscriptionSchedules.retrieve(id);
const subscriptionsOf = async (customer: string) =>
  (await stripe.subscriptions.list({ customer, status: 'all' })).data;

/** Returns the types of the events about schedules and subscriptions. */
async function scheduleEvents(): Promise<string[]> {
  const types = await rig.types();
  return types.filter((type) => type.includes('schedule') || type.startsWith('customer.subscription')).sort();
}

describe('A schedule for a customer', () => {
  test('waits for its start without a subscription', async () => {
    const { created, customer, price } = await schedule({ metadata: { plan: 'pro' } });
    expect(created).toMatchObject({
      object: 'subscription_schedule',
      status: 'not_started',
      customer,
      subscription: null,
      current_phase: null,
      end_behavior: 'release',
      metadata: { plan: 'pro' },
      default_settings: { collection_method: 'charge_automatically', default_payment_method: null },
      phases: [
        {
          start_date: inTenDays,
          end_date: aMonthLater,
          currency: 'usd',
          items: [{ price, plan: price, quantity: 2 }],
          trial_end: null,
        },
      ],
    });
    expect(created.id).toMatch(/^sub_sched_1[A-Za-z0-9]{23}$/);
    rig.simulator.advance(9 * day);
    expect(await read(created.id)).toEqual(created);
    expect(await subscriptionsOf(customer)).toEqual([]);
    expect(await scheduleEvents()).toEqual(['subscription_schedule.created']);
  });

  test('starts an active subscription at its date, whose first invoice is charged an hour later', async () => {
    const { id, customer, price } = await schedule();
    rig.simulator.advance(10 * day);
    const started = await read(id);
    expect(started).toMatchObject({
      status: 'active',
      current_phase: { start_date: inTenDays, end_date: aMonthLater },
    });
    const subscription = await stripe.subscriptions.retrieve(idOf(started.subscription));
    expect(subscription).toMatchObject({
      status: 'active',
      schedule: id,
      customer,
      created: inTenDays,
      metadata: { cognito_sub: 'u1' },
      items: { data: [{ price: { id: price }, quantity: 2, current_period_end: aMonthLater }] },
    });
    const invoice = idOf(subscription.latest_invoice);
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({ status: 'draft', amount_due: 3_000 });
    rig.simulator.advance(3_600);
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({ status: 'paid' });
    expect(await scheduleEvents()).toEqual(
      expect.arrayContaining(['customer.subscription.created', 'subscription_schedule.updated']),
    );
  });

  test('becomes past due if the first charge fails', async () => {
    const { customer } = await schedule({}, 'pm_card_chargeCustomerFail');
    rig.simulator.advance(10 * day + 3_600);
    expect(await subscriptionsOf(customer)).toMatchObject([{ status: 'past_due' }]);
  });

  test('starts at once with `now`, and with a trial', async () => {
    const price = await createMonthlyPrice(stripe);
    const { created } = await schedule({
      start_date: 'now',
      phases: [{ items: [{ price: price.id }], trial: true, duration: { interval: 'week' } }],
    });
    const end = testStart + 7 * day;
    expect(created).toMatchObject({ status: 'active', phases: [{ end_date: end, trial_end: end }] });
    expect(await stripe.subscriptions.retrieve(idOf(created.subscription))).toMatchObject({
      status: 'trialing',
      trial_end: end,
    });
  });

  test('is canceled with its customer, and then starts nothing', async () => {
    const { id, customer } = await schedule();
    await stripe.customers.del(customer);
    rig.simulator.advance(11 * day);
    expect(await read(id)).toMatchObject({ status: 'canceled', canceled_at: testStart, subscription: null });
    expect(await scheduleEvents()).toEqual([
      'subscription_schedule.canceled',
      'subscription_schedule.created',
    ]);
  });

  test('follows the test clock of its customer', async () => {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: testStart });
    const customer = await stripe.customers.create({ test_clock: clock.id });
    const price = await createMonthlyPrice(stripe, { unit_amount: 0 });
    const { id } = await stripe.subscriptionSchedules.create({
      customer: customer.id,
      start_date: inTenDays,
      phases: [{ items: [{ price: price.id }] }],
    });
    expect((await stripe.subscriptionSchedules.list()).data).toEqual([]);
    rig.simulator.advance(11 * day);
    expect(await read(id)).toMatchObject({ status: 'not_started', test_clock: clock.id });
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: inTenDays });
    expect(await read(id)).toMatchObject({ status: 'active' });
  });
});

describe('The phases of a schedule', () => {
  test('follow each other, without prorations at the end of a period', async () => {
    const basic = await createMonthlyPrice(stripe);
    const pro = await createMonthlyPrice(stripe, { unit_amount: 4_000 });
    const { id, customer } = await schedule({
      phases: [
        { items: [{ price: basic.id }], duration: { interval: 'month' } },
        { items: [{ price: pro.id }], duration: { interval: 'month', interval_count: 2 } },
      ],
    });
    rig.simulator.advance(aMonthLater - testStart + 3_600);
    expect(await read(id)).toMatchObject({ status: 'active', current_phase: { start_date: aMonthLater } });
    const [subscription] = await subscriptionsOf(customer);
    expect(subscription?.items.data).toMatchObject([{ price: { id: pro.id } }]);
    const { data } = await stripe.invoices.list({ customer });
    expect(data.map(({ amount_due }) => amount_due)).toEqual([4_000, 1_500]);
  });

  test.each([
    ['release', 'released', 'active', 'subscription_schedule.released'],
    ['cancel', 'completed', 'canceled', 'subscription_schedule.completed'],
  ] as const)('end the schedule: %s', async (end_behavior, status, left, event) => {
    const { id, customer } = await schedule({ end_behavior });
    rig.simulator.advance(aMonthLater - testStart);
    const [subscription] = await subscriptionsOf(customer);
    expect(subscription).toMatchObject({ status: left });
    const released = status === 'released';
    expect(await read(id)).toMatchObject({
      status,
      current_phase: null,
      released_subscription: released ? subscription?.id : null,
      completed_at: released ? null : aMonthLater,
    });
    expect(await scheduleEvents()).toContain(event);
    expect(await scheduleEvents()).not.toContain('subscription_schedule.canceled');
  });

  test('expand their prices in a list', async () => {
    const { customer, price } = await schedule();
    const { data } = await stripe.subscriptionSchedules.list({
      customer,
      expand: ['data.phases.items.price'],
    });
    expect(data[0]?.phases[0]?.items[0]?.price).toMatchObject({ id: price, object: 'price' });
  });
});

describe('A schedule from a subscription', () => {
  test('has the current period as its phase, and the subscription names it', async () => {
    const subscription = await createSubscription(stripe);
    const created = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const period = subscription.items.data[0];
    expect(created).toMatchObject({
      status: 'active',
      subscription: subscription.id,
      current_phase: { start_date: testStart, end_date: period?.current_period_end },
      phases: [{ items: [{ price: period?.price.id, quantity: 1 }] }],
    });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ schedule: created.id });
    await expect(
      stripe.subscriptionSchedules.create({ from_subscription: subscription.id }),
    ).rejects.toMatchObject({ message: expect.stringContaining('already attached to a schedule') });
  });

  test('gains phases by an update', async () => {
    const subscription = await createSubscription(stripe);
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const pro = await createMonthlyPrice(stripe, { unit_amount: 4_000 });
    const [current] = phases;
    const first = { items: [{ price: idOf(current?.items[0]?.price), quantity: 1 }] };
    const dates = { start_date: current?.start_date ?? 0, end_date: current?.end_date ?? 0 };
    await stripe.subscriptionSchedules.update(id, {
      phases: [{ ...first, ...dates }, { items: [{ price: pro.id }] }],
    });
    rig.simulator.advance(32 * day);
    const { items } = await stripe.subscriptions.retrieve(subscription.id);
    expect(items.data).toMatchObject([{ price: { id: pro.id } }]);
  });

  test('is canceled when the subscription is', async () => {
    const subscription = await createSubscription(stripe);
    const { id } = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    await stripe.subscriptions.cancel(subscription.id);
    expect(await read(id)).toMatchObject({ status: 'canceled' });
  });
});

describe('A schedule that has not ended', () => {
  test('can be canceled before and after its start', async () => {
    const { id, customer } = await schedule();
    expect(await stripe.subscriptionSchedules.cancel(id)).toMatchObject({
      status: 'canceled',
      canceled_at: testStart,
    });
    rig.simulator.advance(11 * day);
    expect(await subscriptionsOf(customer)).toEqual([]);
    const started = await schedule({ start_date: 'now' });
    await stripe.subscriptionSchedules.cancel(started.id);
    expect(await subscriptionsOf(started.customer)).toMatchObject([{ status: 'canceled' }]);
    const events = await scheduleEvents();
    expect(events.filter((type) => type === 'subscription_schedule.canceled')).toHaveLength(2);
    await expect(stripe.subscriptionSchedules.cancel(id)).rejects.toMatchObject({ statusCode: 400 });
  });

  test('can be released, and leaves its subscription', async () => {
    const { id, customer, created } = await schedule({ start_date: 'now' });
    expect(await stripe.subscriptionSchedules.release(id)).toMatchObject({
      status: 'released',
      released_at: testStart,
      released_subscription: created.subscription,
      subscription: null,
    });
    expect(await subscriptionsOf(customer)).toMatchObject([{ status: 'active', schedule: null }]);
    await expect(stripe.subscriptionSchedules.release(id)).rejects.toMatchObject({ statusCode: 400 });
  });

  test('can start at another date', async () => {
    const { id, price } = await schedule();
    const phases = [{ items: [{ price }], start_date: testStart + day }];
    const updated = await stripe.subscriptionSchedules.update(id, { phases, end_behavior: 'cancel' });
    expect(updated).toMatchObject({ end_behavior: 'cancel', phases: [{ start_date: testStart + day }] });
    rig.simulator.advance(day);
    expect(await read(id)).toMatchObject({ status: 'active' });
  });
});

test('The list filters by customer and by `scheduled`', async () => {
  const waiting = await schedule();
  const started = await schedule({ start_date: 'now' });
  const ids = async (params: Stripe.SubscriptionScheduleListParams) =>
    (await stripe.subscriptionSchedules.list(params)).data.map(({ id }) => id);
  expect(await ids({})).toEqual([started.id, waiting.id]);
  expect(await ids({ scheduled: true })).toEqual([waiting.id]);
  expect(await ids({ customer: started.customer })).toEqual([started.id]);
  expect(await ids({ customer: started.customer, scheduled: true })).toEqual([]);
  await expect(ids({ customer: 'cus_never' })).rejects.toMatchObject({ code: 'resource_missing' });
});

test('Refused are unknown parameters, unsupported ones, and what contradicts itself', async () => {
  const price = (await createMonthlyPrice(stripe)).id;
  const items = [{ price }];
  const cases: readonly (readonly [object, object])[] = [
    [{ start: 1 }, { code: 'parameter_unknown', param: 'start' }],
    [{ phases: [{ items, until: 1 }] }, { code: 'parameter_unknown', param: 'phases[0][until]' }],
    [{ phases: [{ items, iterations: 2 }] }, { code: 'parameter_unknown' }],
    [{ phases: [{ items, discounts: [{ coupon: 'c' }] }] }, { param: 'phases[0][discounts][0][coupon]' }],
    [{ phases: [{ items, on_behalf_of: 'acct_1' }] }, { param: 'phases[0][on_behalf_of]' }],
    [{ phases: [{ items: [{ price: 'price_never' }] }] }, { code: 'resource_missing' }],
    [{ phases: [{ items, end_date: testStart }] }, { param: 'phases[0][end_date]' }],
    [{ phases: [{ items }, { items }] }, { code: 'parameter_missing', param: 'phases[0][end_date]' }],
    [{ start_date: testStart - 1 }, { param: 'start_date' }],
    [{ customer: 'cus_never' }, { code: 'resource_missing' }],
    [{ from_subscription: 'sub_never' }, { param: 'customer' }],
  ];
  for (const [params, error] of cases) await expect(schedule(params)).rejects.toMatchObject(error);
  await expect(read('sub_sched_never')).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
});

test('Versions before 2025-09-30 have `iterations`', async () => {
  const older = createClient(rig.simulator, { apiVersion: '2025-08-27.basil' } as object);
  const price = await createMonthlyPrice(stripe);
  const customer = await createCustomer(stripe);
  const phases = [{ items: [{ price: price.id }], iterations: 1 }];
  const created = await older.subscriptionSchedules.create({
    customer: customer.id,
    start_date: inTenDays,
    phases,
  });
  expect(created.phases[0]?.end_date).toBe(aMonthLater);
  expect(created).not.toHaveProperty('pause_schedules');
});
