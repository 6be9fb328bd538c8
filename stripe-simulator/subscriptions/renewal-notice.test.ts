import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSubscription, type Rig, startRig } from '../testing/rig.ts';

const DAY = 86_400;
let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
afterAll(() => rig.close());

const upcoming = async () => (await stripe.events.list({ type: 'invoice.upcoming' })).data;

test('A renewal is announced once, a week before, with an invoice that has no id', async () => {
  const { id, items } = await createSubscription(stripe);
  const end = items.data[0]?.current_period_end ?? 0;
  const now = rig.clock.seconds;
  rig.simulator.advance(end - now - 7 * DAY - 1);
  expect(await upcoming()).toEqual([]);
  rig.simulator.advance(6 * DAY);
  const [event, ...others] = await upcoming();
  expect(others).toEqual([]);
  expect(event).toMatchObject({ created: end - 7 * DAY });
  const invoice = event?.data.object as Stripe.Invoice;
  expect(invoice).not.toHaveProperty('id');
  expect(invoice).toMatchObject({
    amount_due: 1_500,
    billing_reason: 'upcoming',
    parent: { subscription_details: { subscription: id } },
  });
});

test('A subscription that ends with its period has no next invoice, neither announced nor in a preview', async () => {
  rig.simulator.reset();
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  await expect(stripe.invoices.createPreview({ subscription: id })).rejects.toMatchObject({
    code: 'invoice_upcoming_none',
  });
  rig.simulator.advance(32 * DAY);
  expect(await upcoming()).toEqual([]);
});
