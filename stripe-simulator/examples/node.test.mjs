import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createStripe } from '@predixa/stripe-simulator';
import { Stripe } from 'stripe';

const simulator = await createStripe({ clock: '2027-01-15', seed: 'tests' });
const stripe = new Stripe(simulator.apiKey, simulator.config);
beforeEach(() => simulator.reset());
after(() => simulator.close());

test('A subscription whose card is declined becomes past due', async () => {
  const plan = { currency: 'usd', unit_amount: 1500, recurring: { interval: 'month' } };
  const price = await stripe.prices.create({ ...plan, product_data: { name: 'Pro' } });
  const line_items = [{ price: price.id, quantity: 1 }];
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items,
    success_url: 'https://example.com',
  });
  await simulator.pay(session.id);
  const [{ id }] = (await stripe.subscriptions.list()).data;
  await simulator.decline(id);
  await simulator.advanceTo('renewal');
  assert.equal((await stripe.subscriptions.retrieve(id)).status, 'past_due');
});
