import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StripeApi } from './api.ts';
import { createStripe } from './client.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let received: Received[] = [];
const server = createServer((request, response) => {
  const answer = async () => {
    const { method, url, headers } = request;
    received.push({ method, url, headers, body: await text(request) });
    response.setHeader('content-type', 'application/json').setHeader('request-id', 'req_1');
    response.end('{"id":"obj_1","object":"list","data":[],"has_more":false}');
  };
  void answer();
});
let own: StripeApi;
let library: StripeApi;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
  own = createStripe('sk_test_a', new URL(`http://127.0.0.1:${port}`), limits);
  library = new Stripe('sk_test_a', { protocol: 'http', host: '127.0.0.1', port, telemetry: false });
});
beforeEach(() => {
  received = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What of a request matters to Stripe. */
function partsOf({ method, url, headers, body }: Received) {
  const { authorization, accept } = headers;
  return {
    method,
    url,
    body,
    authorization,
    accept,
    version: headers['stripe-version'],
    length: headers['content-length'],
    type: body === '' ? null : headers['content-type'],
    hasKey: headers['idempotency-key'] !== undefined,
  };
}

const params = { customer: 'cus_1', limit: 3, expand: ['data.customer'], created: { gte: 5 }, status: 'all' };
const metadata = { metadata: { a: 'ü&=', b: '' }, description: 'x' };
const calls: Readonly<Record<string, (stripe: StripeApi, id: string) => Promise<unknown>>> = {
  'billingPortal.sessions.create': (stripe) => stripe.billingPortal.sessions.create({ customer: 'cus_1' }),
  'charges.retrieve': (stripe, id) => stripe.charges.retrieve(id),
  'checkout.sessions.create': (stripe) =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: 'price_1', quantity: 1 }],
    }),
  'checkout.sessions.retrieve': (stripe, id) => stripe.checkout.sessions.retrieve(id),
  'checkout.sessions.list': (stripe) => stripe.checkout.sessions.list({ customer: 'cus_1' }),
  'checkout.sessions.expire': (stripe, id) => stripe.checkout.sessions.expire(id),
  'creditNotes.list': (stripe) => stripe.creditNotes.list({ invoice: 'in_1' }),
  'customers.create': (stripe) => stripe.customers.create(metadata),
  'customers.retrieve': (stripe, id) => stripe.customers.retrieve(id),
  'customers.update': (stripe, id) => stripe.customers.update(id, metadata),
  'customers.del': (stripe, id) => stripe.customers.del(id),
  'customers.list': (stripe) => stripe.customers.list({ limit: 3 }),
  'customers.search': (stripe) => stripe.customers.search({ query: "metadata['a']:'b'" }),
  'customers.listTaxIds': (stripe, id) => stripe.customers.listTaxIds(id, { limit: 3 }),
  'disputes.list': (stripe) => stripe.disputes.list({ charge: 'ch_1' }),
  'entitlements.activeEntitlements.list': (stripe) =>
    stripe.entitlements.activeEntitlements.list({ customer: 'cus_1' }),
  'events.retrieve': (stripe, id) => stripe.events.retrieve(id),
  'events.list': (stripe) => stripe.events.list({ types: ['a.b', 'c.d'] }),
  'invoiceItems.list': (stripe) => stripe.invoiceItems.list({ customer: 'cus_1', pending: true }),
  'invoicePayments.list': (stripe) => stripe.invoicePayments.list({ invoice: 'in_1' }),
  'invoices.retrieve': (stripe, id) => stripe.invoices.retrieve(id),
  'invoices.list': (stripe) => stripe.invoices.list({ subscription: 'sub_1' }),
  'invoices.listLineItems': (stripe, id) => stripe.invoices.listLineItems(id, { limit: 3 }),
  'invoices.voidInvoice': (stripe, id) => stripe.invoices.voidInvoice(id),
  'invoices.createPreview': (stripe) =>
    stripe.invoices.createPreview({ customer: 'cus_1', subscription: 'sub_1' }),
  'paymentMethods.retrieve': (stripe, id) => stripe.paymentMethods.retrieve(id),
  'paymentRecords.retrieve': (stripe, id) => stripe.paymentRecords.retrieve(id),
  'prices.retrieve': (stripe, id) => stripe.prices.retrieve(id, { expand: ['product'] }),
  'prices.list': (stripe) => stripe.prices.list({ lookup_keys: ['a', 'b'] }),
  'refunds.create': (stripe) => stripe.refunds.create({ payment_intent: 'pi_1' }, { idempotencyKey: 'one' }),
  'refunds.list': (stripe) => stripe.refunds.list({ charge: 'ch_1' }),
  'subscriptionItems.list': (stripe) => stripe.subscriptionItems.list({ subscription: 'sub_1' }),
  'subscriptionSchedules.create': (stripe) =>
    stripe.subscriptionSchedules.create({ from_subscription: 'sub_1' }),
  'subscriptionSchedules.retrieve': (stripe, id) => stripe.subscriptionSchedules.retrieve(id),
  'subscriptionSchedules.update': (stripe, id) =>
    stripe.subscriptionSchedules.update(id, {
      end_behavior: 'release',
      phases: [{ items: [{ price: 'price_1' }] }],
    }),
  'subscriptionSchedules.release': (stripe, id) => stripe.subscriptionSchedules.release(id),
  'subscriptionSchedules.list': (stripe) => stripe.subscriptionSchedules.list({ customer: 'cus_1' }),
  'subscriptions.retrieve': (stripe, id) => stripe.subscriptions.retrieve(id),
  'subscriptions.update': (stripe, id) => stripe.subscriptions.update(id, { cancel_at_period_end: true }),
  'subscriptions.cancel': (stripe, id) => stripe.subscriptions.cancel(id),
  'subscriptions.list': (stripe) => stripe.subscriptions.list({ ...params, status: 'all' }),
  rawRequest: (stripe) => stripe.rawRequest('GET', '/v1/subscriptions/sub_1?expand[0]=customer'),
};

