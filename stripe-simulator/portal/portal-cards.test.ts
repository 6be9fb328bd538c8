/** Tests of the cards in the billing portal, over HTTP. */
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

const MASTERCARD = '5555555555554444';
const ALWAYS = '4000000000003220';

/** A subscription that was bought on Checkout, and has its own card. */
async function bought(): Promise<Stripe.Subscription> {
  const price = await createMonthlyPrice(stripe);
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    customer_email: 'ann@example.com',
    success_url: 'https://shop.example/',
  });
  await post(String(session.url), { card: '4242424242424242', expiry: '03/2031' });
  const [subscription] = (await stripe.subscriptions.list()).data;
  if (subscription === undefined) throw new Error('There is no subscription.');
  return subscription;
}

async function open(
  { customer }: Stripe.Subscription,
  params: Partial<Stripe.BillingPortal.SessionCreateParams> = {},
): Promise<string> {
  return (await stripe.billingPortal.sessions.create({ customer: idOf(customer), ...params })).url;
}

function post(url: string, form: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

const read = async (url: string) =>
  (await fetch(url.startsWith('/') ? `${rig.simulator.url}${url}` : url)).text();
const targetOf = (answer: Response) => answer.headers.get('location') ?? '';
const defaultOf = async ({ customer }: Stripe.Subscription) => {
  const found = await stripe.customers.retrieve(idOf(customer), {
    expand: ['invoice_settings.default_payment_method'],
  });
  const method = 'deleted' in found ? null : found.invoice_settings.default_payment_method;
  return typeof method === 'object' ? (method?.card?.last4 ?? null) : method;
};
const cardOf = async ({ id }: Stripe.Subscription) => {
  const { default_payment_method: method } = await stripe.subscriptions.retrieve(id, {
    expand: ['default_payment_method'],
  });
  return typeof method === 'object' ? (method?.card?.last4 ?? null) : method;
};

test('The portal shows the plan, the next payment and the card that was just used', async () => {
  const url = await open(await bought());

  const text = await read(url);

  expect(text).toContain('Pro, $15.00 per month');
  expect(text).toMatch(/Next payment: <strong>\$15\.00<\/strong> on February 15, 2027 with Visa •••• 4242/);
  expect(text).toMatch(/Visa •••• 4242<\/strong> <span class="soft">expires 03\/2031/);
  expect(text).toContain('Pays a subscription');
});

test('A new card becomes the default, and the card of the subscription stays', async () => {
  const subscription = await bought();
  const url = await open(subscription);
  expect(await read(url)).toContain('Add a card');

  const answer = await post(`${url}/card`, { card: MASTERCARD });

  expect(await read(targetOf(answer))).toMatch(/role="status"[^>]*><p>The card is saved\./);
  expect(await defaultOf(subscription)).toBe('4444');
  expect(await cardOf(subscription)).toBe('4242');
});

test('The card of a subscription is replaced by a new or by a saved one', async () => {
  const subscription = await bought();
  const url = await open(subscription);
  const form = { subscription: subscription.id };
  const page = `${url}/card?subscription=${subscription.id}`;
  expect(await read(page)).toContain('Later payments of this subscription are charged to the card.');

  await post(`${url}/card`, { ...form, card: MASTERCARD });
  expect(await cardOf(subscription)).toBe('4444');
  expect(await defaultOf(subscription)).toBeNull();

  const old = /name="method" value="(?<id>pm_\w+)"[^]*Use Visa •••• 4242/.exec(await read(page));
  await post(`${url}/use`, { ...form, method: old?.groups?.['id'] ?? '' });
  expect(await cardOf(subscription)).toBe('4242');
});

test('A new card pays the subscription after a renewal has failed', async () => {
  const failing = await createSubscription(stripe);
  const customer = idOf(failing.customer);
  const { id } = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
  await stripe.subscriptions.update(failing.id, { default_payment_method: id });
  rig.simulator.advance(31 * 24 * 3600 + 2 * 3600);
  const url = await open(failing);
  expect(await read(url)).toMatch(/\$15\.00 is due\. <a href="\/i\/in_\w+">Pay invoice/);

  await post(`${url}/card`, { subscription: failing.id, card: MASTERCARD });
  rig.simulator.advance(4 * 24 * 3600);

  expect((await stripe.subscriptions.retrieve(failing.id)).status).toBe('active');
  expect(await read(url)).not.toContain('is due');
});

test('A card is removed unless a subscription needs it', async () => {
  const subscription = await bought();
  const customer = idOf(subscription.customer);
  const extra = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
  const url = await open(subscription);
  expect(await read(url)).toContain('Remove Mastercard •••• 4444');
  expect(await read(url)).not.toContain('Remove Visa');

  await post(`${url}/remove`, { method: extra.id });
  const refused = await post(`${url}/remove`, { method: idOf(subscription.default_payment_method) });

  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('This card pays a subscription.');
  expect((await stripe.paymentMethods.list({ customer })).data.map(({ card }) => card?.last4)).toEqual([
    '4242',
  ]);
});

test('Another saved card becomes the default, and foreign cards do not', async () => {
  const subscription = await bought();
  const other = await createSubscription(stripe);
  const url = await open(subscription);

  await post(`${url}/default`, { method: idOf(subscription.default_payment_method) });
  expect(await defaultOf(subscription)).toBe('4242');

  const [foreign] = (await stripe.paymentMethods.list({ customer: idOf(other.customer) })).data;
  expect((await post(`${url}/default`, { method: foreign?.id ?? '' })).status).toBe(400);
  expect((await post(`${url}/use`, { subscription: other.id, method: foreign?.id ?? '' })).status).toBe(400);
});

test('A card that requires 3-D Secure is saved once the customer authenticates', async () => {
  const subscription = await bought();
  const url = await open(subscription);
  const challengeOf = async () =>
    `${rig.simulator.url}${targetOf(await post(`${url}/card`, { subscription: subscription.id, card: ALWAYS }))}`;

  const back = targetOf(await post(await challengeOf(), { outcome: 'fail' }));
  expect(await read(back)).toMatch(
    /Change the card of the subscription[^]*id="card-error" role="alert">The authentication failed/,
  );
  expect(await cardOf(subscription)).toBe('4242');

  const done = targetOf(await post(await challengeOf(), { outcome: 'complete' }));
  expect(await read(done)).toContain('The card is saved.');
  expect(await cardOf(subscription)).toBe('3220');
  expect(await rig.types()).toContain('setup_intent.succeeded');
});

test('The flow for a payment method shows the form, keeps errors in it, and ends', async () => {
  const subscription = await bought();
  const url = await open(subscription, { flow_data: { type: 'payment_method_update' } });
  expect(await read(url)).toMatch(/Add a card[^]*Test cards/);

  const declined = await post(`${url}/card`, { card: '4000000000000069', name: 'Ann' });
  expect(declined.status).toBe(402);
  expect(await declined.text()).toMatch(
    /id="expiry-error" role="alert">Your card has expired[^]*value="Ann"/,
  );

  await post(`${url}/card`, { card: MASTERCARD });
  expect(await read(url)).toContain('Payment methods');
});

test('A configuration without the feature offers no change of cards', async () => {
  const subscription = await bought();
  const configuration = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  });
  const url = await open(subscription, { configuration: configuration.id });

  expect(await read(`${url}/card`)).not.toContain('Card number');
  for (const task of ['card', 'default', 'use', 'remove'])
    expect((await post(`${url}/${task}`, { card: MASTERCARD, method: 'pm_1' })).status).toBe(400);
  expect(await cardOf(subscription)).toBe('4242');
});

