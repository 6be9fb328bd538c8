/** Tests of payment intents over the API, with the official client. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig, testStart } from '../testing/rig.ts';

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

type Params = Partial<Stripe.PaymentIntentCreateParams>;

const pay = (method: string, params: Params = {}) =>
  stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    payment_method: method,
    confirm: true,
    ...params,
  });

async function answerBank(url: string, outcome: 'complete' | 'fail'): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' });
}

test('An intent waits for a method, then for its confirmation, and then succeeds with a charge', async () => {
  const created = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
  expect(created).toMatchObject({ status: 'requires_payment_method', amount_received: 0 });

  const updated = await stripe.paymentIntents.update(created.id, { payment_method: 'pm_card_visa' });
  expect(updated.status).toBe('requires_confirmation');

  const paid = await stripe.paymentIntents.confirm(created.id, { return_url: 'https://shop.example/' });
  expect(paid).toMatchObject({ status: 'succeeded', amount_received: 2000, next_action: null });
  const charge = await stripe.charges.retrieve(idOf(paid.latest_charge), { expand: ['balance_transaction'] });
  expect(charge).toMatchObject({
    paid: true,
    captured: true,
    payment_method_details: { card: { last4: '4242', checks: { cvc_check: 'pass' }, wallet: null } },
    balance_transaction: { amount: 2000, fee: 88, net: 1912, type: 'charge' },
    outcome: { risk_level: 'normal', type: 'authorized' },
  });
  expect(await rig.types()).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
  ]);
});

test('A declined confirmation answers 402 with the intent, which waits for another method', async () => {
  const error: unknown = await pay('pm_card_visa_chargeDeclinedInsufficientFunds').catch((e: unknown) => e);
  expect(error).toMatchObject({
    statusCode: 402,
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    payment_intent: { object: 'payment_intent', status: 'requires_payment_method' },
  });
  const [intent] = (await stripe.paymentIntents.list()).data;
  expect(intent?.last_payment_error).toMatchObject({ code: 'card_declined', charge: intent?.latest_charge });
  expect(await rig.types()).toEqual([
    'payment_intent.created',
    'charge.failed',
    'payment_intent.payment_failed',
  ]);
});

test('A manual capture holds the amount, captures a part of it, and cannot be captured again', async () => {
  const held = await pay('pm_card_visa', { capture_method: 'manual' });
  expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 2000, amount_received: 0 });

  const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 });
  expect(captured).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 1500 });
  expect(await stripe.charges.retrieve(idOf(captured.latest_charge))).toMatchObject({
    captured: true,
    amount_captured: 1500,
  });
  await expect(stripe.paymentIntents.capture(held.id)).rejects.toMatchObject({
    code: 'payment_intent_unexpected_state',
    statusCode: 400,
  });
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['payment_intent.amount_capturable_updated', 'charge.captured']),
  );
});

test('A held amount that is not captured in a week is released', async () => {
  const { id } = await pay('pm_card_visa', { capture_method: 'manual' });
  await rig.control('/clock/advance', { seconds: 7 * 24 * 3600 });
  expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'automatic',
  });
});

test('An intent is canceled once, and a paid one cannot be canceled or confirmed', async () => {
  const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
  expect(
    await stripe.paymentIntents.cancel(id, { cancellation_reason: 'requested_by_customer' }),
  ).toMatchObject({ status: 'canceled', cancellation_reason: 'requested_by_customer' });
  const paid = await pay('pm_card_visa');
  const unexpected = { code: 'payment_intent_unexpected_state', statusCode: 400 };
  await expect(stripe.paymentIntents.cancel(id)).rejects.toMatchObject(unexpected);
  await expect(stripe.paymentIntents.cancel(paid.id)).rejects.toMatchObject(unexpected);
  await expect(stripe.paymentIntents.confirm(paid.id)).rejects.toMatchObject(unexpected);
  await expect(stripe.paymentIntents.update(paid.id, { amount: 5 })).rejects.toMatchObject(unexpected);
});

test('3-D Secure leads to the bank and returns with the outcome', async () => {
  const waiting = await pay('pm_card_threeDSecure2Required', { return_url: 'https://shop.example/done?a=b' });
  expect(waiting).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
  const url = waiting.next_action?.redirect_to_url?.url ?? '';
  expect(await (await fetch(url)).text()).toContain('Pay $20.00');

  const answer = await answerBank(url, 'complete');

  const target = new URL(answer.headers.get('location') ?? '');
  expect(target.origin + target.pathname).toBe('https://shop.example/done');
  expect(Object.fromEntries(target.searchParams)).toEqual({
    a: 'b',
    payment_intent: waiting.id,
    payment_intent_client_secret: waiting.client_secret,
    redirect_status: 'succeeded',
  });
  expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe('succeeded');
});

test('A failed authentication leaves the intent without a charge', async () => {
  const waiting = await pay('pm_card_authenticationRequired', { return_url: 'https://shop.example/' });
  const answer = await answerBank(waiting.next_action?.redirect_to_url?.url ?? '', 'fail');
  expect(answer.headers.get('location')).toContain('redirect_status=failed');
  expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({
    status: 'requires_payment_method',
    latest_charge: null,
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  });
});

test('An off-session payment that needs authentication is declined', async () => {
  await expect(pay('pm_card_authenticationRequired', { off_session: true })).rejects.toMatchObject({
    statusCode: 402,
    code: 'authentication_required',
  });
  await expect(
    stripe.paymentIntents.create({ amount: 2000, currency: 'usd', off_session: true }),
  ).rejects.toMatchObject({ param: 'off_session' });
});

test('`setup_future_usage` saves the card for the customer, and only then', async () => {
  const { id: customer } = await stripe.customers.create({ email: 'ann@example.com' });
  await pay('pm_card_visa', { customer });
  expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(0);
  await pay('pm_card_mastercard', { customer, setup_future_usage: 'off_session' });
  const [saved] = (await stripe.customers.listPaymentMethods(customer)).data;
  expect(saved?.card?.brand).toBe('mastercard');
  await expect(pay(saved?.id ?? '')).rejects.toMatchObject({ param: 'payment_method' });
});

test('Amounts, currencies and return addresses are validated as Stripe does', async () => {
  await expect(pay('pm_card_visa', { amount: 10 })).rejects.toMatchObject({ code: 'amount_too_small' });
  await expect(pay('pm_card_visa', { amount: 0 })).rejects.toMatchObject({
    code: 'parameter_invalid_integer',
  });
  await expect(pay('pm_card_visa', { automatic_payment_methods: { enabled: true } })).rejects.toThrow(
    /return_url/,
  );
  await expect(pay('pm_none')).rejects.toMatchObject({ code: 'resource_missing', param: 'payment_method' });
  await expect(pay('pm_usBankAccount_success', { currency: 'eur' })).rejects.toThrow(
    /\(us_bank_account\) is not allowed for this PaymentIntent/,
  );
});

test('A debit is processing until the bank reports it, and then succeeds or fails', async () => {
  const ach = await pay('pm_usBankAccount_success');
  const failing = await pay('pm_usBankAccount_insufficientFunds');
  expect(ach.status).toBe('processing');
  expect(await stripe.charges.retrieve(idOf(ach.latest_charge))).toMatchObject({
    status: 'pending',
    paid: false,
  });

  await rig.control('/clock/advance', { seconds: 60 });

  expect(await stripe.paymentIntents.retrieve(ach.id)).toMatchObject({
    status: 'succeeded',
    amount_received: 2000,
  });
  expect(await stripe.paymentIntents.retrieve(failing.id)).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'insufficient_funds' },
  });
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['payment_intent.processing', 'charge.pending', 'payment_intent.payment_failed']),
  );
});

test('An account that was entered by hand is verified by micro-deposits first', async () => {
  const method = await stripe.paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: {
      account_number: '000123456789',
      routing_number: '110000000',
      account_holder_type: 'individual',
    },
    billing_details: { name: 'Ann', email: 'ann@example.com' },
  });
  const waiting = await pay(method.id);
  expect(waiting).toMatchObject({
    status: 'requires_action',
    next_action: { type: 'verify_with_microdeposits' },
  });
  await expect(
    stripe.paymentIntents.verifyMicrodeposits(waiting.id, { amounts: [1, 2] }),
  ).rejects.toMatchObject({ statusCode: 400 });
  const verified = await stripe.paymentIntents.verifyMicrodeposits(waiting.id, { amounts: [32, 45] });
  expect(verified.status).toBe('processing');
});

test('A confirmed intent of an invoice pays the invoice and activates the subscription', async () => {
  const customer = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
    expand: ['latest_invoice.confirmation_secret'],
  });
  expect(subscription.status).toBe('incomplete');
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  const [intent = ''] = (invoice.confirmation_secret?.client_secret ?? '').split('_secret_');

  await stripe.paymentIntents.confirm(intent, { payment_method: 'pm_card_visa' });

  expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('paid');
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  await expect(stripe.paymentIntents.cancel(intent)).rejects.toMatchObject({ statusCode: 400 });
});

test('A subscription is active while its debit is processing, and past due once that has failed', async () => {
  const customer = await stripe.customers.create({ email: 'ann@example.com' });
  const method = await stripe.paymentMethods.attach('pm_usBankAccount_accountClosed', {
    customer: customer.id,
  });
  const price = await createMonthlyPrice(stripe);
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: method.id,
  });
  expect(subscription.status).toBe('active');
  const invoice = idOf(subscription.latest_invoice);
  expect((await stripe.invoices.retrieve(invoice)).status).toBe('open');
  await expect(stripe.invoices.pay(invoice)).rejects.toThrow(/processing/);

  await rig.control('/clock/advance', { seconds: 60 });

  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
});

test('A bank transfer pays an intent in parts', async () => {
  const { id: customer } = await stripe.customers.create({});
  const waiting = await stripe.paymentIntents.create(
    {
      amount: 2000,
      currency: 'usd',
      customer,
      payment_method_types: ['customer_balance'],
      payment_method_data: { type: 'customer_balance' },
      confirm: true,
    } as Stripe.PaymentIntentCreateParams,
    { apiVersion: '2026-08-26.dahlia' },
  );
  expect(waiting.next_action?.display_bank_transfer_instructions?.amount_remaining).toBe(2000);
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 500, currency: 'usd' });
  expect(await rig.types()).toContain('payment_intent.partially_funded');
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1500, currency: 'usd' });
  expect((await stripe.paymentIntents.retrieve(waiting.id)).status).toBe('succeeded');
});

test('`payment_method_types` is refused by the versions that have no such parameter', async () => {
  const params = { amount: 2000, currency: 'usd', payment_method_types: ['card'] };
  await expect(
    stripe.paymentIntents.create(params as Stripe.PaymentIntentCreateParams),
  ).rejects.toMatchObject({ code: 'payment_method_types_no_longer_supported' });
});
