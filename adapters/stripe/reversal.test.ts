/** Answers about payments that the simulator never gives: too many invoices, and keys without a permission. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { PlanOrder } from '../../core/entitlement/plan-order.ts';
import { openStripeStub, type StripeStub } from '../../tests/support/stripe-stub.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { createStripe } from './client.ts';
import { readReversal } from './reversal.ts';

let stub: StripeStub;
beforeAll(async () => {
  stub = await openStripeStub();
});
afterAll(() => stub.close());

const listOf = (data: readonly object[], has_more = false) => ({ body: { object: 'list', has_more, data } });
const forbidden = {
  status: 403,
  body: { error: { type: 'invalid_request_error', message: 'No permission.' } },
};

const line = {
  id: 'il_1',
  parent: { subscription_item_details: { subscription_item: 'si_base', proration: false } },
  period: { start: T0, end: T0 + 30 * DAY },
};
const proration = {
  ...line,
  parent: { subscription_item_details: { subscription_item: 'si_base', proration: true } },
};
const invoice = {
  id: 'in_1',
  status: 'paid',
  billing_reason: 'subscription_cycle',
  total: 1_000,
  amount_paid: 1_000,
  lines: { data: [line] },
};

beforeEach(() => {
  stub.answer('GET /v1/invoices', listOf([invoice]));
  stub.answer('GET /v1/invoice_payments', listOf([]));
});

function read(known = subscription(), planOrder: PlanOrder = new Map()) {
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
  const stripe = createStripe('sk_test_reversal', new URL(stub.url), limits);
  return readReversal(stripe, 'sub_a', { known, planOrder });
}

it('A period with more invoices than are read has an unclear reversal', async () => {
  let page = 0;
  const endless = () => {
    page += 1;
    return { object: 'list', data: [{ ...invoice, id: `in_${page}`, lines: { data: [] } }], has_more: true };
  };
  stub.answer('GET /v1/invoices', { body: endless });
  expect(await read()).toBe('unclear');
});

it('The line of the plan is found behind the lines that an invoice shows', async () => {
  const lines = { data: [proration], has_more: true };
  stub.answer('GET /v1/invoices', listOf([{ ...invoice, status: 'uncollectible', lines }]));
  stub.answer('GET /v1/invoices/in_1/lines', listOf([proration, line]));
  expect(await read()).toBe('uncollectible');
  stub.answer('GET /v1/invoices/in_1/lines', listOf([proration]));
  expect(await read()).toBeNull();
});

it('Without the permission to read credit notes, what the invoice says of them counts', async () => {
  stub.answer('GET /v1/credit_notes', forbidden);
  stub.answer('GET /v1/invoices', listOf([{ ...invoice, post_payment_credit_notes_amount: 1_000 }]));
  expect(await read()).toBe('refunded');
  stub.answer('GET /v1/invoices', listOf([{ ...invoice, post_payment_credit_notes_amount: 999 }]));
  expect(await read()).toBeNull();
});

it('A payment outside of Stripe is refunded there, unless the key may not read that', async () => {
  const payment = { type: 'payment_record', payment_record: 'pr_1' };
  stub.answer('GET /v1/invoice_payments', listOf([{ id: 'inpay_1', amount_paid: 1_000, payment }]));
  stub.answer('GET /v1/payment_records/pr_1', { body: { id: 'pr_1', amount_refunded: { value: 1_000 } } });
  expect(await read()).toBe('refunded');
  stub.answer('GET /v1/payment_records/pr_1', forbidden);
  expect(await read()).toBeNull();
});
