/** Composition root of `entitlements-api`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementReader } from '../../adapters/dynamodb/entitlement-reader.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { early, once } from '../../adapters/system/once.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const client = once(() => createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 }));

const services = once(() => {
  const { entitlementsTable: tableName, policy } = readConfig(process.env);
  return { entitlements: createEntitlementReader({ client: client(), tableName }), policy };
});
early(services);

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services,
});