/** Returns the names of all methods of the client. */
function methodsIn(value: object, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, entry]: [string, unknown]) =>
    typeof entry === 'object' && entry !== null
      ? methodsIn(entry, `${prefix}${name}.`)
      : [`${prefix}${name}`],
  );
}

describe('A call of Stripe', () => {
  it.each(Object.entries(calls))('is sent as by the official library: %s', async (_, call) => {
    for (const id of ['id_1', 'plan/gold 1+é?#']) {
      await call(own, id);
      await call(library, id);
    }
    const [first, second, third, fourth] = received.map(partsOf);
    expect(first).toEqual(second);
    expect(third).toEqual(fourth);
  });

  it('has a test for every method', () => {
    expect(methodsIn(own)).toEqual(Object.keys(calls));
  });

  it('has the key that it is given, and otherwise one of its own', async () => {
    await own.customers.create({}, { idempotencyKey: 'one' });
    await own.customers.create({});
    await own.customers.create({});
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toBe('one');
    expect(new Set(keys).size).toBe(3);
  });

  it('never names another object than the one of the id', async () => {
    for (const id of ['', '.', '..']) {
      expect(() => own.customers.retrieve(id)).toThrow(
        expect.objectContaining({
          details: expect.objectContaining({ code: 'refused', reason: 'id_missing' }),
        }),
      );
    }
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }).filter((id) => !/^\.{1,2}$/.test(id)),
        async (id) => {
          received = [];
          await own.customers.retrieve(id);
          const { pathname, search } = new URL(received[0]?.url ?? '', 'http://localhost');
          expect([decodeURIComponent(pathname), search]).toEqual([`/v1/customers/${id}`, '']);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('returns the headers of the answer without adding a field to it', async () => {
    const answer = await own.customers.list({});
    expect(answer.lastResponse.headers['request-id']).toBe('req_1');
    expect(Object.keys(answer)).toEqual(['id', 'object', 'data', 'has_more']);
  });
});
