/** What ends something counts as done only if Stripe's answer says so. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openStripeStub } from '../../tests/support/stripe-stub.ts';
import { createBilling } from './billing.ts';
import { createCheckoutSessions } from './checkout.ts';
import { createStripe } from './client.ts';
import { createLeavingBilling } from './leaving.ts';
import { createOrphanBilling } from './orphan.ts';

const stub = await openStripeStub();
afterAll(() => stub.close());
const stripe = createStripe('sk_test_a', new URL(stub.url), { timeoutMs: 5_000, maxNetworkRetries: 0 });
const billing = createBilling({ stripe, elapsedMs: () => 0 });
const leaving = createLeavingBilling(stripe);
const order = {
  subscriptionId: 'sub_1',
  invoiceId: 'in_1',
  source: { kind: 'charge', id: 'ch_1' },
  amount: 100,
  requestedAt: 1_767_225_600,
  generation: 0,
} as const;
const listOf = (...data: readonly object[]) => ({ object: 'list', has_more: false, data });
const running = { id: 'sub_1', object: 'subscription', status: 'active' };
const incomplete = { ...running, status: 'incomplete', latest_invoice: 'in_1' };

beforeEach(() => {
  stub.answer('GET /v1/checkout/sessions', { body: listOf() });
  stub.answer('GET /v1/subscriptions/sub_1', { body: running });
  stub.answer('GET /v1/invoices/in_1', { body: { id: 'in_1', object: 'invoice', status: 'open' } });
  stub.answer('GET /v1/checkout/sessions/cs_1', { body: { id: 'cs_1', status: 'open' } });
});

/** Neither says that anything has ended. */
const unclear = [{}, { id: 'x_1', object: 'charge' }, listOf()];
const unknownShape = { details: { code: 'unknown_shape', system: 'stripe' } };

describe.each(unclear.map((body) => [JSON.stringify(body), body]))('The answer %s', (_, body) => {
  it('deletes no customer, so the login of the account stays', async () => {
    stub.answer('DELETE /v1/customers/cus_1', { body });
    await expect(billing.deleteCustomer('cus_1')).rejects.toMatchObject(unknownShape);
  });

  it('cancels no subscription', async () => {
    stub.answer('DELETE /v1/subscriptions/sub_1', { body });
    await expect(billing.cancelSubscription('sub_1')).rejects.toMatchObject(unknownShape);
  });

  it('cancels no subscription of a deleted account, whose refund would follow', async () => {
    stub.answer('DELETE /v1/subscriptions/sub_1', { body });
    await expect(leaving.cancelLeaving('sub_1', 1_767_225_600)).rejects.toMatchObject(unknownShape);
  });

  it('refunds nothing of a deleted account', async () => {
    stub.answer('POST /v1/refunds', { body });
    await expect(leaving.refundPart(order)).rejects.toMatchObject(unknownShape);
  });

  it('schedules no end', async () => {
    stub.answer('POST /v1/subscriptions/sub_1', { body });
    await expect(billing.endAtPeriodEnd('sub_1', null)).rejects.toMatchObject(unknownShape);
  });

  it('voids no invoice, so its subscription is kept', async () => {
    stub.answer('GET /v1/subscriptions/sub_1', { body: incomplete });
    stub.answer('POST /v1/invoices/in_1/void', { body });
    await expect(billing.cancelIncomplete('sub_1')).rejects.toMatchObject(unknownShape);
    expect(stub.requests.at(-1)).toBe('GET /v1/invoices/in_1');
  });

  it('expires no session', async () => {
    stub.answer('POST /v1/checkout/sessions/cs_1/expire', { body });
    const sessions = createCheckoutSessions(stripe, 'us-east-1_A');
    await expect(sessions.expire('cs_1')).rejects.toMatchObject({ details: { code: 'unknown_shape' } });
  });

  const refundAnswered = async (answer: object) => {
    const invoice = { id: 'in_1', billing_reason: 'subscription_create' };
    const payment = { type: 'payment_intent', payment_intent: { id: 'pi_1', object: 'payment_intent' } };
    stub.answer('GET /v1/invoices', { body: listOf(invoice) });
    stub.answer('GET /v1/invoice_payments', {
      body: listOf({ id: 'inpay_1', status: 'paid', amount_paid: 990, payment }),
    });
    stub.answer('GET /v1/refunds', { body: listOf() });
    stub.answer('GET /v1/disputes', { body: listOf() });
    stub.answer('POST /v1/refunds', { body: answer });
    return createOrphanBilling(stripe).refundFirstPayment('sub_1', 'key');
  };

  it('refunds nothing', async () => {
    await expect(refundAnswered(body)).rejects.toMatchObject(unknownShape);
    expect(stub.requests.at(-1)).toBe('POST /v1/refunds');
  });

  it.each(['failed', 'canceled'])('refunds nothing if the refund is %s', async (status) => {
    await expect(refundAnswered({ id: 're_1', object: 'refund', status })).rejects.toMatchObject({
      details: { code: 'refused', reason: `refund_${status}` },
    });
  });

  it.each(['succeeded', 'pending', 'requires_action'])('refunds if the refund is %s', async (status) => {
    expect(await refundAnswered({ id: 're_1', object: 'refund', status })).toBe(1);
  });
});

describe('An end that Stripe confirms', () => {
  it('counts, and so does one that only a second look shows', async () => {
    stub.answer('DELETE /v1/customers/cus_1', { body: { id: 'cus_1', object: 'customer', deleted: true } });
    await expect(billing.deleteCustomer('cus_1')).resolves.toBeUndefined();
    stub.answer('DELETE /v1/subscriptions/sub_1', { body: {} });
    stub.answer('GET /v1/subscriptions/sub_1', { body: { ...running, status: 'canceled' } });
    await expect(billing.cancelSubscription('sub_1')).resolves.toBeUndefined();
    stub.answer('POST /v1/checkout/sessions/cs_1/expire', { body: {} });
    stub.answer('GET /v1/checkout/sessions/cs_1', { body: { id: 'cs_1', status: 'complete' } });
    expect(await createCheckoutSessions(stripe, 'us-east-1_A').expire('cs_1')).toBe('not_open');
    stub.answer('POST /v1/subscriptions/sub_1', { body: { ...running, cancel_at: 1_800_000_000 } });
    expect(await billing.endAtPeriodEnd('sub_1', 1_800_000_000)).toBe('scheduled');
  });
});
