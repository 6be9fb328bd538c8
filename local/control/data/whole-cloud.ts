/** Saves and replaces the state of every system of the cloud. */
import type { LocalCognito } from '../../cognito/open.ts';
import { isJsonObject } from '../../http/body.ts';
import type { LocalRevenueCat } from '../../revenuecat/start.ts';
import type { LocalStripe } from '../../stripe/start.ts';
import type { SystemClients } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';
import { deleteItems, putItems, scanItems } from './table-io.ts';

export interface WholeCloud {
  readonly clients: Pick<SystemClients, 'dynamodb'>;
  readonly cognito: Pick<LocalCognito, 'saveAll' | 'loadAll'>;
  readonly stripe: Pick<LocalStripe, 'takeSnapshot' | 'restoreSnapshot' | 'reset'>;
  readonly revenuecat: Pick<LocalRevenueCat, 'takeSnapshot' | 'restoreSnapshot' | 'reset'>;
  /** The tables by what they hold, whatever they are called here. */
  readonly tables: Readonly<
    Record<'users' | 'entitlements', { readonly name: string; readonly key: string }>
  >;
}

export const systemNames = ['cognito', 'dynamodb', 'stripe', 'revenuecat'] as const;

/** Nothing must write at the same time. */
export async function saveSystems({
  clients,
  cognito,
  stripe,
  revenuecat,
  tables,
}: WholeCloud): Promise<JsonRecord> {
  const [users, entitlements, pool] = await Promise.all([
    scanItems(clients, tables.users.name),
    scanItems(clients, tables.entitlements.name),
    cognito.saveAll(),
  ]);
  return {
    cognito: pool,
    dynamodb: { users, entitlements },
    stripe: stripe.takeSnapshot(),
    revenuecat: revenuecat.takeSnapshot(),
  };
}

/** Nothing must write at the same time. Throws an error if a system cannot read what is there for it; some are replaced then. */
export async function loadSystems(cloud: WholeCloud, systems: JsonRecord): Promise<void> {
  const { cognito, stripe, revenuecat } = cloud;
  // Webhooks of the former state must not write into the next one, and those of the next one must find it whole.
  stripe.reset();
  revenuecat.reset();
  await cognito.loadAll(systems['cognito']);
  const items = isJsonObject(systems['dynamodb']) ? systems['dynamodb'] : {};
  for (const holds of ['users', 'entitlements'] as const) {
    await replaceItems(
      cloud,
      holds,
      Array.isArray(items[holds]) ? (items[holds] as readonly JsonRecord[]) : [],
    );
  }
  // RevenueCat follows Stripe's clock.
  stripe.restoreSnapshot(systems['stripe']);
  revenuecat.restoreSnapshot(systems['revenuecat']);
}

async function replaceItems(
  { clients, tables }: WholeCloud,
  holds: 'users' | 'entitlements',
  items: readonly JsonRecord[],
): Promise<void> {
  const { name, key } = tables[holds];
  const present = await scanItems(clients, name);
  await deleteItems(
    clients,
    name,
    present.map((item) => ({ [key]: item[key] })),
  );
  await putItems(clients, name, items);
}
