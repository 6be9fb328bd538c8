import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callStripe } from './call.ts';
import { createStripe, type StripeLimits } from './client.ts';
import { retryAfterMs } from './request.ts';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

interface Received {
  readonly key: unknown;
  readonly body: string;
}

let replies: Reply[] = [];
let received: Received[] = [];
const server = createServer((request, response) => {
  const answer = async () => {
    const key = request.headers['idempotency-key'];
    received.push({ key, body: await text(request) });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(request, response);
  };
  void answer();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => {
  received = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Reply =>
  (_, response) => {
    response.writeHead(status, { 'request-id': 'req_1', ...headers }).end(body);
  };
const refusing = (status: number, error: object, headers?: Record<string, string>) =>
  answering(status, JSON.stringify({ error }), headers);
const ok = answering(200, '{"id":"cus_1","object":"customer"}');
const closed: Reply = (request) => request.socket.destroy();
const hangs: Reply = () => {};

function stripeThatIsAnswered(all: Reply[], limits: Partial<StripeLimits> = {}) {
  replies = all;
  const { port } = server.address() as AddressInfo;
  return createStripe('sk_test_a', new URL(`http://127.0.0.1:${port}`), {
    timeoutMs: 2_000,
    maxNetworkRetries: 1,
    ...limits,
  });
}

const create = (all: Reply[], limits?: Partial<StripeLimits>) =>
  callStripe('create customer', stripeThatIsAnswered(all, limits).customers.create({ name: 'Ada' }));

describe('A request to Stripe', () => {
  it.each([
    ['a failure of Stripe', refusing(500, { type: 'api_error' })],
    ['a conflict', refusing(409, { type: 'invalid_request_error' })],
    ['a refusal that Stripe wants repeated', refusing(400, { type: 'x' }, { 'stripe-should-retry': 'true' })],
    ['the page of a proxy', answering(503, '<html>')],
    ['a closed connection', closed],
  ])('is sent again, unchanged and under the same key, after %s', async (_, failure) => {
    expect(await create([failure, ok])).toMatchObject({ id: 'cus_1' });
    expect(received).toHaveLength(2);
    expect(received[0]?.key).toMatch(/^predixa-/);
    expect(received[1]).toMatchObject({ key: received[0]?.key, body: 'name=Ada' });
  });

  it.each([
    [
      'a failure that Stripe does not want repeated',
      refusing(500, {}, { 'stripe-should-retry': 'false' }),
      'unavailable',
    ],
    ['a refusal', refusing(400, { type: 'invalid_request_error', param: 'name' }), 'refused'],
    ['a rate limit', refusing(429, { type: 'invalid_request_error' }), 'unavailable'],
    ['a rate limit with advice', refusing(429, {}, { 'stripe-should-retry': 'true' }), 'unavailable'],
  ])('is not sent again after %s', async (_, failure, code) => {
    await expect(create([failure])).rejects.toMatchObject({ details: { code, requestId: 'req_1' } });
    expect(received).toHaveLength(1);
  });

  it('is sent again after a rate limit if a user waits', async () => {
    const limited = refusing(429, { type: 'x' }, { 'retry-after': '0' });
    expect(await create([limited, ok], { rateLimitRetries: 2 })).toMatchObject({ id: 'cus_1' });
    expect(received).toHaveLength(2);
  });

  it('is sent again after rate limits as often as the limits say, also if Stripe wants more', async () => {
    const limited = refusing(429, { type: 'x' }, { 'retry-after': '0', 'stripe-should-retry': 'true' });
    await expect(create([limited], { rateLimitRetries: 2, maxNetworkRetries: 2 })).rejects.toMatchObject({
      details: { code: 'unavailable', statusCode: 429 },
    });
    expect(received).toHaveLength(3);
  });

  it('counts rate limits and other failures apart', async () => {
    const limited = refusing(429, { type: 'x' }, { 'retry-after': '0' });
    const limits = { rateLimitRetries: 2, maxNetworkRetries: 1 };
    expect(await create([limited, closed, limited, ok], limits)).toMatchObject({ id: 'cus_1' });
    expect(received).toHaveLength(4);
  });

  it('with another key, or on a new connection, has no more time than one attempt', async () => {
    const late =
      (reply: Reply): Reply =>
      (request, response) => {
        setTimeout(() => reply(request, response), 150);
      };
    const stripe = stripeThatIsAnswered([ok, late(closed), late(refusing(401, {})), hangs], {
      timeoutMs: 200,
      maxNetworkRetries: 0,
      freshKey: async () => 'sk_test_b',
    });
    const read = () => callStripe('read', stripe.customers.retrieve('cus_1'));
    await read();
    await expect(read()).rejects.toMatchObject({ details: { reason: 'no_answer' } });
    // The new connection had the rest of the time, in which the answer did not come.
    expect(received.length).toBeLessThan(4);
  });

  it.each([
    ['that Stripe does not want repeated', { 'stripe-should-retry': 'false' }],
    ['that lasts longer than a user waits', { 'retry-after': '30' }],
  ])('is not sent again after a rate limit %s', async (_, headers) => {
    const limited = refusing(429, { type: 'x' }, headers);
    await expect(create([limited, ok], { rateLimitRetries: 2 })).rejects.toMatchObject({
      details: { code: 'unavailable', statusCode: 429 },
    });
    expect(received).toHaveLength(1);
  });

  it('that is not answered in time may have had its effect', async () => {
    const outcome = create([hangs], { timeoutMs: 30, maxNetworkRetries: 0 });
    await expect(outcome).rejects.toMatchObject({ details: { code: 'unavailable', reason: 'no_answer' } });
  });

  it('that reaches no server has had none', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const base = new URL(`http://127.0.0.1:${(gone.address() as AddressInfo).port}`);
    await new Promise((resolve) => gone.close(resolve));
    const stripe = createStripe('sk_test_a', base, { timeoutMs: 500, maxNetworkRetries: 0 });
    await expect(callStripe('read', stripe.customers.retrieve('cus_1'))).rejects.toMatchObject({
      details: { code: 'unavailable', reason: 'not_sent' },
    });
  });

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"ok"'],
    ['a list', '[]'],
    ['a page', '<html>'],
  ])('that is answered with %s is a fault, not a result', async (_, body) => {
    await expect(create([answering(200, body)])).rejects.toMatchObject({
      details: { code: 'unknown_shape', expected: 'a JSON object' },
    });
  });

  it('is not redirected', async () => {
    await expect(create([answering(302, '{}', { location: '/other' })])).rejects.toMatchObject({
      details: { code: 'unknown_shape' },
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['a page', '<html>'],
    ['an error of no form', '{"error":"invalid_grant"}'],
    ['fields of other types', '{"error":{"type":1,"code":{},"param":[],"message":null}}'],
  ])('that is refused with %s is classified by its status', async (_, body) => {
    await expect(create([answering(400, body)])).rejects.toMatchObject({
      details: { code: 'refused', statusCode: 400, type: 'api_error', reason: 'api_error' },
    });
  });
});

describe('The header Retry-After', () => {
  it.each([
    ['2', 2_000],
    ['0', 0],
    ['60', 60_000],
    ['3600', undefined],
    ['-1', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    [undefined, undefined],
  ])('asks for a wait of that many seconds, unless it is too long: %s', (given, expected) => {
    const headers = given === undefined ? {} : { 'retry-after': given };
    expect(retryAfterMs({ status: 429, headers, text: '' })).toBe(expected);
  });

  it('asks for a wait until a time', () => {
    const headers = { 'retry-after': new Date(Date.now() + 30_000).toUTCString() };
    const waitMs = retryAfterMs({ status: 429, headers, text: '' }) ?? 0;
    // The header has whole seconds.
    expect(Math.ceil(waitMs / 10_000)).toBe(3);
  });
});
