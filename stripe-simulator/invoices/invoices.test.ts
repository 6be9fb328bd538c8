/** Tests of one-off and subscription invoices. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, createSubscription, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
afterAll(() => rig.close());

async function draft(card?: string): Promise<Stripe.Invoice> {
  const customer = await createCustomer(stripe, card);
  await stripe.invoiceItems.create({
    customer: customer.id,
    amount: 2000,
    currency: 'usd',
    description: 'Help',
  });
  return stripe.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
}

test('A one-off invoice includes the pending items and has no parent', async () => {
  const invoice = await draft();

  expect(invoice).toMatchObject({ status: 'draft', total: 2000, parent: null, billing_reason: 'manual' });
  expect(invoice.lines.data).toMatchObject([{ amount: 2000, description: 'Help' }]);
  expect((await stripe.invoices.pay(invoice.id)).status).toBe('paid');
  await expect(stripe.invoices.pay(invoice.id)).rejects.toMatchObject({ statusCode: 400 });
});

test('A declined payment returns 402 and leaves the invoice open', async () => {
  const invoice = await draft('pm_card_chargeCustomerFail');
  rig.received.length = 0;

  await expect(stripe.invoices.pay(invoice.id)).rejects.toMatchObject({
    type: 'StripeCardError',
    statusCode: 402,
    code: 'card_declined',
  });

  expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: 'open', attempt_count: 1 });
  expect(await rig.types()).toContain('invoice.payment_failed');
});

test('An open invoice can be voided, marked uncollectible, or paid out of band', async () => {
  const finalized = async () => stripe.invoices.finalizeInvoice((await draft()).id);

  expect((await stripe.invoices.voidInvoice((await finalized()).id)).status).toBe('void');
  expect((await stripe.invoices.markUncollectible((await finalized()).id)).status).toBe('uncollectible');
  const paid = await stripe.invoices.pay((await finalized()).id, { paid_out_of_band: true });
  expect(paid.status).toBe('paid');
});

test('A draft accepts more items and can be deleted', async () => {
  const invoice = await draft();
  const customer = idOf(invoice.customer);
  await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount: 500, currency: 'usd' });

  expect((await stripe.invoices.retrieve(invoice.id)).total).toBe(2500);
  expect(await stripe.invoices.del(invoice.id)).toMatchObject({ deleted: true });
  await expect(stripe.invoices.retrieve(invoice.id)).rejects.toMatchObject({ code: 'resource_missing' });
});

test('Invoices and their payments can be listed by subscription', async () => {
  const { id } = await createSubscription(stripe);

  const { data } = await stripe.invoices.list({ subscription: id, status: 'paid' });
  expect(data).toHaveLength(1);
  const payments = await stripe.invoicePayments.list({ invoice: String(data[0]?.id) });
  expect(payments.data).toMatchObject([{ status: 'paid', payment: { type: 'payment_intent' } }]);
});

test('A card that requires authentication leaves the invoice open until the customer acts', async () => {
  const subscription = await createSubscription(stripe, 'pm_card_authenticationRequired');

  expect(subscription.status).toBe('incomplete');
  expect(await rig.types()).toContain('invoice.payment_action_required');
});
