/** Tests of subscriptions: creation, changes and cancellation. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

const day = 24 * 3600;
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

async function start(params: Partial<Stripe.SubscriptionCreateParams> = {}, card?: string) {
  const customer = card === '' ? await stripe.customers.create() : await createCustomer(stripe, card);
  const price = await createMonthlyPrice(stripe);
  return stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...params });
}

function itemOf(subscription: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = subscription.items.data;
  if (item === undefined) throw new Error('The subscription has no item.');
  return item;
}

test('A valid card makes the subscription active, with the events that Stripe sends', async () => {
  const subscription = await start({ metadata: { cognito_sub: 'u1' } });

  expect(subscription).toMatchObject({ status: 'active', metadata: { cognito_sub: 'u1' }, cancel_at: null });
  expect(subscription.id).toMatch(/^sub_1[A-Za-z0-9]{23}$/);
  expect(itemOf(subscription)).toMatchObject({
    current_period_start: testStart,
    current_period_end: Date.UTC(2027, 1, 15, 12) / 1000,
  });
  expect(new Set(await rig.types())).toEqual(
    new Set([
      'payment_method.attached',
      'customer.created',
      'product.created',
      'price.created',
      'plan.created',
      'customer.subscription.created',
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice_payment.paid',
      'payment_intent.created',
      'payment_intent.succeeded',
      'charge.succeeded',
    ]),
  );
  const events = await rig.events();
  const created = events.find(({ type }) => type === 'customer.subscription.created');
  expect(created?.data.object).toMatchObject({
    status: 'incomplete',
    latest_invoice: subscription.latest_invoice,
  });
  const updated = events.find(({ type }) => type === 'customer.subscription.updated');
  expect(updated?.data.previous_attributes).toEqual({ status: 'incomplete' });
});

test('A failing card leaves the subscription incomplete, and paying its first invoice makes it active', async () => {
  const subscription = await start({}, 'pm_card_chargeCustomerFail');
  expect(subscription.status).toBe('incomplete');
  expect(await rig.types()).toContain('invoice.payment_failed');

  const good = await stripe.paymentMethods.attach('pm_card_visa', {
    customer: idOf(subscription.customer),
  });
  await stripe.invoices.pay(idOf(subscription.latest_invoice), { payment_method: good.id });

  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
});

test('`error_if_incomplete` rejects a failing card and creates no subscription', async () => {
  const attempt = start({ payment_behavior: 'error_if_incomplete' }, 'pm_card_chargeCustomerFail');

  await expect(attempt).rejects.toMatchObject({
    statusCode: 402,
    type: 'StripeCardError',
    code: 'card_declined',
  });
  expect((await stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
});

test('`default_incomplete` returns an incomplete subscription whose payment can be confirmed', async () => {
  const subscription = await start({
    payment_behavior: 'default_incomplete',
    expand: ['latest_invoice.confirmation_secret'],
  });

  expect(subscription.status).toBe('incomplete');
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  expect(invoice.status).toBe('open');
  expect(invoice.confirmation_secret?.client_secret).toMatch(/^pi_\w+_secret_\w+$/);
});

test('A customer without a card is rejected unless nothing is charged', async () => {
  await expect(start({}, '')).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing' });

  expect((await start({ trial_period_days: 7 }, '')).status).toBe('trialing');
  expect((await start({ collection_method: 'send_invoice', days_until_due: 30 }, '')).status).toBe('active');
});

test('A trial starts with a paid invoice of 0 and lasts until its end', async () => {
  const subscription = await start({ trial_period_days: 14, expand: ['latest_invoice'] }, '');

  expect(subscription).toMatchObject({ trial_start: testStart, trial_end: testStart + 14 * day });
  expect(itemOf(subscription).current_period_end).toBe(testStart + 14 * day);
  expect(subscription.latest_invoice).toMatchObject({ status: 'paid', amount_paid: 0 });
  expect(await rig.types()).not.toContain('customer.subscription.trial_will_end');
});

test('A trial shorter than three days announces its end immediately', async () => {
  await start({ trial_period_days: 1 }, '');

  expect(await rig.types()).toContain('customer.subscription.trial_will_end');
});

test('`trial_end=now` ends the trial and charges the card', async () => {
  const { id } = await start({ trial_period_days: 14 });

  const now = await stripe.subscriptions.update(id, { trial_end: 'now', expand: ['latest_invoice'] });

  expect(now).toMatchObject({ status: 'active', trial_end: testStart });
  expect(now.latest_invoice).toMatchObject({ status: 'paid', amount_paid: 1500 });
  expect(await rig.types()).toContain('customer.subscription.trial_will_end');
});

test.each([
  ['pause', 'paused', 'customer.subscription.paused'],
  ['cancel', 'canceled', 'customer.subscription.deleted'],
  ['create_invoice', 'past_due', 'invoice.payment_failed'],
] as const)('A trial that ends without a card and with `%s` becomes %s', async (behavior, status, event) => {
  const { id } = await start(
    { trial_period_days: 14, trial_settings: { end_behavior: { missing_payment_method: behavior } } },
    '',
  );

  expect((await stripe.subscriptions.update(id, { trial_end: 'now' })).status).toBe(status);
  expect(await rig.types()).toContain(event);
});

test('A cancellation at the end of the period is scheduled and can be undone', async () => {
  const { id } = await createSubscription(stripe);

  const scheduled = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  expect(scheduled).toMatchObject({
    status: 'active',
    cancel_at_period_end: true,
    cancel_at: itemOf(scheduled).current_period_end,
    canceled_at: testStart,
    cancellation_details: { reason: 'cancellation_requested' },
  });

  const undone = await stripe.subscriptions.update(id, { cancel_at_period_end: false });
  expect(undone).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
});

test('`cancel_at=min_period_end` sets the time and leaves `cancel_at_period_end` false', async () => {
  const { id } = await createSubscription(stripe);

  const scheduled = await stripe.subscriptions.update(id, { cancel_at: 'min_period_end' });

  expect(scheduled).toMatchObject({
    cancel_at_period_end: false,
    cancel_at: itemOf(scheduled).current_period_end,
  });
});

test('An immediate cancellation is final', async () => {
  const { id } = await createSubscription(stripe);
  rig.clock.seconds += day;

  const canceled = await stripe.subscriptions.cancel(id);

  expect(canceled).toMatchObject({ status: 'canceled', ended_at: testStart + day });
  const event = (await rig.events()).find(({ type }) => type === 'customer.subscription.deleted');
  expect(event?.data.object).toMatchObject({ id, status: 'canceled' });
  expect(event?.data).not.toHaveProperty('previous_attributes');
  await expect(stripe.subscriptions.cancel(id)).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
  await expect(stripe.subscriptions.update(id, { cancel_at_period_end: true })).rejects.toMatchObject({
    statusCode: 400,
  });
  expect((await stripe.subscriptions.update(id, { metadata: { note: 'kept' } })).metadata).toEqual({
    note: 'kept',
  });
});

test('A price with the same interval keeps the period and prorates on the next invoice', async () => {
  const subscription = await createSubscription(stripe);
  const higherPrice = await createMonthlyPrice(stripe, { unit_amount: 3000 });
  rig.clock.seconds += 15.5 * day;

  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: higherPrice.id }],
  });

  expect(itemOf(changed)).toMatchObject({
    id: itemOf(subscription).id,
    price: { id: higherPrice.id },
    current_period_end: itemOf(subscription).current_period_end,
  });
  const { data } = await stripe.invoiceItems.list({ pending: true });
  expect(data.map((item) => item.amount).sort((a, b) => a - b)).toEqual([-750, 1500]);
  const event = (await rig.events()).findLast(({ type }) => type === 'customer.subscription.updated');
  expect(event?.data.previous_attributes).toHaveProperty('items.data.0.price.unit_amount', 1500);
});

test('A price with another interval begins a new period that is billed immediately', async () => {
  const subscription = await createSubscription(stripe);
  const yearly = await createMonthlyPrice(stripe, { unit_amount: 15_000, recurring: { interval: 'year' } });
  rig.clock.seconds += 15.5 * day;

  const changed = await stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: yearly.id }],
    expand: ['latest_invoice'],
  });

  expect(itemOf(changed).current_period_start).toBe(rig.clock.seconds);
  expect(changed.latest_invoice).toMatchObject({ status: 'paid', total: 15_000 - 750 });
});

test('The quantity, the collection pause and the metadata of a subscription can change', async () => {
  const subscription = await createSubscription(stripe);
  const { id } = subscription;

  const many = await stripe.subscriptions.update(id, {
    items: [{ id: itemOf(subscription).id, quantity: 5 }],
    pause_collection: { behavior: 'void' },
    metadata: { foo: 'bar' },
  });

  expect(itemOf(many).quantity).toBe(5);
  expect(many).toMatchObject({
    status: 'active',
    pause_collection: { behavior: 'void', resumes_at: null },
    metadata: { foo: 'bar' },
  });
  expect((await stripe.subscriptions.update(id, { pause_collection: '' })).pause_collection).toBeNull();
});

test('The list omits canceled subscriptions unless the request asks for them', async () => {
  const live = await createSubscription(stripe);
  const canceled = await createSubscription(stripe);
  await stripe.subscriptions.cancel(canceled.id);
  const ids = async (params: Stripe.SubscriptionListParams) =>
    (await stripe.subscriptions.list(params)).data.map(({ id }) => id);

  expect(await ids({})).toEqual([live.id]);
  expect(await ids({ status: 'all' })).toEqual([canceled.id, live.id]);
  expect(await ids({ status: 'canceled' })).toEqual([canceled.id]);
  expect(await ids({ status: 'ended' })).toEqual([canceled.id]);
  expect(await ids({ status: 'active', customer: idOf(canceled.customer) })).toEqual([]);
  expect(await ids({ status: 'all', price: itemOf(live).price.id })).toEqual([live.id]);
});

test('Subscription items can be listed and retrieved', async () => {
  const subscription = await createSubscription(stripe);

  const { data } = await stripe.subscriptionItems.list({ subscription: subscription.id });
  expect(data.map(({ id }) => id)).toEqual([itemOf(subscription).id]);
  expect(await stripe.subscriptionItems.retrieve(itemOf(subscription).id)).toMatchObject({
    subscription: subscription.id,
  });
});

test('Subscriptions can be searched by metadata and status', async () => {
  const { id } = await start({ metadata: { cognito_sub: 'u1' } });

  const found = await stripe.subscriptions.search({
    query: "status:'active' AND metadata['cognito_sub']:'u1'",
  });
  expect(found.data.map((row) => row.id)).toEqual([id]);
});
