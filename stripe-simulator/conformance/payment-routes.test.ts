/** Asks the routes of payments that no other test asks with a secret key, so that their answers are held against the types. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, idOf, type Rig, startRig, TEST_KEY } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;
beforeAll(async () => {
  rig = await startRig();
  ({ stripe } = rig);
});
afterAll(() => rig.close());

async function ask(method: string, path: string, form?: Readonly<Record<string, string>>) {
  const answer = await fetch(`${rig.simulator.url}/v1/${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${TEST_KEY}`,
      'Stripe-Version': '2026-10-28.endive',
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const body = (await answer.json()) as { readonly id: string; readonly data: readonly unknown[] };
  expect({ path, status: answer.status, body }).toMatchObject({ path, status: 200 });
  return body;
}

test('Payments, their charges and what moves the balance are found and changed', async () => {
  const customer = (await createCustomer(stripe)).id;
  const [method] = (await ask('GET', `customers/${customer}/payment_methods`)).data as { id: string }[];
  await ask('GET', `customers/${customer}/payment_methods/${method?.id}`);
  await ask('POST', `payment_methods/${method?.id}`, { 'metadata[a]': 'b', 'card[exp_year]': '2041' });
  const held = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    customer,
    payment_method: 'pm_card_bypassPending',
    capture_method: 'manual',
    confirm: true,
  });
  await ask('POST', `payment_intents/${held.id}/increment_authorization`, { amount: '3000' });
  await ask('POST', `payment_intents/${held.id}/capture`, {});
  await ask('GET', `payment_intents/search?query=${encodeURIComponent("status:'succeeded'")}`);
  const charge = idOf(held.latest_charge);
  await ask('GET', `charges/search?query=${encodeURIComponent("status:'succeeded'")}`);
  await ask('POST', `charges/${charge}`, { description: 'A mug', 'metadata[a]': 'b' });
  const [moved] = (await ask('GET', 'balance_transactions')).data as { id: string }[];
  await ask('GET', `balance_transactions/${moved?.id}`);
  await ask('GET', 'balance');
  await ask('POST', 'payouts', { amount: '100', currency: 'usd' });
  expect((await ask('GET', 'payouts')).data).toHaveLength(1);
});

test('A bank transfer, tokens and the keys of apps are answered', async () => {
  const customer = (await createCustomer(stripe)).id;
  await ask('POST', `test_helpers/customers/${customer}/fund_cash_balance`, {
    amount: '500',
    currency: 'usd',
  });
  await ask('GET', `customers/${customer}/cash_balance`);
  const data = { 'payment_method_data[type]': 'card', 'payment_method_data[card][token]': 'tok_visa' };
  await ask('POST', 'confirmation_tokens', data);
  await ask('POST', 'test_helpers/confirmation_tokens', { payment_method: 'pm_card_visa' });
  await ask('GET', 'elements/sessions?type=deferred_intent');
  const key = await ask('POST', 'ephemeral_keys', { customer });
  expect(await ask('DELETE', `ephemeral_keys/${key.id}`)).toMatchObject({ id: key.id });
});

test('A debit that is set up by hand is verified', async () => {
  const intent = await stripe.setupIntents.create({
    payment_method_data: {
      type: 'us_bank_account',
      us_bank_account: { account_number: '000123456789', routing_number: '110000000' },
      billing_details: { name: 'Ann' },
    },
    confirm: true,
  });
  await ask('POST', `setup_intents/${intent.id}/verify_microdeposits`, { descriptor_code: 'SM11AA' });
  expect((await ask('GET', 'setup_intents')).data).toHaveLength(1);
});

const plain: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
  ['accounts', { type: 'standard' }, true],
  ['transfers', { amount: '1000', currency: 'usd', destination: 'acct_1' }, true],
  ['topups', { amount: '1000', currency: 'usd' }, true],
  ['identity/verification_sessions', { type: 'document' }, false],
  ['reporting/report_runs', { report_type: 'balance.summary.1' }, false],
  ['issuing/cardholders', { name: 'Ann', type: 'individual', 'billing[address][country]': 'US' }, true],
  ['issuing/cards', { currency: 'usd', type: 'virtual' }, true],
];

test.each(plain)('The objects of %s are listed, read and changed', async (path, form, isChanged) => {
  const holder = path.endsWith('/cards') ? (await stripe.issuing.cardholders.list()).data[0]?.id : undefined;
  const { id } = await ask('POST', path, holder === undefined ? form : { ...form, cardholder: holder });
  expect((await ask('GET', path)).data).toHaveLength(1);
  await ask('GET', `${path}/${id}`);
  if (isChanged) await ask('POST', `${path}/${id}`, { 'metadata[a]': 'b' });
  if (path === 'transfers') await ask('POST', `${path}/${id}/reversals`, { amount: '100' });
  if (path === 'accounts') await ask('DELETE', `${path}/${id}`);
  if (path.startsWith('identity')) {
    await ask('POST', `${path}/${id}/redact`, {});
    await ask('POST', `${path}/${id}/cancel`, {});
  }
});
