import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { createStripe } from './client.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

it.runIf(hasIpv6)('Stripe’s stand-in can have an address of IPv6', async () => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'cus_1', object: 'customer' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  const base = new URL(`http://[::1]:${(server.address() as AddressInfo).port}`);
  const stripe = createStripe('sk_test_a', base, { timeoutMs: 2_000, maxNetworkRetries: 0 });
  expect(await stripe.customers.retrieve('cus_1')).toMatchObject({ id: 'cus_1' });
  server.closeAllConnections();
  server.close();
});
