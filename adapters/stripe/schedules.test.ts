import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStripeStub, type StripeStub } from '../../tests/support/stripe-stub.ts';
import { createStripe } from './client.ts';
import { listComing } from './schedules.ts';

let stub: StripeStub;
beforeAll(async () => {
  stub = await openStripeStub();
});
afterAll(() => stub.close());

function coming(body: object, status = 200) {
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
  stub.answer('GET /v1/subscription_schedules', { status, body });
  return listComing(createStripe('rk_test_schedules', new URL(stub.url), limits), 'cus_1');
}
const listOf = (...data: readonly object[]) => ({ object: 'list', has_more: false, data });

it('A price that the answer does not show says nothing about what it is for', async () => {
  const metadata = { predixa_role: 'other_product' };
  const items = [
    { price: { id: 'price_1', metadata } },
    { price: 'price_2' },
    { price: { id: 'price_3', object: 'price', deleted: true } },
  ];
  const phases = [{ items }, { items: [{ price: { id: 'price_4', metadata: {} } }] }];
  expect(await coming(listOf({ id: 'sub_sched_1', phases }, { id: 'sub_sched_2', phases: null }))).toEqual([
    {
      scheduleId: 'sub_sched_1',
      items: [{ role: 'other_product' }, { role: null }, { role: null }, { role: null }],
    },
    { scheduleId: 'sub_sched_2', items: [] },
  ]);
});

it('A key without the permission is shown apart from an invalid key and from an unknown answer', async () => {
  const error = { error: { type: 'invalid_request_error', message: 'no' } };
  expect(await coming(error, 403)).toBe('unavailable');
  await expect(coming(error, 401)).rejects.toMatchObject({ details: { code: 'refused', statusCode: 401 } });
  await expect(coming({ object: 'list', has_more: false })).rejects.toMatchObject({
    details: { code: 'unknown_shape' },
  });
  await expect(coming(listOf({ object: 'subscription_schedule' }))).rejects.toMatchObject({
    details: { code: 'unknown_shape' },
  });
});
