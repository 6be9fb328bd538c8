/** The environment of `revenuecat-webhook`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readStores, readTables, storesEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...storesEnvironment,
  'REVENUECAT_WEBHOOK_SECRET',
  'REVENUECAT_WEBHOOK_SECRET_SECRET_ARN',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const stores = readStores(reader);
  if (stores === null) reader.missing('REVENUECAT_PROJECT_ID');
  return reader.done({
    ...readTables(reader),
    stores,
    webhookSecrets: readSecretSource(reader, 'REVENUECAT_WEBHOOK_SECRET'),
  });
}
