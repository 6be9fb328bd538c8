/** Composition root of `entitlements-api`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { once } from '../../adapters/system/once.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler, type SyncingServices } from './handler.ts';

const systems = once(() => {
  const { entitlementsTable: tableName, policy } = readConfig(process.env);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  return { client, policy, entitlements: createEntitlementStore({ client, tableName, clock }) };
});

// Stripe's library costs more start than all the rest, and the read does not need it.
let syncing: (() => Promise<SyncingServices>) | undefined;
async function loadSyncing(): Promise<SyncingServices> {
  const { createSyncing } = await import('./syncing.ts');
  syncing ??= createSyncing({ ...systems(), environment: process.env });
  return syncing();
}

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services: systems,
  syncing: loadSyncing,
});
