/** Tests of refunds and disputes. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function paid(card = 'pm_card_visa'): Promise<Stripe.Charge> {
  const customer = await createCustomer(stripe, card);
  await stripe.invoiceItems.create({ customer: customer.id, amount: 2000, currency: 'usd' });
  const invoice = await stripe.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
  });
  await stripe.invoices.pay(invoice.id);
  const { data } = await stripe.charges.list({ customer: customer.id });
  rig.received.length = 0;
  return stripe.charges.retrieve(data[0]?.id ?? '');
}

test('A charge is fully refunded after two partial refunds and cannot be refunded further', async () => {
  const charge = await paid();
  await stripe.refunds.create({ charge: charge.id, amount: 500 });
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 500, refunded: false });
  const intent = idOf(charge.payment_intent);
  const rest = await stripe.refunds.create({ payment_intent: intent, metadata: { why: 'asked' } });
  expect(rest).toMatchObject({ amount: 1500, status: 'succeeded', metadata: { why: 'asked' } });
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 2000, refunded: true });
  await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({
    statusCode: 400,
    code: 'charge_already_refunded',
  });
  expect((await stripe.refunds.list({ charge: charge.id })).data).toHaveLength(2);
  expect((await rig.types()).filter((type) => type === 'charge.refunded')).toHaveLength(2);
});

test('A refund above the remaining amount, of an unpaid charge or of an unknown charge is rejected', async () => {
  const charge = await paid();
  await expect(stripe.refunds.create({ charge: charge.id, amount: 2001 })).rejects.toMatchObject({
    statusCode: 400,
    param: 'amount',
  });
  await expect(stripe.refunds.create({ charge: 'ch_none' })).rejects.toMatchObject({
    code: 'resource_missing',
    param: 'charge',
  });
  await expect(stripe.refunds.create({})).rejects.toMatchObject({ code: 'parameter_missing' });
});

test('A payment of a deleted customer can still be refunded', async () => {
  const charge = await paid();
  await stripe.customers.del(idOf(charge.customer));
  expect(await stripe.refunds.create({ charge: charge.id })).toMatchObject({ amount: 2000 });
});

test('A disputed charge cannot be refunded until the dispute is won', async () => {
  const charge = await paid();
  const dispute = (await rig.control(`/charges/${charge.id}/dispute`, {})) as Stripe.Dispute;
  await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({
    statusCode: 400,
    code: 'charge_disputed',
  });
  await rig.control(`/disputes/${dispute.id}/settle`, { status: 'won' });
  expect(await stripe.refunds.create({ charge: charge.id })).toMatchObject({ amount: 2000 });
});

test('A dispute refers to its charge and no customer, and can be closed only once', async () => {
  const charge = await paid();
  const opened = (await rig.control(`/charges/${charge.id}/dispute`, {})) as Stripe.Dispute;
  expect(opened).toMatchObject({ charge: charge.id, status: 'needs_response' });
  expect(opened).not.toHaveProperty('customer');
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ disputed: true });
  const intent = idOf(charge.payment_intent);
  expect((await stripe.disputes.list({ payment_intent: intent })).data).toMatchObject([{ id: opened.id }]);
  expect(await stripe.disputes.close(opened.id)).toMatchObject({ status: 'lost' });
  await expect(stripe.disputes.close(opened.id)).rejects.toMatchObject({ statusCode: 400 });
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['charge.dispute.created', 'charge.dispute.closed']),
  );
});

test('A refund that fails or is canceled later returns the amount to the charge', async () => {
  const charge = await paid('pm_card_pendingRefund');
  const refund = await stripe.refunds.create({ charge: charge.id });
  expect(refund.status).toBe('pending');
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: true });
  await rig.control(`/refunds/${refund.id}/settle`, { status: 'failed' });
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: false, amount_refunded: 0 });
  expect(await rig.types()).toEqual(expect.arrayContaining(['refund.updated', 'refund.failed']));
  await expect(stripe.refunds.cancel(refund.id)).rejects.toMatchObject({ statusCode: 400 });
  const second = await stripe.refunds.create({ charge: charge.id });
  await rig.control(`/refunds/${second.id}/settle`, { status: 'requires_action' });
  expect(await stripe.refunds.cancel(second.id)).toMatchObject({ status: 'canceled' });
  expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: false });
});

test('An inquiry withdraws no funds, keeps the charge refundable, and can become a dispute', async () => {
  const charge = await paid();
  const inquiry = (await rig.control(`/charges/${charge.id}/dispute`, {
    status: 'warning_needs_response',
    amount: 500,
  })) as Stripe.Dispute;
  expect(inquiry).toMatchObject({ amount: 500, is_charge_refundable: true });
  await stripe.refunds.create({ charge: charge.id, amount: 100 });
  expect(await rig.types()).not.toContain('charge.dispute.funds_withdrawn');
  await rig.control(`/disputes/${inquiry.id}/settle`, { status: 'needs_response' });
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['charge.dispute.updated', 'charge.dispute.funds_withdrawn']),
  );
  await expect(stripe.refunds.create({ charge: charge.id })).rejects.toMatchObject({
    code: 'charge_disputed',
  });
});
