/** The environment of `stripe-webhook`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readStripe, readTables } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_SECRET_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  'STRIPE_EVENT_SOURCE',
  'STRIPE_EVENT_QUEUE_ARN',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no checkout is proven to be of this stage, so none is canceled. Access does not depend on it. */
    poolId: reader.optional('COGNITO_USER_POOL_ID') ?? null,
    webhookSecrets: readSecretSource(reader, 'STRIPE_WEBHOOK_SECRET'),
    /** Null: events come only through the API, with a signature. */
    sources: {
      eventSource: reader.optional('STRIPE_EVENT_SOURCE') ?? null,
      queueArn: reader.optional('STRIPE_EVENT_QUEUE_ARN') ?? null,
    },
  });
}