test('A change of the plan that the bank wants to authenticate applies once its invoice is paid', async () => {
  const subscription = await bought();
  const customer = idOf(subscription.customer);
  const method = await stripe.paymentMethods.attach('pm_card_threeDSecure2Required', { customer });
  await stripe.subscriptions.update(subscription.id, { default_payment_method: method.id });
  const price = await createMonthlyPrice(stripe, { unit_amount: 4500 });
  const url = await open(subscription);
  const [own] = (await stripe.billingPortal.configurations.list({ is_default: true })).data;
  await stripe.billingPortal.configurations.update(own?.id ?? '', {
    features: { subscription_update: { enabled: true, proration_behavior: 'always_invoice' } },
  });

  await post(`${url}/update`, { subscription: subscription.id, price: price.id });
  const link = /<a href="(?<path>\/i\/in_\w+)">Pay invoice/.exec(await read(url))?.groups?.['path'] ?? '';
  expect((await stripe.subscriptions.retrieve(subscription.id)).pending_update).not.toBeNull();
  const challenge = targetOf(await post(`${rig.simulator.url}${link}/pay`, { method: method.id }));
  await post(`${rig.simulator.url}${challenge}`, { outcome: 'complete' });

  const after = await stripe.subscriptions.retrieve(subscription.id);
  expect(after).toMatchObject({ pending_update: null, status: 'active' });
  expect(after.items.data[0]?.price.id).toBe(price.id);
});

test('An authentication in the portal that is answered twice saves one card', async () => {
  const subscription = await bought();
  const url = await open(subscription);
  const challenge = `${rig.simulator.url}${targetOf(await post(`${url}/card`, { card: ALWAYS }))}`;

  const answers = await Promise.all([1, 2].map(() => post(challenge, { outcome: 'complete' })));

  expect(new Set(answers.map(targetOf)).size).toBe(1);
  expect(targetOf(answers[0] as Response)).toMatch(/\?done=card$/);
  expect((await stripe.paymentMethods.list({ customer: idOf(subscription.customer) })).data).toHaveLength(2);
});
