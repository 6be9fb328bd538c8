/** Tests of one-off and subscription invoices. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
} from '../testing/rig.ts';

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

async function sentSubscription(): Promise<Stripe.Subscription> {
  const customer = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  return stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    collection_method: 'send_invoice',
    days_until_due: 7,
  });
}

test.each(['void', 'uncollectible'] as const)(
  'A sent invoice is overdue after its due date, and its subscription is active again once it is %s',
  async (end) => {
    const { id } = await sentSubscription();
    const [sent] = (await stripe.invoices.list({ subscription: id })).data;
    const invoice = String(sent?.id);
    expect(sent).toMatchObject({ status: 'draft', due_date: rig.clock.seconds + 7 * 86_400 });
    rig.clock.seconds += 7 * 86_400 + 60;
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'past_due' });
    expect(await rig.types()).toContain('invoice.overdue');
    if (end === 'void') await stripe.invoices.voidInvoice(invoice);
    else await stripe.invoices.markUncollectible(invoice);
    const details = end === 'void' ? undefined : { uncollectible: { reason: 'user_forgiven' } };
    expect((await stripe.invoices.retrieve(invoice)).status_details).toEqual(details);
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'active' });
  },
);

test('A sent invoice can be paid with a card', async () => {
  const { id } = await sentSubscription();
  const [sent] = (await stripe.invoices.list({ subscription: id })).data;
  expect(await stripe.invoices.pay(String(sent?.id))).toMatchObject({ status: 'paid' });
});

test('The invoices of a subscription have pages', async () => {
  const { id, customer } = await createSubscription(stripe);
  for (let count = 0; count < 4; count += 1) {
    await stripe.invoices.create({ customer: idOf(customer), subscription: id });
  }
  const first = await stripe.invoices.list({ subscription: id, limit: 3 });
  expect(first.has_more).toBe(true);
  const after = String(first.data.at(-1)?.id);
  const rest = await stripe.invoices.list({ subscription: id, limit: 3, starting_after: after });
  expect([rest.has_more, rest.data.length]).toEqual([false, 2]);
});

test('Each item of a subscription with mixed intervals has its own periods and is billed at their start', async () => {
  const customer = await createCustomer(stripe);
  const yearly = await createMonthlyPrice(stripe, { recurring: { interval: 'year' }, unit_amount: 9000 });
  const monthly = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: yearly.id }, { price: monthly.id }],
  });
  rig.clock.seconds += 32 * 86_400;
  const { items } = await stripe.subscriptions.retrieve(id);
  const [plan, addOn] = items.data;
  expect(plan?.current_period_end).toBeGreaterThan(rig.clock.seconds + 300 * 86_400);
  expect(addOn?.current_period_end).toBeLessThan(rig.clock.seconds + 31 * 86_400);
  const { data } = await stripe.invoices.list({ subscription: id });
  expect(data.map(({ billing_reason, total }) => [billing_reason, total])).toEqual([
    ['subscription_cycle', 1500],
    ['subscription_create', 10_500],
  ]);
});
