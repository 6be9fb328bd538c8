import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStripeStub, type StripeStub } from '../../tests/support/stripe-stub.ts';
import { createStripe } from './client.ts';
import { createReversalListing } from './reversal-listing.ts';

let stub: StripeStub;
beforeAll(async () => {
  stub = await openStripeStub();
});
afterAll(() => stub.close());

const listOf = (data: readonly object[], has_more = false) => ({ body: { object: 'list', has_more, data } });

function listing() {
  const stripe = createStripe('sk_test_listing', new URL(stub.url), {
    timeoutMs: 5_000,
    maxNetworkRetries: 0,
  });
  return createReversalListing(stripe, 0);
}

const refund = (id: string, customer: string) => ({ id, charge: { id: `ch_${id}`, customer } });

it('Each customer is listed once, with every kind of reversal, on whichever page it is first', async () => {
  stub.answer(
    'GET /v1/refunds',
    listOf([refund('re_1', 'cus_1'), refund('re_2', 'cus_1'), refund('re_3', 'cus_2')]),
  );
  stub.answer(
    'GET /v1/disputes',
    listOf([refund('dp_1', 'cus_2'), refund('dp_2', 'cus_3'), { id: 'dp_3', charge: null }]),
  );
  stub.answer('GET /v1/credit_notes', listOf([{ id: 'cn_1', customer: 'cus_4' }]));
  const never = { id: 'in_2', customer: 'cus_6', billing_reason: 'subscription_create' };
  stub.answer(
    'GET /v1/invoices',
    listOf([{ id: 'in_1', customer: 'cus_5', billing_reason: 'subscription_cycle' }, never]),
  );
  const list = listing();
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page = await list(cursor);
    pages.push(page.items.map(({ customerId }) => customerId));
    cursor = page.next;
  } while (cursor !== null);
  // The stub answers the same for void and for uncollectible invoices. A first invoice that is uncollectible counts.
  expect(pages).toEqual([['cus_1', 'cus_2'], ['cus_3'], ['cus_4'], ['cus_5'], ['cus_6']]);
});

it('A page that is read again shows the same customers', async () => {
  stub.answer('GET /v1/refunds', listOf([refund('re_1', 'cus_1')], true));
  const list = listing();
  expect(await list(null)).toEqual({ items: [{ customerId: 'cus_1' }], next: 'refunds re_1' });
  expect((await list(null)).items).toEqual([{ customerId: 'cus_1' }]);
  stub.answer('GET /v1/refunds', listOf([refund('re_2', 'cus_1')]));
  expect((await list('refunds re_1')).items).toEqual([]);
});

it('A key that may not read credit notes goes on without them', async () => {
  stub.answer('GET /v1/credit_notes', {
    status: 403,
    body: { error: { type: 'invalid_request_error', message: 'No.' } },
  });
  expect(await listing()('credit_notes ')).toEqual({ items: [], next: 'void ' });
});
