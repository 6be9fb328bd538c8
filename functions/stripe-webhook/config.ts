/** The environment of `stripe-webhook`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readEventSource, readQueueArn } from '../../core/settings/values.ts';
import { readPlanOrder, readPoolId, readStripe, readTables, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'STRIPE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_SECRET_SECRET_ARN',
  'COGNITO_USER_POOL_ID',
  'ACCESS_POLICY',
  'STRIPE_EVENT_SOURCE',
  'STRIPE_EVENT_QUEUE_ARN',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no checkout is proven to be of this stage, so none is canceled. Access does not depend on it. */
    poolId: readPoolId(reader),
    planOrder: readPlanOrder(reader),
    webhookSecrets: readSecretSource(reader, 'STRIPE_WEBHOOK_SECRET'),
    /** Null: events come only through the API, with a signature. */
    sources: {
      eventSource: reader.optional('STRIPE_EVENT_SOURCE', readEventSource) ?? null,
      queueArn: reader.optional('STRIPE_EVENT_QUEUE_ARN', readQueueArn) ?? null,
    },
  });
}
