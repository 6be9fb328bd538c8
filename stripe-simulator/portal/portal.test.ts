/** Tests of the billing portal through its pages. */
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

async function open(
  subscription: Stripe.Subscription,
  params: Partial<Stripe.BillingPortal.SessionCreateParams> = {},
): Promise<Stripe.BillingPortal.Session> {
  return stripe.billingPortal.sessions.create({
    customer: idOf(subscription.customer),
    return_url: 'http://127.0.0.1/account',
    ...params,
  });
}

async function send(
  session: Stripe.BillingPortal.Session,
  task: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${session.url}/${task}`, { method: 'POST', body, redirect: 'manual' });
}

async function read(session: Stripe.BillingPortal.Session): Promise<string> {
  return (await fetch(session.url)).text();
}

async function current({ id }: Stripe.Subscription): Promise<Stripe.Subscription> {
  return stripe.subscriptions.retrieve(id);
}

test('The portal schedules a cancellation by date, shows it, and can undo it', async () => {
  const subscription = await createSubscription(stripe);
  const session = await open(subscription);
  const end = subscription.items.data[0]?.current_period_end;

  const answer = await send(session, 'cancel', { subscription: subscription.id });
  expect(answer.status).toBe(303);
  expect(await current(subscription)).toMatchObject({
    status: 'active',
    cancel_at: end,
    cancel_at_period_end: false,
    canceled_at: testStart,
    cancellation_details: { reason: 'cancellation_requested' },
  });
  expect(await read(session)).toContain('Ends on February 15, 2027');

  await send(session, 'keep', { subscription: subscription.id });
  expect(await current(subscription)).toMatchObject({ cancel_at: null, canceled_at: null });
  expect(await read(session)).toContain('Renews on February 15, 2027');
});

test('A portal cancellation with classic billing also sets `cancel_at_period_end`', async () => {
  const { customer, items } = await createSubscription(stripe);
  const classic = await stripe.subscriptions.create({
    customer: idOf(customer),
    items: [{ price: items.data[0]?.price.id ?? '' }],
    billing_mode: { type: 'classic' },
  });

  await send(await open(classic), 'cancel', { subscription: classic.id });

  expect((await current(classic)).cancel_at_period_end).toBe(true);
});

test('A configuration can cancel immediately and ask for a reason', async () => {
  const configuration = await stripe.billingPortal.configurations.create({
    business_profile: { headline: 'Acme <billing>' },
    features: {
      subscription_cancel: {
        enabled: true,
        mode: 'immediately',
        cancellation_reason: { enabled: true, options: ['too_expensive', 'unused'] },
      },
    },
  });
  const subscription = await createSubscription(stripe);
  const session = await open(subscription, { configuration: configuration.id });
  const shown = await read(session);
  expect(shown).toContain('Acme &lt;billing&gt;');
  expect(shown).toContain('Cancel now');
  expect(shown).not.toContain('Change plan');

  await send(session, 'cancel', { subscription: subscription.id, feedback: 'unused' });

  expect(await current(subscription)).toMatchObject({
    status: 'canceled',
    cancellation_details: { feedback: 'unused', reason: 'cancellation_requested' },
  });
});

test('Changing the plan in the portal adds prorations to the next invoice', async () => {
  const subscription = await createSubscription(stripe);
  const higherPrice = await createMonthlyPrice(stripe, { unit_amount: 3000, product_data: { name: 'Team' } });
  const session = await open(subscription);
  expect(await read(session)).toContain('Team, $30.00 per month');
  rig.clock.seconds += 15.5 * 24 * 3600;

  await send(session, 'update', { subscription: subscription.id, price: higherPrice.id });

  expect((await current(subscription)).items.data[0]?.price.id).toBe(higherPrice.id);
  expect((await stripe.invoiceItems.list({ pending: true })).data).toHaveLength(2);
});

test('Only prices that the configuration offers can be chosen', async () => {
  const subscription = await createSubscription(stripe);
  const secret = await createMonthlyPrice(stripe, { unit_amount: 1 });
  const configuration = await stripe.billingPortal.configurations.create({
    features: {
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price'],
        products: [{ product: idOf(subscription.items.data[0]?.price.product), prices: [] }],
      },
    },
  });

  const session = await open(subscription, { configuration: configuration.id });
  const answer = await send(session, 'update', { subscription: subscription.id, price: secret.id });

  expect(answer.status).toBe(400);
  expect((await current(subscription)).items.data[0]?.price.id).not.toBe(secret.id);
});

test('A saved card becomes the default, and a declined card is rejected', async () => {
  const subscription = await createSubscription(stripe);
  const session = await open(subscription);

  const declined = await send(session, 'card', { card: '4000 0000 0000 0002' });
  expect(declined.status).toBe(402);
  expect(await declined.text()).toContain('Your card was declined.');
  await send(session, 'card', { card: '5555 5555 5555 4444' });

  expect(await read(session)).toContain('Mastercard •••• 4444');
  expect(await rig.types()).toContain('customer.updated');
});

test('Customers can change the details that the configuration allows', async () => {
  const subscription = await createSubscription(stripe);
  const session = await open(subscription);

  await send(session, 'details', { email: 'bob@example.com', name: '<Bob>' });

  expect(await stripe.customers.retrieve(idOf(subscription.customer))).toMatchObject({
    email: 'bob@example.com',
    name: '<Bob>',
  });
  expect(await read(session)).toContain('&lt;Bob&gt;');
});

test('Pausing requires an enabled feature', async () => {
  const subscription = await createSubscription(stripe);
  const session = await open(subscription);
  expect((await send(session, 'pause', { subscription: subscription.id })).status).toBe(400);

  await stripe.billingPortal.configurations.update(session.configuration as string, {
    features: { subscription_pause: { enabled: true } },
  });
  await send(session, 'pause', { subscription: subscription.id });
  expect((await current(subscription)).status).toBe('paused');
  await send(session, 'unpause', { subscription: subscription.id });
  expect((await current(subscription)).status).toBe('active');
});

test('A flow shows only its task and then redirects to its return URL', async () => {
  const subscription = await createSubscription(stripe);
  const session = await open(subscription, {
    flow_data: {
      type: 'subscription_cancel',
      subscription_cancel: { subscription: subscription.id },
      after_completion: { type: 'redirect', redirect: { return_url: 'http://127.0.0.1/bye' } },
    },
  });
  expect(session.flow).toMatchObject({
    type: 'subscription_cancel',
    subscription_cancel: { subscription: subscription.id },
  });
  expect(await read(session)).not.toContain('Payment method');

  const answer = await send(session, 'cancel', { subscription: subscription.id });

  expect(answer.headers.get('location')).toBe('http://127.0.0.1/bye');
});

test.each(['payment_method_update', 'customer_update'] as const)(
  'The flow `%s` ends at the home page of the portal',
  async (type) => {
    const session = await open(await createSubscription(stripe), { flow_data: { type } });
    expect(await read(session)).not.toContain('Subscriptions');

    const task = type === 'customer_update' ? 'details' : 'card';
    await send(session, task, { card: '4242424242424242', name: 'Ann' });

    expect(await read(session)).toContain('Subscriptions');
  },
);

test.each(['subscription_update', 'subscription_update_confirm', 'subscription_pause'] as const)(
  'The flow `%s` changes its subscription',
  async (type) => {
    const subscription = await createSubscription(stripe);
    const price = await createMonthlyPrice(stripe, { unit_amount: 3000 });
    const item = { id: subscription.items.data[0]?.id ?? '', price: price.id, quantity: 2 };
    const flow = { subscription: subscription.id };
    const [configuration] = (await stripe.billingPortal.configurations.list({ is_default: true })).data;
    await stripe.billingPortal.configurations.update(configuration?.id ?? '', {
      features: { subscription_pause: { enabled: true } },
    });
    const session = await open(subscription, {
      flow_data: {
        type,
        [type]: type === 'subscription_update_confirm' ? { ...flow, items: [item] } : flow,
        after_completion: {
          type: 'hosted_confirmation',
          hosted_confirmation: { custom_message: 'Thank you' },
        },
      },
    });
    const form = await read(session);
    const task = type === 'subscription_pause' ? 'pause' : 'update';
    expect(form).toContain(`/${task}"`);

    const answer = await send(session, task, { ...flow, price: price.id });

    expect(await answer.text()).toContain('Thank you');
    const after = await current(subscription);
    expect(task === 'pause' ? after.status : after.items.data[0]?.price.id).toBe(
      task === 'pause' ? 'paused' : price.id,
    );
  },
);

test('Customers can access only their own subscriptions', async () => {
  const own = await createSubscription(stripe);
  const other = await createSubscription(stripe);

  const answer = await send(await open(own), 'cancel', { subscription: other.id });

  expect(answer.status).toBe(400);
  expect((await current(other)).cancel_at).toBeNull();
  await expect(
    open(own, {
      flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: other.id } },
    }),
  ).rejects.toMatchObject({ code: 'resource_missing' });
  expect((await fetch(`${rig.simulator.url}/p/session/bps_none`)).status).toBe(404);
});
