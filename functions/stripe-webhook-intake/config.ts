/** The environment of `stripe-webhook-intake`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readQueueUrl, readRegion } from '../../core/settings/values.ts';

export const environment = [
  'AWS_REGION',
  'STRIPE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_SECRET_SECRET_ARN',
  'STRIPE_EVENT_QUEUE_URL',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION', readRegion);
  return reader.done({
    webhookSecrets: readSecretSource(reader, 'STRIPE_WEBHOOK_SECRET'),
    queueUrl: reader.required('STRIPE_EVENT_QUEUE_URL', readQueueUrl),
  });
}
