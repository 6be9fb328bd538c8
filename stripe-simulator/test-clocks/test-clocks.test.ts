/** Tests of test clocks through the life of a subscription. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

const hour = 3600;
const day = 24 * hour;
const frozen = Date.UTC(2030, 0, 31) / 1000;
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
});
afterAll(() => rig.close());

async function advance(clock: string, frozen_time: number): Promise<void> {
  const started = await stripe.testHelpers.testClocks.advance(clock, { frozen_time });
  expect(started).toMatchObject({
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: frozen_time } },
  });
  for (let polls = 0; polls < 100; polls++) {
    if ((await stripe.testHelpers.testClocks.retrieve(clock)).status === 'ready') return;
  }
  throw new Error('The test clock did not become ready.');
}

async function onClock(params: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: frozen, name: 'Walk' });
  const customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const price = await createMonthlyPrice(stripe);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    ...params,
  });
  return { clock, customer, subscription };
}

test('A test clock takes a subscription from trial to active, past_due and canceled with signed events at each step', async () => {
  const { clock, customer, subscription } = await onClock({ trial_period_days: 7 });
  expect(subscription).toMatchObject({ status: 'trialing', created: frozen, test_clock: clock.id });
  const seen = new Map<string, string[]>();
  const status = async () => (await stripe.subscriptions.retrieve(subscription.id)).status;
  const collect = async (step: string) => {
    // `constructEvent` throws unless the signature fits the body.
    const events = await rig.events();
    seen.set(step, [...new Set(events.map(({ type }) => type))].sort());
    rig.received.length = 0;
  };
  await collect('start');

  await advance(clock.id, frozen + 4 * day);
  await collect('three days before the end');
  await advance(clock.id, frozen + 7 * day + hour);
  expect(await status()).toBe('active');
  await collect('trial end');

  const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
  await stripe.subscriptions.update(subscription.id, { default_payment_method: bad.id });
  await collect('card replaced');
  await advance(clock.id, frozen + 38 * day);
  expect(await status()).toBe('past_due');
  await collect('renewal fails');
  await advance(clock.id, frozen + 60 * day);
  expect(await status()).toBe('canceled');
  await collect('last retry fails');

  expect(seen.get('start')).toContain('customer.subscription.created');
  expect(seen.get('three days before the end')).toEqual([
    'customer.subscription.trial_will_end',
    'test_helpers.test_clock.advancing',
    'test_helpers.test_clock.ready',
  ]);
  expect(seen.get('trial end')).toEqual(
    expect.arrayContaining(['customer.subscription.updated', 'invoice.created', 'invoice.paid']),
  );
  expect(seen.get('renewal fails')).toEqual(
    expect.arrayContaining(['charge.failed', 'customer.subscription.updated', 'invoice.payment_failed']),
  );
  expect(seen.get('last retry fails')).toContain('customer.subscription.deleted');
});

test('Records on a test clock use its time, and other records do not', async () => {
  const { clock, customer, subscription } = await onClock();
  expect(customer).toMatchObject({ created: frozen, test_clock: clock.id });
  expect(subscription.items.data[0]).toMatchObject({
    current_period_start: frozen,
    current_period_end: Date.UTC(2030, 1, 28) / 1000,
  });

  await advance(clock.id, Date.UTC(2030, 2, 1) / 1000);

  const invoice = await stripe.invoices.retrieve(
    idOf((await stripe.subscriptions.retrieve(subscription.id)).latest_invoice),
  );
  expect(invoice).toMatchObject({
    status: 'paid',
    created: Date.UTC(2030, 1, 28) / 1000,
    test_clock: clock.id,
  });
  expect((await stripe.customers.create()).created).toBe(testStart);
  const late = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  expect(late.canceled_at).toBe(Date.UTC(2030, 2, 1) / 1000);
});

test('Advancing the simulator’s own clock does not affect records on a test clock', async () => {
  const { subscription } = await onClock();

  rig.simulator.advance(20 * day);

  expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
    status: 'active',
    latest_invoice: subscription.latest_invoice,
  });
});

test('Lists omit records on a test clock unless the request asks for them', async () => {
  const { clock, customer, subscription } = await onClock();

  expect((await stripe.customers.list()).data).toEqual([]);
  expect((await stripe.subscriptions.list()).data).toEqual([]);
  expect((await stripe.invoices.list()).data).toEqual([]);
  const ids = async (list: Promise<{ data: { id: string }[] }>) => (await list).data.map(({ id }) => id);
  expect(await ids(stripe.customers.list({ test_clock: clock.id }))).toEqual([customer.id]);
  expect(await ids(stripe.subscriptions.list({ test_clock: clock.id }))).toEqual([subscription.id]);
  expect(await ids(stripe.subscriptions.list({ customer: customer.id }))).toEqual([subscription.id]);
});

test('Deleting a test clock deletes its customers', async () => {
  const { clock, customer, subscription } = await onClock();

  expect(await stripe.testHelpers.testClocks.del(clock.id)).toMatchObject({ deleted: true });

  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  await expect(stripe.testHelpers.testClocks.retrieve(clock.id)).rejects.toMatchObject({ statusCode: 404 });
  expect((await stripe.testHelpers.testClocks.list()).data).toEqual([]);
});

test('A test clock only moves forward, at most two intervals at a time, and has at most three customers', async () => {
  const { clock } = await onClock();
  const expectRejected = (frozen_time: number) =>
    expect(stripe.testHelpers.testClocks.advance(clock.id, { frozen_time })).rejects.toMatchObject({
      statusCode: 400,
      param: 'frozen_time',
    });

  await expectRejected(frozen);
  await expectRejected(Date.UTC(2030, 3, 1) / 1000);
  await stripe.customers.create({ test_clock: clock.id });
  await stripe.customers.create({ test_clock: clock.id });
  await expect(stripe.customers.create({ test_clock: clock.id })).rejects.toMatchObject({
    param: 'test_clock',
  });
  await expect(stripe.customers.create({ test_clock: 'clock_none' })).rejects.toMatchObject({
    code: 'resource_missing',
  });
});

test('An existing customer can be attached to a test clock, but only once', async () => {
  const { id } = await stripe.customers.create();
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: frozen, customer: id });

  expect(await stripe.customers.retrieve(id)).toMatchObject({ test_clock: clock.id });
  await expect(
    stripe.testHelpers.testClocks.create({ frozen_time: frozen, customer: id }),
  ).rejects.toMatchObject({ statusCode: 400 });
});
