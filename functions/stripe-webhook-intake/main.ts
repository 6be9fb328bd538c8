/** Composition root of `stripe-webhook-intake`. */
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createEventQueue } from '../../adapters/sqs/event-queue.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const services = once(() => {
  const { webhookSecrets, queueUrl } = readConfig(process.env);
  return {
    webhookSecrets: createSecret(webhookSecrets, { fetch: fetchSecret, clock }),
    queue: createEventQueue({ queueUrl, limits: { timeoutMs: 2_000, maxAttempts: 3, totalMs: 5_000 } }),
  };
});

export const handler = createHandler({ clock, services });
