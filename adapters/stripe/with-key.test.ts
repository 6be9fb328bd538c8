import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSecret } from '../system/secret.ts';
import { billingWithKey } from './with-key.ts';

let valid: string;
let stored: string;
let nowMs: number;
let seen: { readonly key: string; readonly sent: string; readonly idempotencyKey: unknown }[];
const server = createServer((request, response) => {
  const answer = async () => {
    const { authorization = '', 'idempotency-key': idempotencyKey } = request.headers;
    seen.push({ key: authorization.replace('Bearer ', ''), sent: await text(request), idempotencyKey });
    const known = authorization === `Bearer ${valid}`;
    const error = { type: 'invalid_request_error', message: 'Invalid API Key provided' };
    const customer = { id: 'cus_1', object: 'customer', metadata: {} };
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? customer : { error }));
  };
  void answer();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => {
  valid = 'sk_test_old';
  stored = valid;
  nowMs = 0;
  seen = [];
});
afterAll(() => server.close());

function opened() {
  const { port } = server.address() as AddressInfo;
  const source = { kind: 'secrets_manager', arn: 'arn' } as const;
  const apiKey = createSecret(source, { fetch: async () => stored, clock: { nowMs: () => nowMs } });
  return billingWithKey({
    apiKey,
    base: new URL(`http://127.0.0.1:${port}`),
    limits: { timeoutMs: 5_000, maxNetworkRetries: 0 },
  });
}

it('A request with a rotated key is retried with the new key', async () => {
  const access = opened();
  const lookUp = async () => (await access()).billing.retrieveCustomer('cus_1');
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
  valid = 'sk_test_new';
  stored = valid;
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
  // Later requests use the new key from the start.
  expect(seen.map(({ key }) => key)).toEqual(['sk_test_old', 'sk_test_old', 'sk_test_new', 'sk_test_new']);
});

it('A client from before the rotation works too, and sends the same request both times', async () => {
  const access = opened();
  const { stripe } = await access();
  valid = 'sk_test_new';
  stored = valid;
  await stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'one' });
  expect(seen).toEqual([
    { key: 'sk_test_old', sent: 'email=a%40example.com', idempotencyKey: 'one' },
    { key: 'sk_test_new', sent: 'email=a%40example.com', idempotencyKey: 'one' },
  ]);
});

it('A rejected key without a replacement is not retried, and the secret is read once a minute', async () => {
  const access = opened();
  const lookUp = async () => (await access()).billing.retrieveCustomer('cus_1');
  valid = 'sk_test_new';
  await expect(lookUp()).rejects.toMatchObject({ details: { code: 'refused', statusCode: 401 } });
  expect(seen).toHaveLength(1);
  stored = valid;
  await expect(lookUp()).rejects.toMatchObject({ details: { statusCode: 401 } });
  nowMs += 60_000;
  expect(await lookUp()).toMatchObject({ kind: 'customer' });
});
