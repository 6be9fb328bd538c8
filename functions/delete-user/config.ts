/** The environment of `delete-user`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { noRefund, readRefundPolicy } from '../../core/refund/policy.ts';
import {
  readOrigins,
  readRequiredPoolId,
  readStores,
  readStripe,
  readTables,
  storesEnvironment,
  stripeEnvironment,
} from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'COGNITO_USER_POOL_ID',
  ...storesEnvironment,
  'DELETION_REFUND',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    stores: readStores(reader),
    poolId: readRequiredPoolId(reader),
    refundPolicy: reader.word('DELETION_REFUND', readRefundPolicy) ?? noRefund,
  });
}
