import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DroppingServer, openDroppingServer } from '../../tests/support/dropping-server.ts';
import { createCognito } from '../cognito/client.ts';
import { createDynamoDb } from '../dynamodb/client.ts';
import { createRevenueCat } from '../revenuecat/client.ts';
import { createStripe } from '../stripe/client.ts';

let server: DroppingServer;
beforeAll(async () => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  server = await openDroppingServer((request, response) => {
    request.resume();
    request.once('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end('{"id":"cus_1","object":"customer","Username":"ann"}');
    });
  });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', server.url);
  vi.stubEnv('AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', server.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const clients: Readonly<Record<string, () => () => Promise<unknown>>> = {
  Stripe: () => {
    const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
    const stripe = createStripe('sk_test_idle', new URL(server.url), limits);
    return () => stripe.customers.create({ metadata: { a: 'b' } });
  },
  RevenueCat: () => {
    const key = async () => 'sk_key';
    const client = createRevenueCat({
      apiKey: { read: key, reread: key },
      projectId: 'proj',
      base: new URL(server.url),
      timeoutMs: 5_000,
      maxWaitMs: 500,
      sleep: async () => {},
    });
    return () => client.get('read customer', '/customers/ann');
  },
  DynamoDB: () => {
    const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 2 });
    return () => client.get('read item', { TableName: 'T', Key: { id: 'a' } });
  },
  Cognito: () => {
    const client = createCognito({ timeoutMs: 5_000, maxAttempts: 2 });
    return () => client('AdminGetUser', { UserPoolId: 'us-east-1_a', Username: 'ann' });
  },
};

describe('After idle connections have died, the client of', () => {
  it.each(Object.keys(clients))(
    '%s fails no call: it tries one of them, and then a new one',
    async (name) => {
      const call = clients[name]?.() ?? (() => Promise.reject(new Error('No client.')));
      // Several calls at once leave several connections behind.
      await Promise.all([call(), call(), call(), call()]);
      expect(server.open()).toBeGreaterThanOrEqual(4);
      server.dropAll();
      const before = server.broken();
      await expect(call()).resolves.toBeTruthy();
      expect(server.broken() - before).toBe(1);
    },
  );
});
