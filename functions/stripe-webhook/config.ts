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

/** Without a secret, no signature is valid. */
const noSecret = { kind: 'value', value: '' } as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const queueArn = reader.optional('STRIPE_EVENT_QUEUE_ARN', readQueueArn) ?? null;
  const hasSecret = ['STRIPE_WEBHOOK_SECRET', 'STRIPE_WEBHOOK_SECRET_SECRET_ARN'].some(
    (name) => reader.raw(name) !== undefined,
  );
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no checkout is proven to be of this stage, so none is canceled. Access does not depend on it. */
    poolId: readPoolId(reader),
    planOrder: readPlanOrder(reader),
    /** Behind a queue, another function verifies the signatures. */
    webhookSecrets:
      hasSecret || queueArn === null ? readSecretSource(reader, 'STRIPE_WEBHOOK_SECRET') : noSecret,
    /** Null: events come only through the API, with a signature. */
    sources: {
      eventSource: reader.optional('STRIPE_EVENT_SOURCE', readEventSource) ?? null,
      queueArn,
    },
  });
}
