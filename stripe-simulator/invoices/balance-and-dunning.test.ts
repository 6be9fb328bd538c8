/** Tests of credits that reach the customer's balance, of failed collections, and of the periods of renewals. */
import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

const start = async (options: Parameters<typeof startRig>[0] = {}) => {
  rig = await startRig(options);
  stripe = rig.stripe;
};
beforeEach(() => start());
afterEach(() => rig.close());

const DAY = 24 * 3600;

async function latestOf(id: string): Promise<Stripe.Invoice> {
  const { latest_invoice: latest } = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  return latest as Stripe.Invoice;
}

async function advanceTo(seconds: number): Promise<void> {
  rig.clock.seconds = seconds;
  await rig.control('/clock/advance', { seconds: 0 });
}

describe('The balance of a customer', () => {
  test('A downgrade leaves its credit on the balance, and the next invoice uses it', async () => {
    const { id, items, customer } = await createSubscription(stripe);
    const cheaper = await createMonthlyPrice(stripe, { unit_amount: 500 });
    await stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', price: cheaper.id }],
      proration_behavior: 'always_invoice',
    });
    const credit = await latestOf(id);
    expect(credit).toMatchObject({ total: -1000, amount_due: 0, status: 'paid', ending_balance: -1000 });
    expect(await stripe.customers.retrieve(idOf(customer))).toMatchObject({ balance: -1000 });
    await rig.control(`/subscriptions/${id}/renew`);
    expect(await latestOf(id)).toMatchObject({
      total: 500,
      starting_balance: -1000,
      ending_balance: -500,
      amount_due: 0,
    });
    const { data } = await stripe.customers.listBalanceTransactions(idOf(customer));
    expect(data.map(({ amount, ending_balance, type }) => [amount, ending_balance, type])).toEqual([
      [500, -500, 'applied_to_invoice'],
      [-1000, -1000, 'applied_to_invoice'],
    ]);
    expect(data[1]?.invoice).toBe(credit.id);
    expect(await rig.types()).toContain('customer.updated');
  });

  test('A change of the balance is a transaction of its own', async () => {
    const { id } = await stripe.customers.create({ balance: -300 });
    await stripe.customers.createBalanceTransaction(id, { amount: 100, currency: 'usd', description: 'Fee' });
    await stripe.customers.update(id, { balance: 0 });
    const { data } = await stripe.customers.listBalanceTransactions(id);
    expect(data.map(({ amount, ending_balance }) => [amount, ending_balance])).toEqual([
      [200, 0],
      [100, -200],
    ]);
    const [, first] = data;
    expect(await stripe.customers.retrieveBalanceTransaction(id, first?.id ?? '')).toMatchObject({
      object: 'customer_balance_transaction',
      type: 'adjustment',
      description: 'Fee',
    });
  });

  test('An invoice that becomes void returns what the balance paid', async () => {
    const { id } = await stripe.customers.create({ balance: -300 });
    await stripe.invoiceItems.create({ customer: id, amount: 1000, currency: 'usd' });
    const invoice = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' });
    expect(await stripe.invoices.finalizeInvoice(invoice.id)).toMatchObject({ amount_due: 700 });
    await stripe.invoices.voidInvoice(invoice.id);
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -300 });
  });

  test('A draft and a preview show what the balance pays', async () => {
    const { id } = await stripe.customers.create({ balance: -300 });
    await stripe.invoiceItems.create({ customer: id, amount: 1000, currency: 'usd' });
    const preview = await stripe.invoices.createPreview({ customer: id });
    expect(preview).toMatchObject({ total: 1000, starting_balance: -300, amount_due: 700 });
    const draft = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' });
    expect(draft).toMatchObject({
      total: 1000,
      starting_balance: -300,
      amount_due: 700,
      amount_remaining: 700,
    });
  });

  test('A trial that begins in a paid period credits the time that is left', async () => {
    const { id, items, customer } = await createSubscription(stripe);
    const dearer = await createMonthlyPrice(stripe, { unit_amount: 3000 });
    const trialEnd = testStart + 40 * DAY;
    const half = testStart + 15.5 * DAY;
    rig.clock.seconds = half;
    const trialing = await stripe.subscriptions.update(id, {
      trial_end: trialEnd,
      items: [{ id: items.data[0]?.id ?? '', price: dearer.id }],
    });
    expect(trialing).toMatchObject({ status: 'trialing', trial_start: half, trial_end: trialEnd });
    expect(trialing.items.data[0]).toMatchObject({
      current_period_start: half,
      current_period_end: trialEnd,
      price: { id: dearer.id },
    });
    const { data } = await stripe.invoiceItems.list({ customer: idOf(customer), pending: true });
    expect(data.map(({ amount }) => amount)).toEqual([-750]);
    await stripe.subscriptions.update(id, { trial_end: 'now' });
    expect(await latestOf(id)).toMatchObject({ total: 2250 });
  });

  test('A plan that changes to the second and back costs nothing', async () => {
    const { id, items, customer } = await createSubscription(stripe);
    const [item] = items.data;
    const other = await createMonthlyPrice(stripe, { unit_amount: 2777 });
    const at = testStart + 1_234_567;
    for (const price of [other.id, item?.price.id ?? '']) {
      await stripe.subscriptions.update(id, { items: [{ id: item?.id ?? '', price }], proration_date: at });
    }
    const { data } = await stripe.invoiceItems.list({ customer: idOf(customer), pending: true });
    expect(data).toHaveLength(4);
    expect(data.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    const month = 31 * DAY;
    expect(data.at(-1)?.amount).toBe(-Math.round((1500 * (month - 1_234_567)) / month));
    expect(data.every(({ proration_details: details }) => details !== undefined)).toBe(true);
  });
});

