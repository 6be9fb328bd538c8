/** Tests of the objects that are kept as they are sent: their events, and the states that they move to. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

test('A connected account is kept as it is sent, receives transfers, and can be deauthorized', async () => {
  const { stripe } = rig;
  const account = await stripe.accounts.create({ type: 'standard', email: 'shop@example.com' });
  expect(account).toMatchObject({ object: 'account', email: 'shop@example.com', charges_enabled: false });
  await stripe.accounts.update(account.id, { metadata: { foo: 'bar' } });
  const transfer = await stripe.transfers.create({ amount: 1000, currency: 'usd', destination: account.id });
  await stripe.transfers.createReversal(transfer.id, { amount: 100 });
  expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({
    amount_reversed: 100,
    reversed: false,
  });
  await expect(stripe.transfers.createReversal(transfer.id, { amount: 901 })).rejects.toMatchObject({
    param: 'amount',
  });
  await stripe.accounts.del(account.id);
  await expect(stripe.accounts.retrieve(account.id)).rejects.toMatchObject({ code: 'resource_missing' });
  expect(await rig.types()).toEqual([
    'account.updated',
    'transfer.created',
    'transfer.reversed',
    'account.application.deauthorized',
  ]);
});

test.each([
  ['topups', { currency: 'usd' }, 'parameter_missing', 'amount'],
  ['transfers', { amount: '5', currency: 'usd' }, 'parameter_missing', 'destination'],
  ['reporting/report_runs', {}, 'parameter_missing', 'report_type'],
  ['issuing/cards', { currency: 'usd' }, 'parameter_missing', 'type'],
  ['issuing/cardholders', { name: 'Ann' }, 'parameter_missing', 'billing'],
  ['accounts', { 'business_profile[color]': 'red' }, 'parameter_unknown', 'business_profile[color]'],
  ['accounts', { external_account: 'btok_1' }, 'parameter_not_simulated', 'external_account'],
  [
    'issuing/cards',
    { currency: 'usd', type: 'virtual', 'pin[encrypted_number]': 'x' },
    'parameter_not_simulated',
    'pin',
  ],
])('An object of %s is refused for the parameters %j: %s', async (path, fields, code, param) => {
  const sent = rig.stripe.rawRequest('POST', `/v1/${path}`, fields);

  await expect(sent).rejects.toMatchObject({ statusCode: 400, code, param });
});

test('A list of objects that are kept as they are sent is filtered by their fields', async () => {
  const { topups } = rig.stripe;
  for (const amount of [1000, 2000]) await topups.create({ amount, currency: 'usd' });

  expect((await topups.list({ amount: 2000 })).data).toHaveLength(1);
  expect((await topups.list({ status: 'failed' })).data).toEqual([]);
  expect((await topups.list({ created: { gt: rig.clock.seconds } })).data).toEqual([]);
  expect((await topups.list({ created: { gte: rig.clock.seconds } })).data).toHaveLength(2);
});

test('A program that reads everything finds no tax ID of the account, and no early fraud warning', async () => {
  const { taxIds, radar } = rig.stripe;
  const customer = (await rig.stripe.customers.create()).id;
  const { id } = await rig.stripe.customers.createTaxId(customer, { type: 'eu_vat', value: 'DE123456789' });
  expect((await taxIds.list({ owner: { type: 'self' }, limit: 3 })).data).toEqual([]);
  expect((await taxIds.list()).data).toEqual([]);
  expect((await taxIds.list({ owner: { type: 'customer', customer } })).data).toMatchObject([{ id }]);
  expect(await taxIds.retrieve(id)).toMatchObject({ customer });
  expect((await radar.earlyFraudWarnings.list({ charge: 'ch_1' })).data).toEqual([]);
  await expect(taxIds.retrieve('txi_1')).rejects.toMatchObject({ statusCode: 404 });
  await expect(radar.earlyFraudWarnings.retrieve('issfr_1')).rejects.toMatchObject({ statusCode: 404 });
});

test('An identity check is canceled once', async () => {
  const { stripe } = rig;
  const session = await stripe.identity.verificationSessions.create({
    type: 'document',
    return_url: 'https://example.com',
  });
  // Stripe takes it, and never shows it.
  expect(session).not.toHaveProperty('return_url');
  expect((await stripe.identity.verificationSessions.cancel(session.id)).status).toBe('canceled');
  await expect(stripe.identity.verificationSessions.cancel(session.id)).rejects.toMatchObject({
    statusCode: 400,
  });
});
