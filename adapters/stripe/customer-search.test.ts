import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createStripe } from './client.ts';
import { findCustomers } from './customer-search.ts';

/** Answers nothing. */
let silent: Server;
beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterEach(() => vi.useRealTimers());
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

it('A search that Stripe does not answer is given up after eight seconds, whatever the library would wait', async () => {
  const { port } = silent.address() as AddressInfo;
  const limits = { timeoutMs: 60_000, maxNetworkRetries: 2 };
  const stripe = createStripe('sk_test_search', new URL(`http://127.0.0.1:${port}`), limits);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const asked = once(silent, 'request');
  const found = findCustomers(stripe, 'user-1').then(
    () => 'answered',
    (error: unknown) => error,
  );
  await asked;
  await vi.advanceTimersByTimeAsync(8_000);
  expect(await found).toMatchObject({ details: { code: 'time_limit' } });
});
