/** Tests of Checkout through its hosted page. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

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
  rig.receiver.answer = () => 200;
  rig.clock.seconds = testStart;
});
afterAll(() => rig.close());

const successUrl = 'https://shop.example/done?session={CHECKOUT_SESSION_ID}';

async function open(
  params: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Promise<Stripe.Checkout.Session> {
  const price = await createMonthlyPrice(stripe);
  return stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: successUrl,
    cancel_url: 'https://shop.example/prices',
    ...params,
  });
}

function pay(session: Stripe.Checkout.Session, form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams(form);
  return fetch(String(session.url), { method: 'POST', body, redirect: 'manual' });
}

const goodForm = { card: '4242 4242 4242 4242', email: 'ann@example.com', name: 'Ann' };

test('The Checkout page shows the product, the price and a link back', async () => {
  const session = await open({ subscription_data: { trial_period_days: 14 } });
  expect(session.url).toBe(`${rig.simulator.url}/c/pay/${session.id}`);

  const response = await fetch(String(session.url));
  const text = await response.text();

  expect(response.status).toBe(200);
  expect(text).toContain('Subscribe to Pro');
  expect(text).toContain('$15.00<small> per month');
  expect(text).toContain('14 days free trial');
  expect(text).toContain('href="https://shop.example/prices"');
  expect(text).toContain('value="4242 4242 4242 4242"');
  expect(text).not.toMatch(/<style|@import|url\(|(src|href)="(?!\/|data:|https:\/\/shop)/);
});

test('A link on the Checkout page fills in a test card', async () => {
  const session = await open();

  const text = await (await fetch(`${session.url}?card=4000000000000002`)).text();

  expect(text).toContain('value="4000 0000 0000 0002"');
});

test('The customer and the subscription are created only when the session is paid', async () => {
  const session = await open({
    client_reference_id: 'u1',
    metadata: { on: 'session' },
    subscription_data: { metadata: { cognito_sub: 'u1' } },
  });
  expect((await stripe.subscriptions.list()).data).toEqual([]);

  const response = await pay(session, goodForm);

  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`https://shop.example/done?session=${session.id}`);
  const done = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription', 'customer', 'invoice'],
  });
  expect(done).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    customer: { email: 'ann@example.com', name: 'Ann' },
    subscription: { status: 'active', metadata: { cognito_sub: 'u1' } },
    invoice: { status: 'paid', amount_paid: 1500 },
  });
  const completed = (await rig.events()).find(({ type }) => type === 'checkout.session.completed');
  expect(completed?.data.object).toMatchObject({ client_reference_id: 'u1', metadata: { on: 'session' } });
  expect(completed?.request?.id).toBeNull();
});

test('The redirect waits until the endpoint has received the completion event', async () => {
  const session = await open();
  const deliveriesBeforeRedirect: string[] = [];
  rig.receiver.answer = () => {
    deliveriesBeforeRedirect.push('received');
    return 200;
  };

  await pay(session, goodForm);

  const types = rig.received.map(({ body }) => (JSON.parse(body) as Stripe.Event).type);
  expect(deliveriesBeforeRedirect.length).toBeGreaterThan(0);
  expect(types).toContain('checkout.session.completed');
});

test('A declined card shows the reason and creates no customer or subscription', async () => {
  const session = await open();

  const response = await pay(session, { ...goodForm, card: '4000 0000 0000 9995' });
  const text = await response.text();

  expect(response.status).toBe(402);
  expect(text).toContain('role="alert"');
  expect(text).toContain('insufficient funds');
  expect((await stripe.subscriptions.list()).data).toEqual([]);
  expect((await stripe.customers.list()).data).toEqual([]);
  expect(await rig.types()).toContain('payment_intent.payment_failed');

  expect((await pay(session, goodForm)).status).toBe(303);
});

test('A trial requires a card unless `payment_method_collection` is `if_required`', async () => {
  const withCard = await open({ subscription_data: { trial_period_days: 7 } });
  expect((await pay(withCard, { email: 'ann@example.com' })).status).toBe(402);

  const without = await open({
    subscription_data: {
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    },
    payment_method_collection: 'if_required',
  });
  expect(await (await fetch(String(without.url))).text()).not.toContain('name="card"');
  expect((await pay(without, { email: 'ann@example.com' })).status).toBe(303);
  const done = await stripe.checkout.sessions.retrieve(without.id, { expand: ['subscription'] });
  expect(done).toMatchObject({
    payment_status: 'no_payment_required',
    subscription: {
      status: 'trialing',
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    },
  });
});

test('An existing customer is reused and not asked for an email address', async () => {
  const customer = await stripe.customers.create({ email: 'ann@example.com' });
  const session = await open({ customer: customer.id });

  expect(await (await fetch(String(session.url))).text()).not.toContain('name="email"');
  await pay(session, { card: goodForm.card });

  const subscriptions = await stripe.subscriptions.list({ customer: customer.id });
  expect(subscriptions.data).toHaveLength(1);
  expect((await stripe.customers.list()).data).toHaveLength(1);
});

test('A session can be paid only once', async () => {
  const session = await open();
  await pay(session, goodForm);

  const again = await pay(session, goodForm);

  expect(await again.text()).toContain('This Checkout session is complete');
  expect((await stripe.subscriptions.list()).data).toHaveLength(1);
});

test('A session expires when the clock reaches `expires_at`', async () => {
  const session = await open();
  rig.clock.seconds += 24 * 3600;

  expect(await (await fetch(String(session.url))).text()).toContain('expired');
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null });
  expect(await rig.types()).toContain('checkout.session.expired');
});

test('A session can be expired on request, but only once', async () => {
  const session = await open();

  expect((await stripe.checkout.sessions.expire(session.id)).status).toBe('expired');
  await expect(stripe.checkout.sessions.expire(session.id)).rejects.toMatchObject({ statusCode: 400 });
});

test('A customer who was deleted after the session was created is not charged', async () => {
  const customer = await stripe.customers.create({ email: 'ann@example.com' });
  const session = await open({ customer: customer.id });
  await stripe.customers.del(customer.id);

  const response = await pay(session, { card: goodForm.card });

  expect(response.status).toBe(400);
  expect((await stripe.subscriptions.list({ status: 'all' })).data).toEqual([]);
});

test('Text from the shop or the customer is escaped on the Checkout page', async () => {
  const evil = '<script>alert("x")</script>';
  const price = await createMonthlyPrice(stripe, { product_data: { name: evil } });
  const session = await open({
    line_items: [{ price: price.id, quantity: 1 }],
    cancel_url: `http://127.0.0.1/"><script>`,
  });

  const shown = await (await fetch(String(session.url))).text();
  expect(shown).toContain('&lt;script&gt;');
  expect(shown).not.toContain('<script>');
  const again = await (await pay(session, { ...goodForm, card: evil, name: '"><b>' })).text();
  expect(again).not.toContain('<b>');
});

test('Sessions in `payment` and `setup` mode create no subscription', async () => {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Mug' },
  });
  const payment = await open({ mode: 'payment', line_items: [{ price: price.id, quantity: 2 }] });
  const setup = await stripe.checkout.sessions.create({
    mode: 'setup',
    currency: 'usd',
    success_url: successUrl,
    customer: (await stripe.customers.create()).id,
  });

  await pay(payment, goodForm);
  await pay(setup, { card: goodForm.card });

  expect(await stripe.checkout.sessions.retrieve(payment.id, { expand: ['payment_intent'] })).toMatchObject({
    amount_total: 1000,
    customer: null,
    payment_intent: { status: 'succeeded', amount_received: 1000 },
    subscription: null,
  });
  expect(await stripe.checkout.sessions.retrieve(setup.id, { expand: ['setup_intent'] })).toMatchObject({
    setup_intent: { status: 'succeeded' },
  });
});

test('Line items are listed and conflicting parameters are rejected', async () => {
  const session = await open({ allow_promotion_codes: true });
  const lines = await stripe.checkout.sessions.listLineItems(session.id);
  expect(lines.data).toMatchObject([{ object: 'item', amount_total: 1500, quantity: 1, description: 'Pro' }]);

  const customer = await stripe.customers.create();
  await expect(open({ customer: customer.id, customer_email: 'a@example.com' })).rejects.toMatchObject({
    statusCode: 400,
  });
  await expect(open({ mode: 'payment' })).rejects.toMatchObject({ statusCode: 400, param: 'line_items' });
  await expect(open({ line_items: [] })).rejects.toMatchObject({
    code: 'parameter_missing',
    param: 'line_items',
  });
});

test('The portal page shows the subscriptions of the customer', async () => {
  const session = await open();
  await pay(session, goodForm);
  const [subscription] = (await stripe.subscriptions.list()).data;

  const portal = await stripe.billingPortal.sessions.create({
    customer: idOf(subscription?.customer),
    return_url: 'https://shop.example/account',
  });

  const text = await (await fetch(portal.url)).text();
  expect(portal.id).toMatch(/^bps_/);
  expect(text).toMatch(/<strong>Pro, \$15\.00 per month<\/strong> · <span class="badge ok">active/);
  expect(text).toContain('href="https://shop.example/account"');
});
