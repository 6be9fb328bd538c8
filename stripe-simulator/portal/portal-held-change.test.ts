/** Tests of a change of the plan in the portal whose payment is not complete. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMonthlyPrice, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let larger: Stripe.Price;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
});
afterAll(() => rig.close());

const post = (url: string, form: Readonly<Record<string, string>>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

/** A subscription that is paid with the card, and the portal's page to change its plan. */
async function subscribed(card: string) {
  const price = await createMonthlyPrice(stripe);
  larger = await createMonthlyPrice(stripe, { unit_amount: 5000 });
  const customer = await stripe.customers.create({
    email: 'ann@example.com',
    payment_method: 'pm_card_visa',
  });
  const [visa] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: visa?.id ?? '',
  });
  const other = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.subscriptions.update(subscription.id, { default_payment_method: other.id });
  const configuration = await stripe.billingPortal.configurations.create({
    features: {
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price'],
        proration_behavior: 'always_invoice',
        products: [
          { product: idOf(price.product), prices: [price.id] },
          { product: idOf(larger.product), prices: [larger.id] },
        ],
      },
    },
  });
  const session = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    configuration: configuration.id,
  });
  return { id: subscription.id, url: session.url };
}

const change = ({ id, url }: { id: string; url: string }) =>
  post(`${url}/update`, { subscription: id, price: larger.id });
const priceOf = async (id: string) => (await stripe.subscriptions.retrieve(id)).items.data[0]?.price.id;

test('A change whose payment needs authentication leads to the bank, and is made after it', async () => {
  const { id, url } = await subscribed('pm_card_authenticationRequired');
  const asked = await change({ id, url });
  const challenge = asked.headers.get('location') ?? '';
  expect(challenge).toMatch(/^\/authenticate\/tdsrc_/);
  expect(await priceOf(id)).not.toBe(larger.id);

  const answered = await post(`${rig.simulator.url}${challenge}`, { outcome: 'complete' });

  const back = answered.headers.get('location') ?? '';
  expect(back).toContain(`${url}?done=update`);
  expect(await (await fetch(back)).text()).toContain('The change of the plan is saved.');
  expect(await priceOf(id)).toBe(larger.id);
});

test('A change whose authentication fails is not made, and the portal says so', async () => {
  const { id, url } = await subscribed('pm_card_authenticationRequired');
  const challenge = (await change({ id, url })).headers.get('location') ?? '';
  const answered = await post(`${rig.simulator.url}${challenge}`, { outcome: 'fail' });
  const page = await (await fetch(answered.headers.get('location') ?? '')).text();
  expect(page).toContain('your plan has not changed');
  expect(await priceOf(id)).not.toBe(larger.id);
});

test('A change whose payment is declined is a problem of the page', async () => {
  const { id, url } = await subscribed('pm_card_chargeCustomerFail');
  const answer = await change({ id, url });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('Your plan changes once the invoice is paid.');
  expect(await priceOf(id)).not.toBe(larger.id);
});
