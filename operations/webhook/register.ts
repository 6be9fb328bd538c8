/** Registers the webhook: Stripe's endpoint and the stored secret, in an order from which any crash can be recovered. */
import { Stripe } from 'stripe';
import { subscribedEventTypes } from '../../contract/stripe-events.ts';
import type { SecretStore } from './secret-store.ts';
import { FINGERPRINT, fingerprintOf, replaceableSecrets } from './secrets.ts';
import {
  type KnownEndpoint,
  registrationSteps,
  type Step,
  type StoredSecret,
  type WebhookCommand,
} from './steps.ts';

export interface Registration {
  readonly stripe: Stripe;
  readonly store: SecretStore;
  readonly secretName: string;
  /** The full URL of the webhook. */
  readonly url: string;
  readonly stage: string;
}

const MAX_ENDPOINTS = 100;

/** Runs the command and returns its steps. With `dryRun`, it only returns the steps. */
export async function register(
  registration: Registration,
  command: WebhookCommand,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly Step[]> {
  const { stripe, store, secretName, url } = registration;
  const listed = await stripe.webhookEndpoints.list({ limit: MAX_ENDPOINTS });
  const stored = storedSecretsIn(await store.read(secretName));
  const steps = registrationSteps(command, listed.data.map(toKnownEndpoint), {
    url,
    stored,
    events: subscribedEventTypes,
  });
  if (!dryRun) for (const step of steps) await runStep(registration, step);
  return steps;
}

async function runStep(registration: Registration, step: Step): Promise<void> {
  const { stripe, store, secretName, url } = registration;
  const enabled_events = [...subscribedEventTypes];
  switch (step.kind) {
    case 'create':
      return create(registration);
    case 'update':
      await stripe.webhookEndpoints.update(step.id, { url, enabled_events, disabled: false });
      return undefined;
    case 'delete':
      await stripe.webhookEndpoints.del(step.id);
      return undefined;
    default: {
      const stored = storedSecretsIn(await store.read(secretName));
      const kept = stored.filter(({ fingerprint }) => step.fingerprints.includes(fingerprint));
      return store.write(secretName, kept.map(({ value }) => value).join(','));
    }
  }
}

/**
 * Creates an endpoint. Stripe returns its secret only in this response, so the secret is stored first, and its
 * fingerprint is written to the endpoint last. An endpoint without a fingerprint may have lost its secret, so the next
 * run replaces it. Deliveries in between are rejected, and Stripe retries them.
 */
async function create({ stripe, store, secretName, url, stage }: Registration): Promise<void> {
  const endpoint = await stripe.webhookEndpoints.create({
    url,
    enabled_events: [...subscribedEventTypes],
    api_version: Stripe.API_VERSION,
    description: `Predixa Auth & Billing, ${stage}`,
  });
  const { id, secret = '' } = endpoint;
  const stored = storedSecretsIn(await store.read(secretName)).map(({ value }) => value);
  await store.write(secretName, [secret, ...stored].join(','));
  await stripe.webhookEndpoints.update(id, { metadata: { [FINGERPRINT]: fingerprintOf(secret) } });
}

function toKnownEndpoint({
  id,
  url,
  status,
  enabled_events,
  created,
  metadata,
}: Stripe.WebhookEndpoint): KnownEndpoint {
  return {
    id,
    url,
    enabled: status === 'enabled',
    enabledEvents: enabled_events,
    createdAt: created,
    fingerprint: metadata[FINGERPRINT] ?? null,
  };
}

function storedSecretsIn(text: string | undefined): readonly StoredSecret[] {
  const values = replaceableSecrets('STRIPE_WEBHOOK_SECRET', text);
  return values.map((value) => ({ value, fingerprint: fingerprintOf(value) }));
}
