/** Tests of setup intents over the API, with the official client. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
let customer: string;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  customer = (await stripe.customers.create({ email: 'ann@example.com' })).id;
  await rig.simulator.settled();
  rig.received.length = 0;
});
afterAll(() => rig.close());

test('A confirmed setup intent saves the card for the customer', async () => {
  const intent = await stripe.setupIntents.create({
    customer,
    payment_method: 'pm_card_visa',
    confirm: true,
    return_url: 'https://shop.example/',
  });
  expect(intent).toMatchObject({ status: 'succeeded', usage: 'off_session' });
  const saved = await stripe.paymentMethods.retrieve(idOf(intent.payment_method));
  expect(saved.customer).toBe(customer);
  expect(await rig.types()).toEqual([
    'setup_intent.created',
    'payment_method.attached',
    'setup_intent.succeeded',
  ]);
});

test('A setup intent is created, updated, confirmed later, and canceled only while it is open', async () => {
  const intent = await stripe.setupIntents.create({ customer });
  expect(intent.status).toBe('requires_payment_method');
  await expect(stripe.setupIntents.confirm(intent.id)).rejects.toMatchObject({
    code: 'setup_intent_unexpected_state',
  });
  const updated = await stripe.setupIntents.update(intent.id, { payment_method: 'pm_card_visa' });
  expect(updated.status).toBe('requires_confirmation');
  expect((await stripe.setupIntents.confirm(intent.id)).status).toBe('succeeded');
  await expect(stripe.setupIntents.cancel(intent.id)).rejects.toMatchObject({ statusCode: 400 });

  const other = await stripe.setupIntents.create({ customer });
  expect(await stripe.setupIntents.cancel(other.id, { cancellation_reason: 'abandoned' })).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'abandoned',
  });
  expect((await stripe.setupIntents.list({ customer })).data).toHaveLength(2);
});

test('A declined card is not saved, and the error has the intent', async () => {
  await expect(
    stripe.setupIntents.create({ customer, payment_method: 'pm_card_chargeDeclined', confirm: true }),
  ).rejects.toMatchObject({
    statusCode: 402,
    code: 'card_declined',
    setup_intent: { status: 'requires_payment_method', last_setup_error: { code: 'card_declined' } },
  });
  expect(await rig.types()).toEqual(['setup_intent.created', 'setup_intent.setup_failed']);
});

test('A card with 3-D Secure is saved once the customer has authenticated, and then pays off session', async () => {
  const waiting = await stripe.setupIntents.create({
    customer,
    payment_method: 'pm_card_authenticationRequiredOnSetup',
    confirm: true,
    return_url: 'https://shop.example/saved',
  });
  expect(waiting.status).toBe('requires_action');
  const url = waiting.next_action?.redirect_to_url?.url ?? '';
  const answer = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ outcome: 'complete' }),
    redirect: 'manual',
  });
  const target = new URL(answer.headers.get('location') ?? '');
  expect(target.searchParams.get('setup_intent')).toBe(waiting.id);
  const saved = await stripe.setupIntents.retrieve(waiting.id);
  expect(saved.status).toBe('succeeded');

  const paid = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    customer,
    payment_method: idOf(saved.payment_method),
    off_session: true,
    confirm: true,
  });
  expect(paid.status).toBe('succeeded');
});

test('A bank account is set up once its micro-deposits are verified', async () => {
  const intent = await stripe.setupIntents.create({
    customer,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    payment_method_data: {
      type: 'us_bank_account',
      us_bank_account: {
        account_number: '000123456789',
        routing_number: '110000000',
        account_holder_type: 'individual',
      },
      billing_details: { name: 'Ann', email: 'ann@example.com' },
    },
  });
  expect(intent.next_action?.type).toBe('verify_with_microdeposits');
  await expect(
    stripe.setupIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM00XX' }),
  ).rejects.toMatchObject({ code: 'payment_method_microdeposit_verification_amounts_mismatch' });
  const verified = await stripe.setupIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM11AA' });
  expect(verified.status).toBe('succeeded');
});
