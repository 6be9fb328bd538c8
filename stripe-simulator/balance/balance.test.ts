/** Tests of the balance: what payments bring, what refunds take, and payouts. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { idOf, type Rig, startRig } from '../testing/rig.ts';

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

const pay = (card: string, amount = 2000) =>
  stripe.paymentIntents.create({ amount, currency: 'usd', payment_method: card, confirm: true });
const funds = async () => {
  const { available, pending } = await stripe.balance.retrieve();
  return { available: available[0]?.amount, pending: pending[0]?.amount };
};

test('A payment is pending for two days, and one that bypasses this is available at once', async () => {
  await pay('pm_card_visa');
  expect(await funds()).toEqual({ available: 0, pending: 1912 });
  await pay('pm_card_bypassPending');
  expect(await funds()).toEqual({ available: 1912, pending: 1912 });
  expect(await rig.types()).toContain('balance.available');
  await rig.control('/clock/advance', { seconds: 2 * 24 * 3600 });
  expect(await funds()).toEqual({ available: 3824, pending: 0 });
});

test('A refund takes its amount from the balance, and has the payment method and the customer', async () => {
  const { latest_charge: charge } = await pay('pm_card_bypassPending');
  const refund = await stripe.refunds.create({ charge: idOf(charge), amount: 500 });
  expect(refund.payment_method).toMatch(/^pm_/);
  const [taken] = (await stripe.balanceTransactions.list({ source: refund.id })).data;
  expect(taken).toMatchObject({ amount: -500, type: 'refund', status: 'available' });
  expect(await funds()).toEqual({ available: 1412, pending: 0 });
});

test('A pending refund succeeds later, and one of the failing card fails later', async () => {
  const pending = await stripe.refunds.create({
    payment_intent: (await pay('pm_card_pendingRefund')).id,
  });
  const failing = await stripe.refunds.create({ payment_intent: (await pay('pm_card_refundFail')).id });
  expect([pending.status, failing.status]).toEqual(['pending', 'succeeded']);

  await rig.control('/clock/advance', { seconds: 3600 });

  expect((await stripe.refunds.retrieve(pending.id)).status).toBe('succeeded');
  expect((await stripe.refunds.retrieve(failing.id)).status).toBe('failed');
  expect(await rig.types()).toEqual(expect.arrayContaining(['refund.updated', 'refund.failed']));
});

test('A refund can change its metadata', async () => {
  const { id } = await stripe.refunds.create({ payment_intent: (await pay('pm_card_visa')).id });
  expect((await stripe.refunds.update(id, { metadata: { order: '6735' } })).metadata).toEqual({
    order: '6735',
  });
  expect(await rig.types()).toContain('charge.refund.updated');
});

test('A payout needs the funds, takes them, and is paid or canceled', async () => {
  await expect(stripe.payouts.create({ amount: 1100, currency: 'usd' })).rejects.toMatchObject({
    code: 'balance_insufficient',
  });
  await pay('pm_card_bypassPending');
  const payout = await stripe.payouts.create({ amount: 1100, currency: 'usd' });
  expect(payout.status).toBe('pending');
  expect((await funds()).available).toBe(812);
  await stripe.payouts.update(payout.id, { metadata: { foo: 'bar' } });

  await rig.control('/clock/advance', { seconds: 2 * 24 * 3600 });
  expect((await stripe.payouts.retrieve(payout.id)).status).toBe('paid');
  await expect(stripe.payouts.cancel(payout.id)).rejects.toMatchObject({ statusCode: 400 });

  const other = await stripe.payouts.create({ amount: 800, currency: 'usd' });
  expect((await stripe.payouts.cancel(other.id)).status).toBe('canceled');
  expect((await funds()).available).toBe(812);
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['payout.created', 'payout.updated', 'payout.paid', 'payout.canceled']),
  );
});
