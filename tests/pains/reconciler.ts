/** The use case that heals, over the stage's own tables, pool and Stripe, past the wires of Stripe and Cognito. */
import { AdminDeleteUserCommand, ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createBilling } from '../../adapters/stripe/billing.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { createLog } from '../../adapters/system/log.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { createReconcile, type ReconcileReport, type Sweep } from '../../core/reconcile/reconcile.ts';
import { createSync } from '../../core/sync/sync.ts';
import type { Stage } from '../support/stage.ts';

export interface Reconciler {
  run(): Promise<ReconcileReport>;
  close(): void;
}

export function reconcilerOn(stage: Stage): Reconciler {
  const { env, poolId, stripe, cognito, wires } = stage;
  const usersTable = env['USERS_TABLE'] ?? '';
  const entitlementsTable = env['ENTITLEMENTS_TABLE'] ?? '';
  const database = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: wires.dynamodb.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const client = DynamoDBDocumentClient.from(database);
  const stores = {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore({ client, tableName: entitlementsTable, clock }),
  };
  const keys = async (TableName: string, name: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      found.push(...Items.map((item) => String(item[name])));
    }
    return found;
  };
  const sweep: Sweep = {
    async *profiles() {
      for (const key of await keys(usersTable, 'userId')) {
        const profile = await stores.profiles.read(key);
        if (profile !== undefined) yield profile;
      }
    },
    async *entitlements() {
      for (const key of await keys(entitlementsTable, 'cognito_sub')) {
        const row = await stores.entitlements.read(key);
        if (row !== undefined) yield row;
      }
    },
    async *reversals() {
      for await (const { charge } of stripe.refunds.list({ limit: 100, expand: ['data.charge'] })) {
        const customer = typeof charge === 'object' ? charge?.customer : null;
        if (typeof customer === 'string') yield { customerId: customer };
      }
    },
    async *customers() {
      for await (const { id, metadata } of stripe.customers.list({ limit: 100 })) {
        yield { id, sub: metadata['cognito_sub'] ?? metadata['cognito_user_id'] ?? null };
      }
    },
  };
  const users = {
    exists: async (sub: string) => {
      const { Users = [] } = await cognito.send(
        new ListUsersCommand({ UserPoolId: poolId, Filter: `sub = "${sub}"` }),
      );
      return Users.length > 0;
    },
  };
  const directory = {
    deleteUser: async (username: string) => {
      await cognito.send(new AdminDeleteUserCommand({ UserPoolId: poolId, Username: username }));
    },
  };
  const log = createLog({}, () => {});
  const billing = createBilling({ stripe, elapsedMs: () => performance.now() });
  const services = { ...stores, billing, clock, log };
  return {
    run: createReconcile({
      ...services,
      poolId,
      sweep,
      users,
      sync: createSync({ ...services, owners: createOwnerCache(), random: Math.random }),
      deleteAccount: createDeleteAccount({ ...services, directory }),
    }),
    close: () => database.destroy(),
  };
}
