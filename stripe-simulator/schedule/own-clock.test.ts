/** Tests of due work on the simulator's own clock. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStripeSimulator } from '../index.ts';
import { countInvoices, subscribeMany } from '../testing/load.ts';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  testStart,
} from '../testing/rig.ts';

const hour = 3600;
const day = 24 * hour;
const periodEnd = Date.UTC(2027, 1, 15, 12) / 1000;
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

interface Advanced {
  readonly now: number;
  readonly actions: number;
}

async function advanceTo(second: number): Promise<Advanced> {
  return (await rig.control('/clock/advance', { to: second })) as Advanced;
}

async function useCard(customer: string, card: string): Promise<void> {
  const { id } = await stripe.paymentMethods.attach(card, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
}

async function typesSince(second: number): Promise<[number, string][]> {
  const events = (await stripe.events.list({ limit: 100 })).data;
  return events
    .filter(({ created, request }) => created > second && request?.id === null)
    .map(({ created, type }): [number, string] => [created, type])
    .reverse();
}

async function statusOf(id: string): Promise<string> {
  return (await stripe.subscriptions.retrieve(id)).status;
}

async function latestInvoice(id: string): Promise<Stripe.Invoice> {
  const { latest_invoice: latest } = await stripe.subscriptions.retrieve(id);
  return stripe.invoices.retrieve(idOf(latest));
}

test('A renewal drafts its invoice at the end of the period and charges it an hour later', async () => {
  const { id } = await createSubscription(stripe);

  await advanceTo(periodEnd);
  const draft = await latestInvoice(id);
  expect(draft).toMatchObject({
    status: 'draft',
    billing_reason: 'subscription_cycle',
    created: periodEnd,
    automatically_finalizes_at: periodEnd + hour,
  });
  expect((await stripe.subscriptions.retrieve(id)).items.data[0]).toMatchObject({
    current_period_start: periodEnd,
    current_period_end: Date.UTC(2027, 2, 15, 12) / 1000,
  });

  await advanceTo(periodEnd + hour);
  expect(await latestInvoice(id)).toMatchObject({
    id: draft.id,
    status: 'paid',
    status_transitions: { finalized_at: periodEnd + hour, paid_at: periodEnd + hour },
  });
  expect(await typesSince(testStart)).toEqual([
    [periodEnd - 7 * day, 'invoice.upcoming'],
    [periodEnd, 'customer.subscription.updated'],
    [periodEnd, 'invoice.created'],
    [periodEnd, 'customer.subscription.updated'],
    [periodEnd + hour, 'invoice.finalized'],
    [periodEnd + hour, 'payment_intent.created'],
    [periodEnd + hour, 'charge.succeeded'],
    [periodEnd + hour, 'payment_intent.succeeded'],
    [periodEnd + hour, 'invoice.updated'],
    [periodEnd + hour, 'invoice_payment.paid'],
    [periodEnd + hour, 'invoice.paid'],
    [periodEnd + hour, 'invoice.payment_succeeded'],
  ]);
});

test('Advancing a year in one step renews every month, as twelve steps would', async () => {
  const { id } = await createSubscription(stripe);

  await advanceTo(testStart + 365 * day + hour);

  const invoices = await stripe.invoices.list({ subscription: id, limit: 100 });
  expect(invoices.data.map(({ created }) => new Date(created * 1000).toISOString().slice(0, 10))).toEqual([
    '2028-01-15',
    '2027-12-15',
    '2027-11-15',
    '2027-10-15',
    '2027-09-15',
    '2027-08-15',
    '2027-07-15',
    '2027-06-15',
    '2027-05-15',
    '2027-04-15',
    '2027-03-15',
    '2027-02-15',
    '2027-01-15',
  ]);
  expect(invoices.data.every(({ status }) => status === 'paid')).toBe(true);
});

test('A failing renewal is retried after 3, 5 and 7 days, and then the subscription is canceled', async () => {
  const { id, customer } = await createSubscription(stripe);
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');

  await advanceTo(periodEnd + hour);
  expect(await statusOf(id)).toBe('past_due');
  const attempts = [await latestInvoice(id)];
  for (const days of [3, 8]) {
    await advanceTo(periodEnd + hour + days * day);
    attempts.push(await latestInvoice(id));
  }
  expect(attempts.map(({ attempt_count: count }) => count)).toEqual([1, 2, 3]);
  expect(attempts.map(({ next_payment_attempt: next }) => (next ?? 0) - periodEnd - hour)).toEqual([
    3 * day,
    8 * day,
    15 * day,
  ]);

  await advanceTo(periodEnd + hour + 15 * day);
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    status: 'canceled',
    ended_at: periodEnd + hour + 15 * day,
    cancellation_details: { reason: 'payment_failed' },
  });
  expect(await stripe.invoices.retrieve(attempts[0]?.id ?? '')).toMatchObject({
    status: 'open',
    attempt_count: 4,
    next_payment_attempt: null,
  });
});

test.each([
  ['unpaid', 'draft'],
  ['past_due', 'open'],
] as const)(
  'A subscription can be left %s after the last retry, and its next invoice is %s',
  async (after, invoiceStatus) => {
    const other = await startRig({ paymentRetryDays: [1], afterLastPaymentRetry: after });
    try {
      const { id, customer } = await createSubscription(other.stripe);
      const bad = await other.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
        customer: idOf(customer),
      });
      await other.stripe.subscriptions.update(id, { default_payment_method: bad.id });

      other.simulator.advance(32 * day + 2 * hour);
      expect((await other.stripe.subscriptions.retrieve(id)).status).toBe(after);

      other.simulator.advance(30 * day);
      const [next] = (await other.stripe.invoices.list({ subscription: id, limit: 1 })).data;
      expect(next).toMatchObject({ billing_reason: 'subscription_cycle', status: invoiceStatus });
    } finally {
      await other.close();
    }
  },
);

test('A successful retry makes the subscription active again', async () => {
  const { id, customer } = await createSubscription(stripe);
  await useCard(idOf(customer), 'pm_card_chargeCustomerFail');
  await advanceTo(periodEnd + hour);
  await useCard(idOf(customer), 'pm_card_visa');

  await advanceTo(periodEnd + hour + 3 * day);

  expect(await statusOf(id)).toBe('active');
  expect(await latestInvoice(id)).toMatchObject({ status: 'paid', attempt_count: 2 });
});

test('The end of a trial is announced three days ahead and then billed', async () => {
  const customer = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 14,
  });
  const end = testStart + 14 * day;

  await advanceTo(end + hour);

  const seen = await typesSince(testStart);
  expect(seen.slice(0, 3)).toEqual([
    [end - 3 * day, 'customer.subscription.trial_will_end'],
    [end, 'customer.subscription.updated'],
    [end, 'invoice.created'],
  ]);
  expect(seen.filter(([, type]) => type.endsWith('trial_will_end'))).toHaveLength(1);
  expect(await statusOf(id)).toBe('active');
  expect(await latestInvoice(id)).toMatchObject({ status: 'paid', amount_paid: 1500 });
});

test.each([
  ['create_invoice', 'past_due', 'invoice.payment_failed'],
  ['cancel', 'canceled', 'customer.subscription.deleted'],
  ['pause', 'paused', 'customer.subscription.paused'],
] as const)('A trial without a card and with `%s` ends as %s', async (behavior, status, event) => {
  const customer = await stripe.customers.create();
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: behavior } },
  });

  await advanceTo(testStart + 7 * day + hour);

  expect(await statusOf(id)).toBe(status);
  expect((await typesSince(testStart)).map(([, type]) => type)).toContain(event);
});

test('An incomplete subscription expires after 23 hours and its invoice is voided', async () => {
  const customer = await createCustomer(stripe, 'pm_card_chargeCustomerFail');
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });

  await advanceTo(testStart + 23 * hour - 1);
  expect(await statusOf(id)).toBe('incomplete');
  await advanceTo(testStart + 23 * hour);

  expect(await statusOf(id)).toBe('incomplete_expired');
  expect((await latestInvoice(id)).status).toBe('void');
  expect((await typesSince(testStart)).map(([, type]) => type)).toEqual([
    'payment_intent.canceled',
    'invoice.voided',
    'customer.subscription.updated',
  ]);
});

test.each([
  ['at the end of the period', { cancel_at_period_end: true }, periodEnd],
  ['at a date', { cancel_at: testStart + 10 * day }, testStart + 10 * day],
  ['at `min_period_end`', { cancel_at: 'min_period_end' as const }, periodEnd],
])('A cancellation %s happens on time and nothing more is billed', async (_when, params, at) => {
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.update(id, params);

  await advanceTo(periodEnd + day);

  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'canceled', ended_at: at });
  expect(await typesSince(testStart)).toEqual([[at, 'customer.subscription.deleted']]);
  expect((await stripe.invoices.list({ subscription: id })).data).toHaveLength(1);
});

test('A collection pause ends at its date, and invoices in the meantime are voided', async () => {
  const { id } = await createSubscription(stripe);
  await stripe.subscriptions.update(id, {
    pause_collection: { behavior: 'void', resumes_at: periodEnd + 10 * day },
  });

  await advanceTo(periodEnd + hour);
  expect((await latestInvoice(id)).status).toBe('void');
  await advanceTo(periodEnd + 10 * day);

  expect((await stripe.subscriptions.retrieve(id)).pause_collection).toBeNull();
});

test('A sent invoice that is overdue makes the subscription past due', async () => {
  const customer = await stripe.customers.create();
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    collection_method: 'send_invoice',
    days_until_due: 5,
  });

  await advanceTo(testStart + hour);
  expect((await latestInvoice(id)).status).toBe('open');
  await advanceTo(testStart + 5 * day);

  expect(await statusOf(id)).toBe('past_due');
  expect((await typesSince(testStart)).map(([, type]) => type)).toContain('invoice.overdue');
});

test('An open Checkout session expires automatically', async () => {
  const price = await createMonthlyPrice(stripe);
  const { id } = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'http://127.0.0.1/done',
  });

  await advanceTo(testStart + day);

  expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'expired', url: null });
});

test('Work also falls due when the base clock moves on without an advance', async () => {
  const { id } = await createSubscription(stripe);

  rig.clock.seconds = periodEnd + hour;

  expect(await latestInvoice(id)).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid' });
});

test('The clock offset survives a restart, and work that fell due in the meantime is caught up', async () => {
  const statePath = join(mkdtempSync(join(tmpdir(), 'simulator-')), 'state.json');
  const first = await startRig({ statePath });
  const { id } = await createSubscription(first.stripe);
  first.simulator.advance(20 * day);
  await first.close();

  const second = await startRig({ statePath });
  try {
    expect(await second.control('')).toMatchObject({
      now: testStart + 20 * day,
      next_due: periodEnd - 7 * day,
    });
    second.clock.seconds += 12 * day;
    const [invoice] = (await second.stripe.invoices.list({ subscription: id, limit: 1 })).data;
    expect(invoice).toMatchObject({ created: periodEnd, status: 'paid' });
  } finally {
    await second.close();
  }
});

test('The clock rejects moves backward and moves that are too large', async () => {
  const invalidMoves = [{ seconds: -1 }, { seconds: 0.5 }, { to: testStart }, {}, { seconds: 3 * 366 * day }];
  for (const body of invalidMoves) {
    expect(await rig.control('/clock/advance', body)).toHaveProperty('error.message');
  }
  expect(await rig.control('')).toMatchObject({ now: testStart });
});

test('Three hundred subscriptions renew exactly once each in one advance', async () => {
  const many = await startStripeSimulator({ now: () => testStart * 1000, seed: 'many' });
  try {
    await subscribeMany(many, 300);

    expect(many.advance(31 * day + hour)).toBe(900);
    expect(await countInvoices(many, 'subscription_cycle')).toBe(300);
  } finally {
    await many.close();
  }
});

test('A follower of the clock learns of every advance and of a reset', async () => {
  let moves = 0;
  const simulator = await startStripeSimulator({
    now: () => testStart * 1000,
    onClockMove: () => {
      moves += 1;
    },
  });
  expect(simulator.nowMs()).toBe(testStart * 1000);
  simulator.advance(hour);
  expect([moves, simulator.nowMs()]).toEqual([1, (testStart + hour) * 1000]);
  const body = JSON.stringify({ seconds: day });
  await fetch(`${simulator.url}/_simulator/clock/advance`, { method: 'POST', body });
  expect([moves, simulator.nowMs()]).toEqual([2, (testStart + hour + day) * 1000]);
  simulator.reset();
  expect([moves, simulator.nowMs()]).toEqual([3, testStart * 1000]);
  await simulator.close();
});