describe('Renewals', () => {
  test('The invoice of a renewal looks back on the period that has ended', async () => {
    const { id } = await createSubscription(stripe);
    expect(await latestOf(id)).toMatchObject({ period_start: testStart, period_end: testStart });
    await rig.control(`/subscriptions/${id}/renew`);
    const end = Date.UTC(2027, 1, 15, 12) / 1000;
    expect(await latestOf(id)).toMatchObject({ period_start: testStart, period_end: end });
    expect((await latestOf(id)).lines.data[0]?.period).toEqual({ start: end, end: end + 28 * DAY });
  });

  test('Items with different intervals renew by themselves, and can be changed', async () => {
    const customer = await createCustomer(stripe);
    const monthly = await createMonthlyPrice(stripe);
    const yearly = await createMonthlyPrice(stripe, { unit_amount: 12_000, recurring: { interval: 'year' } });
    const { id, items } = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: monthly.id }, { price: yearly.id }],
    });
    expect(await latestOf(id)).toMatchObject({ total: 13_500 });
    await rig.control(`/subscriptions/${id}/renew`);
    expect(await latestOf(id)).toMatchObject({ total: 1500 });
    const item = items.data.find(({ price }) => price.id === yearly.id);
    const half = Date.UTC(2027, 6, 16, 18) / 1000;
    await advanceTo(half);
    await stripe.subscriptions.update(id, {
      items: [{ id: item?.id ?? '', quantity: 2 }],
      proration_behavior: 'always_invoice',
    });
    const change = await latestOf(id);
    // Half of the year is left, for one unit more.
    expect(change.total).toBeGreaterThan(5900);
    expect(change.total).toBeLessThan(6100);
    const latest = await stripe.subscriptions.update(id, { cancel_at: 'max_period_end' });
    expect(latest.cancel_at).toBe(Date.UTC(2028, 0, 15, 12) / 1000);
  });
});

describe('Failed collections', () => {
  async function failing(): Promise<string> {
    const { id, customer } = await createSubscription(stripe);
    const method = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: idOf(customer),
    });
    await stripe.customers.update(idOf(customer), {
      invoice_settings: { default_payment_method: method.id },
    });
    return id;
  }
  const renewal = Date.UTC(2027, 1, 15, 12) / 1000;

  test('The last failed payment announces no other attempt', async () => {
    const id = await failing();
    await advanceTo(renewal + 40 * DAY);
    const failures = (await rig.events())
      .filter(({ type }) => type === 'invoice.payment_failed')
      .map(({ data }) => (data.object as Stripe.Invoice).next_payment_attempt);
    expect(failures).toHaveLength(4);
    expect(failures.slice(0, 3).every((at) => at !== null)).toBe(true);
    expect(failures[3]).toBeNull();
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  });

  test('Smart retries are eight within two weeks', async () => {
    await rig.close();
    await start({ paymentRetryDays: 'smart' });
    const id = await failing();
    await advanceTo(renewal + 3600 + 14 * DAY);
    const types = await rig.types();
    expect(types.filter((type) => type === 'invoice.payment_failed')).toHaveLength(9);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  });

  test('The drafts of an unpaid subscription do not advance', async () => {
    await rig.close();
    await start({ afterLastPaymentRetry: 'unpaid' });
    const id = await failing();
    await advanceTo(renewal + 60 * DAY);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('unpaid');
    const draft = await latestOf(id);
    expect(draft).toMatchObject({ status: 'draft', auto_advance: false, automatically_finalizes_at: null });
  });

  test('A change with default_incomplete waits for its payment', async () => {
    const { id, items } = await createSubscription(stripe);
    const dearer = await createMonthlyPrice(stripe, { unit_amount: 3000 });
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', price: dearer.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'default_incomplete',
    });
    const invoice = await latestOf(id);
    expect(invoice).toMatchObject({ status: 'open', total: 1500, attempted: false });
    expect(changed.status).toBe('past_due');
    await stripe.invoices.pay(invoice.id);
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active');
  });
});
