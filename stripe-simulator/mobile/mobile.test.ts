/** Tests of what the payment sheet of an app calls: the session, the saved payment methods, and the confirmation. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomer, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

async function call(path: string, key: string, body?: Readonly<Record<string, string>>) {
  const answer = await fetch(`${rig.simulator.url}/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: new URLSearchParams(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('A payment sheet opens with the intent, lists the saved cards and pays with one', async () => {
  const { stripe } = rig;
  const customer = await createCustomer(stripe);
  const intent = await stripe.paymentIntents.create({ amount: 2000, currency: 'gbp', customer: customer.id });
  const ephemeral = await stripe.ephemeralKeys.create(
    { customer: customer.id },
    { apiVersion: '2026-08-26.dahlia' },
  );
  const secret = intent.client_secret ?? '';

  const session = await call(`elements/sessions?type=payment_intent&client_secret=${secret}`, 'pk_test_app');
  expect(session.body).toMatchObject({
    payment_method_preference: {
      ordered_payment_method_types: ['card'],
      payment_intent: { id: intent.id, amount: 2000 },
    },
  });
  const saved = await call(`payment_methods?customer=${customer.id}&type=card`, ephemeral.secret ?? '');
  const [method] = saved.body['data'] as { id: string }[];
  const paid = await call(`payment_intents/${intent.id}/confirm`, 'pk_test_app', {
    client_secret: secret,
    payment_method: method?.id ?? '',
  });
  expect(paid.body['status']).toBe('succeeded');
});

test('An ephemeral key reads its own customer alone, for an hour', async () => {
  const { stripe } = rig;
  const [own, other] = [await createCustomer(stripe), await createCustomer(stripe)];
  const { id, secret = '' } = await stripe.ephemeralKeys.create(
    { customer: own.id },
    { apiVersion: '2026-08-26.dahlia' },
  );
  expect((await call(`customers/${own.id}`, secret)).status).toBe(200);
  expect((await call(`customers/${other.id}`, secret)).status).toBe(403);
  expect((await call(`payment_methods?customer=${other.id}`, secret)).status).toBe(403);
  expect((await call('customers', secret)).status).toBe(403);
  expect((await call(`customers/${own.id}`, secret, { name: 'Bob' })).status).toBe(403);
  expect((await call(`customers/${own.id}`, 'ek_test_unknown')).status).toBe(401);
  rig.clock.seconds += 3600;
  expect((await call(`customers/${own.id}`, secret)).status).toBe(401);
  await stripe.ephemeralKeys.del(id);
});
