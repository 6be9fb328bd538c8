import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPace } from '../system/pace.ts';
import { createStripe } from './client.ts';

let server: Server;
let rejections: number;
let requests: number;
let retryAfter: string | undefined;

beforeEach(async () => {
  requests = 0;
  retryAfter = undefined;
  server = createServer((request, response) => {
    request.resume();
    requests += 1;
    const body = requests <= rejections ? { error: { type: 'rate_limit_error' } } : { id: 'cus_1' };
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.writeHead(requests <= rejections ? 429 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return () => {
    server.closeAllConnections();
    server.close();
  };
});

function pacedStripe() {
  const clock = { ms: 0, slept: [] as number[] };
  const pace = createPace(10, {
    nowMs: () => clock.ms,
    sleep: async (ms) => {
      clock.slept.push(ms);
      clock.ms += ms;
    },
  });
  const { port } = server.address() as AddressInfo;
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0, pace };
  return { clock, stripe: createStripe('sk_test_paced', new URL(`http://127.0.0.1:${port}`), limits) };
}

describe('A paced Stripe client', () => {
  it('spaces out requests that are made at the same time', async () => {
    rejections = 0;
    const { clock, stripe } = pacedStripe();
    await Promise.all([1, 2, 3, 4, 5].map(() => stripe.customers.retrieve('cus_1')));
    expect(requests).toBe(5);
    // Four requests waited, each a tenth of a second longer than the one before.
    expect(clock.slept).toHaveLength(4);
    expect(clock.ms).toBeGreaterThanOrEqual(400);
  });

  it('retries after 429 responses with growing pauses', async () => {
    rejections = 3;
    const { clock, stripe } = pacedStripe();
    expect(await stripe.customers.retrieve('cus_1')).toMatchObject({ id: 'cus_1' });
    expect(clock.slept).toEqual([1_000, 2_000, 4_000]);
  });

  it('makes a pause as long as Stripe asks for', async () => {
    rejections = 2;
    retryAfter = '7';
    const { clock, stripe } = pacedStripe();
    await stripe.customers.retrieve('cus_1');
    expect(clock.slept).toEqual([7_000, 7_000]);
  });

  it('fails after six 429 responses', async () => {
    rejections = 100;
    const { stripe } = pacedStripe();
    await expect(stripe.customers.retrieve('cus_1')).rejects.toMatchObject({ statusCode: 429 });
    expect(requests).toBe(6);
  });
});
