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

test('An identity check is canceled once', async () => {
  const { stripe } = rig;
  const session = await stripe.identity.verificationSessions.create({ type: 'document' });
  expect((await stripe.identity.verificationSessions.cancel(session.id)).status).toBe('canceled');
  await expect(stripe.identity.verificationSessions.cancel(session.id)).rejects.toMatchObject({
    statusCode: 400,
  });
});
