/** Tests of the simulator's own routes. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSubscription, idOf, type Rig, startRig } from '../testing/rig.ts';

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

async function useCard(customer: string, card: string): Promise<void> {
  const { id } = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
}

test('A forced renewal starts the next period, charges it, and its events have no request', async () => {
  const before = await createSubscription(stripe);
  await rig.simulator.settled();
  rig.received.length = 0;

  await rig.control(`/subscriptions/${before.id}/renew`, {});

  const after = await stripe.subscriptions.retrieve(before.id, { expand: ['latest_invoice'] });
  expect(after.status).toBe('active');
  expect(after.items.data[0]?.current_period_start).toBe(before.items.data[0]?.current_period_end);
  expect(after.latest_invoice).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid' });
  const events = await rig.events();
  expect(events.map(({ type }) => type)).toContain('invoice.paid');
  expect(events.every(({ request }) => request?.id === null)).toBe(true);
  const updated = events.find(({ type }) => type === 'customer.subscription.updated');
  expect(updated?.data.previous_attributes).toHaveProperty('items.data');
});

test('A failed renewal makes the subscription past due, and a retry with a valid card makes it active again', async () => {
  const { id, customer } = await createSubscription(stripe);
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');

  expect(await rig.control(`/subscriptions/${id}/renew`, {})).toMatchObject({ status: 'past_due' });
  expect(await rig.types()).toContain('invoice.payment_failed');

  expect(await rig.control(`/subscriptions/${id}/retry_payment`, {})).toMatchObject({ status: 'past_due' });
  await useCard(idOf(customer), 'pm_card_visa');
  expect(await rig.control(`/subscriptions/${id}/retry_payment`, {})).toMatchObject({ status: 'active' });
});

test('A forced renewal executes a scheduled cancellation', async () => {
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.update(id, { cancel_at_period_end: true });

  expect(await rig.control(`/subscriptions/${id}/renew`, {})).toMatchObject({ status: 'canceled' });
  expect(await rig.types()).toContain('customer.subscription.deleted');
});

test('Any status can be forced, including an unknown one', async () => {
  const { id } = await createSubscription(stripe);

  for (const status of ['unpaid', 'paused', 'on_the_moon']) {
    await rig.control(`/subscriptions/${id}/set`, { status });
    expect((await stripe.subscriptions.retrieve(id)).status).toBe(status);
  }
  const event = (await rig.events()).findLast(({ type }) => type === 'customer.subscription.updated');
  expect(event?.data).toMatchObject({
    object: { status: 'on_the_moon' },
    previous_attributes: { status: 'paused' },
  });
});

test('Ended subscriptions, unknown ids and unknown routes are rejected', async () => {
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.cancel(id);

  expect(await rig.control(`/subscriptions/${id}/renew`, {})).toHaveProperty('error.message');
  expect(await rig.control('/subscriptions/sub_none/renew', {})).toHaveProperty(
    'error.code',
    'resource_missing',
  );
  expect(await rig.control('/nonsense', {})).toHaveProperty('error.message');
});

test('A reset deletes everything except the webhook endpoints', async () => {
  await createSubscription(stripe);
  await rig.simulator.settled();

  await rig.control('/reset', {});

  expect((await stripe.customers.list()).data).toEqual([]);
  expect((await stripe.events.list()).data).toEqual([]);
  expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
  expect(await rig.control('')).toMatchObject({ counts: { subscriptions: 0, webhookEndpoints: 1 } });
});
