/** Tests of the simulator in the process of a test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStripe, type InProcessStripe } from '../index.ts';
import { createMonthlyPrice, createSubscription } from '../testing/rig.ts';

let simulator: InProcessStripe;
let stripe: Stripe;

beforeEach(async () => {
  simulator = await createStripe();
  stripe = new Stripe(simulator.apiKey, simulator.config);
});
afterEach(() => simulator.close());

/** Starts an endpoint that verifies signatures with the time of this machine, as an app does. */
async function startApp() {
  const types: string[] = [];
  let secret = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = String(request.headers['stripe-signature']);
      types.push(Stripe.webhooks.constructEvent(Buffer.concat(chunks), signature, secret).type);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`,
    types,
    expect: (value: string) => {
      secret = value;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function startCheckout(price?: string): Promise<string> {
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price ?? (await createMonthlyPrice(stripe)).id, quantity: 1 }],
    success_url: 'https://example.com/done',
  });
  return session.id;
}

test('The clock stands still until it is advanced', async () => {
  expect(simulator.nowMs()).toBe(Date.UTC(2027, 0, 15, 12));
  const other = await createStripe({ clock: '2024-02-29' });
  expect(other.nowMs()).toBe(Date.UTC(2024, 1, 29));
  await other.close();
  await expect(createStripe({ clock: 'soon' })).rejects.toThrow('The clock cannot start at soon.');
});

test('The same calls give the same ids, in another simulator with the same seed and after a reset', async () => {
  const idsOf = async (used: InProcessStripe) => {
    const subscription = await createSubscription(new Stripe(used.apiKey, used.config));
    return [subscription.id, subscription.customer, ...used.events().map(({ id }) => id)];
  };
  const first = await idsOf(simulator);
  simulator.reset();
  expect(await idsOf(simulator)).toEqual(first);
  const same = await createStripe();
  expect(await idsOf(same)).toEqual(first);
  const other = await createStripe({ seed: 'another' });
  expect(await idsOf(other)).not.toEqual(first);
  await same.close();
  await other.close();
});

test('A snapshot brings back the records, the time and the ids', async () => {
  const subscription = await createSubscription(stripe);
  const snapshot = simulator.takeSnapshot();
  const nowMs = simulator.nowMs();
  const next = await stripe.customers.create();
  await simulator.advanceTo('renewal');

  simulator.restoreSnapshot(snapshot);
  expect(simulator.nowMs()).toBe(nowMs);
  expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
  expect((await stripe.customers.create()).id).toBe(next.id);
});

test('An endpoint keeps its id and secret over a reset, and later ones get others', async () => {
  const first = simulator.registerWebhook({ url: 'http://127.0.0.1:9/one', enabledEvents: ['none'] });
  simulator.reset();
  const second = simulator.registerWebhook({ url: 'http://127.0.0.1:9/two', enabledEvents: ['none'] });

  expect(second.id).not.toBe(first.id);
  expect(second.secret).not.toBe(first.secret);
  expect((await stripe.webhookEndpoints.list()).data).toHaveLength(2);
});

test.each(['2020-01-01', '2035-01-01'])(
  'An app that checks signatures with its own clock accepts events of a simulator whose clock starts in %s',
  async (clock) => {
    const app = await startApp();
    const used = await createStripe({ clock, webhook: app.url });
    app.expect(used.webhookSecret);
    await new Stripe(used.apiKey, used.config).products.create({ name: 'Pro' });
    expect(await used.waitFor('product.created')).toMatchObject({ data: { object: { name: 'Pro' } } });
    expect(app.types).toEqual(['product.created']);
    await used.close();
    await app.close();
  },
);

test('`webhook` takes the secret and the events of the endpoint', async () => {
  const webhook = { url: 'http://127.0.0.1:9/', secret: 'whsec_mine', enabledEvents: ['invoice.*'] };
  const used = await createStripe({ webhook });
  expect(used.webhookSecret).toBe('whsec_mine');
  await used.close();
});

test('`pay` completes a Checkout session, `decline` lets it be declined', async () => {
  const id = await startCheckout();
  expect(await simulator.decline(id)).toEqual({ status: 'declined', message: 'Your card was declined.' });
  expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
  expect(await simulator.pay(id)).toEqual({ status: 'paid' });
  expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({
    status: 'complete',
    customer_details: { email: 'customer@example.com' },
  });
  expect(simulator.events('checkout.*').map(({ type }) => type)).toEqual(['checkout.session.completed']);
});

test.each([
  ['4000002500003155', { status: 'paid' }],
  ['4000008400001629', { status: 'declined', message: 'Your card was declined.' }],
])('`pay` completes 3-D Secure with the card %s', async (card, outcome) => {
  expect(await simulator.pay(await startCheckout(), { card })).toEqual(outcome);
});

test('A declined renewal is retried, paid by the customer, and renews again', async () => {
  const { id } = await createSubscription(stripe);
  await simulator.decline(id);
  await simulator.advanceTo('renewal');
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due');
  await simulator.advanceTo('payment_retry', id);
  expect(simulator.events('invoice.payment_failed')).toHaveLength(2);
  expect(await simulator.pay(id)).toEqual({ status: 'paid' });
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  await simulator.advanceTo('renewal');
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  expect((await stripe.invoices.list({ status: 'paid' })).data).toHaveLength(3);
});

test('`advanceTo` reaches the end of a trial and a scheduled cancellation', async () => {
  const customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 14,
  });
  await simulator.advanceTo('trial_end');
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  await expect(simulator.advanceTo('renewal')).rejects.toThrow(
    `The subscription ${id} does not renew, because`,
  );
  await simulator.advanceTo('cancellation');
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
});

test('`advanceTo` takes a time, and does not go back', async () => {
  await simulator.advanceTo(new Date('2027-02-01'));
  expect(simulator.nowMs()).toBe(Date.UTC(2027, 1, 1));
  await simulator.advanceTo(new Date('2027-01-20'));
  expect(simulator.nowMs()).toBe(Date.UTC(2027, 1, 1));
});

test('A moment that never comes, and a subscription that is not clear, are errors that say so', async () => {
  await expect(simulator.advanceTo('renewal')).rejects.toThrow(
    'There is no subscription that has not ended.',
  );
  const { id } = await createSubscription(stripe);
  for (const moment of ['trial_end', 'payment_retry', 'cancellation'] as const) {
    await expect(simulator.advanceTo(moment)).rejects.toThrow(`The subscription ${id} `);
  }
  await createSubscription(stripe);
  await expect(simulator.advanceTo('renewal')).rejects.toThrow('There are 2 live subscriptions.');
  await expect(simulator.advanceTo('renewal', 'sub_none')).rejects.toThrow(
    'No subscription sub_none is live.',
  );
  await expect(simulator.pay(id)).rejects.toThrow('has no open invoice');
  await expect(simulator.pay('prod_1')).rejects.toThrow('Nothing can be paid with the id prod_1.');
});

test('`waitFor` waits for an event that has not come, and says which came if it never does', async () => {
  const waiting = simulator.waitFor('customer.*');
  const { id } = await stripe.customers.create();
  expect(await waiting).toMatchObject({ type: 'customer.created', data: { object: { id } } });
  await expect(simulator.waitFor('invoice.paid', 1)).rejects.toThrow(
    'No invoice.paid came within 1 ms. Events so far: customer.created.',
  );
});

test('Requests and endpoints that name no version get that of the account', async () => {
  const used = await createStripe({ apiVersion: '2025-02-24.acacia' });
  await new Stripe(used.apiKey, used.config).products.create({ name: 'Pro' });
  const response = await fetch(`${used.url}/v1/products`, {
    headers: { Authorization: `Bearer ${used.apiKey}` },
  });
  expect(response.headers.get('stripe-version')).toBe('2025-02-24.acacia');
  expect(used.events()).toMatchObject([{ api_version: '2025-02-24.acacia' }]);
  await used.close();
});
