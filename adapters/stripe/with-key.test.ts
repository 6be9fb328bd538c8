import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecret } from '../system/secret.ts';
import { billingWithKey } from './with-key.ts';

let valid = 'sk_test_old';
const server = createServer((request, response) => {
  const known = request.headers.authorization === `Bearer ${valid}`;
  const error = { type: 'invalid_request_error', message: 'Invalid API Key provided' };
  const customer = { id: 'cus_1', object: 'customer', metadata: {} };
  response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(known ? customer : { error }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => server.close());

it('a key that is rolled under a running process is read anew once Stripe has refused the old one', async () => {
  let nowMs = 0;
  let stored = valid;
  const { port } = server.address() as AddressInfo;
  const source = { kind: 'secrets_manager', arn: 'arn' } as const;
  const apiKey = createSecret(source, { fetch: async () => stored, clock: { nowMs: () => nowMs } });
  const access = billingWithKey({
    apiKey,
    base: new URL(`http://127.0.0.1:${port}`),
    limits: { timeoutMs: 5_000, maxNetworkRetries: 0 },
  });
  const lookUp = async () => (await access()).billing.retrieveCustomer('cus_1');
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
  valid = 'sk_test_new';
  stored = valid;
  nowMs += 61_000;
  await expect(lookUp()).rejects.toMatchObject({ details: { statusCode: 401 } });
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
});
