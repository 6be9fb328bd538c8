/** Tests of rendering for API versions before and after 2025-03-31.basil. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createClient,
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let old: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
  // The library's types accept one version only; the API accepts all versions.
  const version = '2025-02-24.acacia' as '2026-10-28.endive';
  old = createClient(rig.simulator, { apiVersion: version });
});
afterAll(() => rig.close());

test('The billing period is on the subscription before basil and on its items since then', async () => {
  const { id } = await createSubscription(stripe);

  const now = await stripe.subscriptions.retrieve(id);
  const then = await old.subscriptions.retrieve(id);

  const period = now.items.data[0]?.current_period_end;
  expect(now).not.toHaveProperty('current_period_end');
  expect(then).toHaveProperty('current_period_end', period);
  expect(then.items.data[0]).not.toHaveProperty('current_period_end');
  expect(then.items.data[0]).toHaveProperty('plan.interval', 'month');
  expect(then).toHaveProperty('plan.amount', 1500);
  const { data } = await old.subscriptionItems.list({ subscription: id });
  expect(data[0]).not.toHaveProperty('current_period_end');
});

test('An endpoint with an old version receives the old period as a previous attribute', async () => {
  const { id } = await createSubscription(stripe);
  const hook = {
    url: `${rig.hookUrl}/old`,
    apiVersion: '2025-02-24.acacia',
    enabledEvents: ['customer.subscription.updated'],
  };
  rig.simulator.registerWebhook(hook);
  await rig.simulator.settled();
  rig.received.length = 0;

  await rig.control(`/subscriptions/${id}/renew`, {});
  await rig.simulator.settled();

  const bodies = rig.received.map(({ body }) => JSON.parse(body) as Stripe.Event);
  const moved = bodies.filter(
    ({ api_version: version, type }) => version === hook.apiVersion && type === hook.enabledEvents[0],
  );
  expect(moved[0]?.data.previous_attributes).toEqual({
    current_period_start: expect.any(Number) as number,
    current_period_end: expect.any(Number) as number,
  });
});

test('Metadata is never reshaped, whatever its keys are named', async () => {
  const metadata = { object: 'subscription', items: 'mine' };
  const { id } = await stripe.customers.create({ metadata });

  expect(await old.customers.retrieve(id)).toMatchObject({ metadata });
});

test('An invoice shows its subscription and payment in the shape of the requested version', async () => {
  const subscription = await createSubscription(stripe);
  const id = idOf(subscription.latest_invoice);

  const now = await stripe.invoices.retrieve(id, { expand: ['payments'] });
  const then = await old.invoices.retrieve(id, { expand: ['payment_intent', 'charge'] });

  expect(now.parent?.subscription_details?.subscription).toBe(subscription.id);
  expect(now).not.toHaveProperty('subscription');
  expect(now.payments?.data[0]).toMatchObject({ status: 'paid', amount_paid: 1500 });
  expect(then).toMatchObject({
    subscription: subscription.id,
    paid: true,
    payment_intent: { object: 'payment_intent', invoice: id },
    charge: { object: 'charge', paid: true },
  });
  expect(then).not.toHaveProperty('parent');
  expect(then.lines.data[0]).toMatchObject({
    type: 'subscription',
    proration: false,
    price: { unit_amount: 1500 },
  });
  expect(now.lines.data[0]?.pricing?.price_details?.price).toMatch(/^price_/);
});

test('Events keep their own version when a reader uses another one', async () => {
  await createSubscription(stripe);

  const [event] = (await old.events.list({ type: 'customer.subscription.updated' })).data;

  expect(event?.api_version).toBe('2026-10-28.endive');
  expect(event?.data.object).not.toHaveProperty('current_period_end');
  expect(await old.events.retrieve(String(event?.id))).toEqual(event);
});

test('Checkout’s `ui_mode` values follow the requested version', async () => {
  const price = await createMonthlyPrice(stripe);
  const order: Stripe.Checkout.SessionCreateParams = {
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://shop.example/done',
  };

  expect((await stripe.checkout.sessions.create(order)).ui_mode).toBe('hosted_page');
  expect((await old.checkout.sessions.create(order)).ui_mode).toBe('hosted');
  const types = { ...order, payment_method_types: ['card'] };
  await expect(stripe.checkout.sessions.create(types)).rejects.toMatchObject({ code: 'parameter_unknown' });
  expect((await old.checkout.sessions.create(types)).status).toBe('open');
});

test('Subscriptions are classic when created with an old version and flexible with a new one', async () => {
  const customer = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  const order = { customer: customer.id, items: [{ price: price.id }] };

  expect((await stripe.subscriptions.create(order)).billing_mode.type).toBe('flexible');
  expect((await old.subscriptions.create(order)).billing_mode.type).toBe('classic');
});

test('An endpoint with a version between basil and endive receives neither the old nor the newest fields', async () => {
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.pause(id);
  const basil = createClient(rig.simulator, { apiVersion: '2025-06-30.basil' as '2026-10-28.endive' });

  const then = await basil.subscriptions.retrieve(id);

  expect(then).not.toHaveProperty('current_period_end');
  expect(then).not.toHaveProperty('status_details');
  expect(then).not.toHaveProperty('billing_schedules');
  const now = await stripe.subscriptions.retrieve(id);
  expect(now).toHaveProperty('status_details.paused.subscription.type', 'pause_requested');
  expect(now.billing_schedules).toEqual([]);
  expect(now.items.data[0]).toHaveProperty('plan.object', 'plan');
});

test('The response contains the derived fields', async () => {
  const { latest_invoice: latest } = await createSubscription(stripe);

  const invoice = await stripe.invoices.retrieve(idOf(latest));

  expect(invoice).toMatchObject({
    effective_at: invoice.created,
    subtotal_excluding_tax: 1500,
    total_excluding_tax: 1500,
    issuer: { type: 'self' },
  });
  expect(invoice.lines.data[0]?.subscription).toBe(invoice.parent?.subscription_details?.subscription);
  expect(String(invoice.lines.data[0]?.quantity_decimal)).toBe('1');
});
