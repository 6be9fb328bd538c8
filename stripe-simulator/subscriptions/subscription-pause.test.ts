/** Tests of pausing, resuming and pending updates. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

const hour = 3600;
const day = 24 * hour;
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

async function useCard(customer: string, card: string): Promise<string> {
  const { id } = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
  return id;
}

async function pausedLongAgo(): Promise<Stripe.Subscription> {
  const { id } = await createSubscription(stripe);
  const paused = await stripe.subscriptions.pause(id);
  rig.clock.seconds += 60 * day;
  return paused;
}

test('A paused subscription is not billed until it resumes', async () => {
  const paused = await pausedLongAgo();

  expect(paused).toMatchObject({
    status: 'paused',
    status_details: { paused: { subscription: { type: 'pause_requested' }, transitioned_at: testStart } },
  });
  expect((await stripe.invoices.list({ subscription: paused.id })).data).toHaveLength(1);
  expect(await rig.types()).toContain('customer.subscription.paused');
});

test('Resuming bills a new period, and its payment makes the subscription active', async () => {
  const { id } = await pausedLongAgo();

  const answer = await stripe.subscriptions.resume(id);
  expect(answer.status).toBe('paused');

  const resumed = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  expect(resumed).toMatchObject({
    status: 'active',
    billing_cycle_anchor: rig.clock.seconds,
    latest_invoice: { status: 'paid', amount_paid: 1500 },
  });
  expect(resumed.items.data[0]?.current_period_start).toBe(rig.clock.seconds);
  expect(await rig.types()).toContain('customer.subscription.resumed');
});

test('Resuming within the paid period keeps the billing cycle and takes effect immediately', async () => {
  const { id } = await createSubscription(stripe);
  const before = await stripe.subscriptions.pause(id);
  rig.clock.seconds += 5 * day;

  const resumed = await stripe.subscriptions.resume(id, { billing_cycle_anchor: { type: 'unchanged' } });

  expect(resumed.status).toBe('active');
  expect(resumed.items.data[0]?.current_period_end).toBe(before.items.data[0]?.current_period_end);
  expect(resumed.latest_invoice).toBe(before.latest_invoice);
});

test('A failed resumption becomes past due, or stays paused until it is paid', async () => {
  const first = await pausedLongAgo();
  await useCard(idOf(first.customer), 'pm_card_chargeCustomerFail');
  await stripe.subscriptions.resume(first.id);
  expect(await stripe.subscriptions.retrieve(first.id)).toMatchObject({ status: 'past_due' });

  const second = await pausedLongAgo();
  await useCard(idOf(second.customer), 'pm_card_chargeCustomerFail');
  await stripe.subscriptions.resume(second.id, { payment_behavior: 'resume_on_payment_success' });
  const waiting = await stripe.subscriptions.retrieve(second.id);
  expect(waiting.status).toBe('paused');
  const card = await useCard(idOf(second.customer), 'pm_card_visa');
  await stripe.invoices.pay(idOf(waiting.latest_invoice), { payment_method: card });
  expect((await stripe.subscriptions.retrieve(second.id)).status).toBe('active');
});

test('A resumption that is not paid within 23 hours is voided, and the subscription stays paused', async () => {
  const { id, customer } = await pausedLongAgo();
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');
  await stripe.subscriptions.resume(id, { payment_behavior: 'resume_on_payment_success' });
  rig.clock.seconds += 23 * hour;

  const after = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });

  expect(after).toMatchObject({ status: 'paused', latest_invoice: { status: 'void' } });
});

test('Only paused subscriptions can resume, and only flexible billing can pause', async () => {
  const { id, customer, items } = await createSubscription(stripe);
  await expect(stripe.subscriptions.resume(id)).rejects.toMatchObject({ statusCode: 400 });

  const classic = await stripe.subscriptions.create({
    customer: idOf(customer),
    items: [{ price: items.data[0]?.price.id ?? '' }],
    billing_mode: { type: 'classic' },
  });
  await expect(stripe.subscriptions.pause(classic.id)).rejects.toMatchObject({ statusCode: 400 });
});

async function upgradeWithFailingCard(): Promise<Stripe.Subscription> {
  const { id, customer, items } = await createSubscription(stripe);
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');
  const price = await createMonthlyPrice(stripe, { unit_amount: 9000 });
  return stripe.subscriptions.update(id, {
    items: [{ id: items.data[0]?.id ?? '', price: price.id }],
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
  });
}

test('A change that cannot be paid stays pending and applies once it is paid', async () => {
  const waiting = await upgradeWithFailingCard();
  expect(waiting).toMatchObject({
    status: 'active',
    items: { data: [{ price: { unit_amount: 1500 } }] },
    pending_update: { subscription_items: [{ price: { unit_amount: 9000 } }] },
  });

  const card = await useCard(idOf(waiting.customer), 'pm_card_visa');
  await stripe.invoices.pay(idOf(waiting.latest_invoice), { payment_method: card });

  expect(await stripe.subscriptions.retrieve(waiting.id)).toMatchObject({
    pending_update: null,
    items: { data: [{ price: { unit_amount: 9000 } }] },
  });
  expect(await rig.types()).toContain('customer.subscription.pending_update_applied');
});

test('A pending change that is not paid within 23 hours is dropped', async () => {
  const { id } = await upgradeWithFailingCard();
  rig.clock.seconds += 23 * hour;

  expect(await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })).toMatchObject({
    pending_update: null,
    items: { data: [{ price: { unit_amount: 1500 } }] },
    latest_invoice: { status: 'void' },
  });
  expect(await rig.types()).toContain('customer.subscription.pending_update_expired');
});

test('`error_if_incomplete` rejects a change that cannot be paid and changes nothing', async () => {
  const { id, customer, items } = await createSubscription(stripe);
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');
  const price = await createMonthlyPrice(stripe, { unit_amount: 9000 });

  await expect(
    stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', price: price.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'error_if_incomplete',
    }),
  ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
  expect((await stripe.invoiceItems.list()).data).toEqual([]);
});

test('Subscription items can be added, updated and removed one at a time', async () => {
  const { id, items } = await createSubscription(stripe);
  const extra = await createMonthlyPrice(stripe, { unit_amount: 500 });

  const added = await stripe.subscriptionItems.create({ subscription: id, price: extra.id, quantity: 2 });
  expect(added).toMatchObject({ subscription: id, quantity: 2, price: { id: extra.id } });
  const changed = await stripe.subscriptionItems.update(added.id, { quantity: 3, metadata: { seat: 'a' } });
  expect(changed).toMatchObject({ quantity: 3, metadata: { seat: 'a' } });
  expect((await stripe.subscriptions.retrieve(id)).items.data).toHaveLength(2);
  expect(await stripe.subscriptionItems.del(added.id, { proration_behavior: 'none' })).toMatchObject({
    deleted: true,
  });
  await expect(stripe.subscriptionItems.retrieve(added.id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(stripe.subscriptionItems.del(items.data[0]?.id ?? '')).rejects.toMatchObject({
    statusCode: 400,
  });
});

test('A preview shows what a change, a cancellation or a new subscription would bill and stores nothing', async () => {
  const { id, customer, items } = await createSubscription(stripe);
  const price = await createMonthlyPrice(stripe, { unit_amount: 3000 });
  rig.clock.seconds += 15.5 * day;
  const count = (await stripe.events.list({ limit: 100 })).data.length;
  const item = { id: items.data[0]?.id ?? '', price: price.id };
  const preview = async (params: Stripe.InvoiceCreatePreviewParams) =>
    (await stripe.invoices.createPreview(params)).total;

  const change = await stripe.invoices.createPreview({
    subscription: id,
    subscription_details: { items: [item], proration_behavior: 'always_invoice' },
  });
  expect(change).toMatchObject({
    object: 'invoice',
    status: 'draft',
    total: 750,
    billing_reason: 'upcoming',
  });
  expect(change.id).toMatch(/^upcoming_in_/);
  expect(await preview({ subscription: id })).toBe(1500);
  expect(await preview({ subscription: id, subscription_details: { items: [item] } })).toBe(3750);
  expect(await preview({ subscription: id, subscription_details: { cancel_now: true } })).toBe(-750);
  const start = { items: [{ price: price.id, quantity: 2 }] };
  expect(await preview({ customer: idOf(customer), subscription_details: start })).toBe(6000);
  await expect(preview({ customer: idOf(customer) })).rejects.toMatchObject({
    code: 'invoice_upcoming_none',
  });

  expect((await stripe.events.list({ limit: 100 })).data).toHaveLength(count);
  expect((await stripe.invoiceItems.list()).data).toEqual([]);
});

test('`billing_cycle_anchor: now` begins a new period that is billed immediately', async () => {
  const { id } = await createSubscription(stripe);
  rig.clock.seconds += 15.5 * day;

  const changed = await stripe.subscriptions.update(id, {
    billing_cycle_anchor: { type: 'now' },
    expand: ['latest_invoice'],
  });

  expect(changed.items.data[0]?.current_period_start).toBe(rig.clock.seconds);
  expect(changed.latest_invoice).toMatchObject({ status: 'paid', total: 1500 - 750 });
});

test('Canceling with prorations credits the unused time', async () => {
  const { id } = await createSubscription(stripe);
  rig.clock.seconds += 15.5 * day;

  await stripe.subscriptions.cancel(id, { prorate: true, invoice_now: true });

  const [last] = (await stripe.invoices.list({ subscription: id, limit: 1 })).data;
  expect(last).toMatchObject({ total: -750, amount_due: 0 });
});
