/** Checks the Stripe side: the key, the webhook endpoint and its events, and the prices. */
import { Stripe } from 'stripe';
import type { Environment } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import { handledEventTypes, noticeEventTypes } from '../../contract/stripe-events.ts';
import { readRefundPolicy } from '../../core/refund/policy.ts';
import { cleanText } from '../../core/settings/text.ts';
import { stripeLibrary } from '../cli/stripe-library.ts';
import { FINGERPRINT, fingerprintOf, secretsIn } from '../webhook/secrets.ts';
import type { Check, Problem } from './finding.ts';
import type { Fixes, Installation } from './installation.ts';
import { baseIn, usableSecret } from './settings.ts';
import { environmentOf, webhookFunctionOf } from './systems-checks.ts';

const limits = { timeoutMs: 10_000, maxNetworkRetries: 1 } as const;

function stripeWith(key: string, values: Environment): Stripe {
  return stripeLibrary(key, baseIn(values, 'STRIPE_API_BASE'), limits);
}

/** Returns a client with the installation's key, or `undefined` without one, which the key's own check reports. */
export async function stripeOf(
  installation: Installation,
  values: Environment | undefined,
): Promise<Stripe | undefined> {
  if (values === undefined) return undefined;
  const key = await usableSecret(installation, values, 'STRIPE_API_KEY');
  return key === undefined ? undefined : stripeWith(key, values);
}

export const stripeKey: Check = {
  name: 'stripe key',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    // The variables check reports a missing function or variable.
    if (!values?.['STRIPE_API_KEY'] && !values?.['STRIPE_API_KEY_SECRET_ARN']) return [];
    const { setApiKey, createApiKey, widenApiKey } = installation.fixes;
    const text = await installation.secret(values, 'STRIPE_API_KEY');
    if (text === undefined || text === '') {
      return [{ what: 'the Stripe API key is missing', fix: text === '' ? setApiKey : createApiKey }];
    }
    // The variables check reports a key of another kind.
    const key = await usableSecret(installation, values, 'STRIPE_API_KEY');
    if (key === undefined) return [];
    const policy = (await environmentOf(installation, 'delete-user'))?.['DELETION_REFUND'];
    const refused = await forbiddenReads(stripeWith(key, values), {
      restricted: key.startsWith('rk_'),
      refunds: isRefunding(policy),
    });
    if (refused === 'everything')
      return [{ what: 'Stripe rejects the API key: it was rotated or deleted', fix: setApiKey }];
    if (refused === 'expired') return [{ what: 'the Stripe API key has expired', fix: setApiKey }];
    if (refused.length === 0) return [];
    return [
      {
        what: `the restricted Stripe API key has no permission to read ${refused.join(', ')}`,
        fix: widenApiKey,
      },
    ];
  },
};

/** Whether the deletion of an account reads what was paid. The variables check reports a text that is no policy. */
function isRefunding(text: string | undefined): boolean {
  const reading = readRefundPolicy(cleanText(text ?? 'none'));
  return 'value' in reading && reading.value.kind !== 'none';
}

/** Returns what the key may not read. A secret key may read everything, so one read is enough to test it. */
async function forbiddenReads(
  stripe: Stripe,
  { restricted, refunds }: { readonly restricted: boolean; readonly refunds: boolean },
): Promise<readonly string[] | 'everything' | 'expired'> {
  const limit = { limit: 1 };
  const reads = {
    customers: () => stripe.customers.list(limit),
    subscriptions: () => stripe.subscriptions.list(limit),
    'subscription schedules': () => stripe.subscriptionSchedules.list(limit),
    'checkout sessions': () => stripe.checkout.sessions.list(limit),
    products: () => stripe.products.list(limit),
    prices: () => stripe.prices.list(limit),
    invoices: () => stripe.invoices.list(limit),
    'payment methods': () => stripe.paymentMethods.list(limit),
    'payment intents': () => stripe.paymentIntents.list(limit),
    'tax ids': () => permitted(stripe.customers.listTaxIds(NO_CUSTOMER, limit)),
    'the next invoice': () => permitted(stripe.invoices.createPreview({ customer: NO_CUSTOMER })),
    charges: () => stripe.charges.list(limit),
    events: () => stripe.events.list(limit),
    ...(refunds
      ? {
          invoices: () => stripe.invoices.list(limit),
          'invoice items': () => stripe.invoiceItems.list(limit),
          refunds: () => stripe.refunds.list(limit),
          disputes: () => stripe.disputes.list(limit),
        }
      : {}),
  };
  const tested = Object.entries(reads).slice(0, restricted ? undefined : 1);
  const results = await Promise.all(
    tested.map(async ([what, read]) => ({
      what,
      result: await orKeyError<unknown>(orExpired<unknown>(read())),
    })),
  );
  if (results.some(({ result }) => result === 'expired')) return 'expired';
  if (results.some(({ result }) => result === 'refused')) return 'everything';
  return results.filter(({ result }) => result === 'forbidden').map(({ what }) => what);
}

/** With it, nothing is read, created or counted: a key that has the permission gets `resource_missing`. */
const NO_CUSTOMER = 'cus_none';

async function permitted(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeInvalidRequestError)) throw cause;
  }
}

async function orExpired<T>(call: Promise<T>): Promise<T | 'expired'> {
  return call.catch((cause: unknown) => {
    if (cause instanceof Stripe.errors.StripeError && cause.code === 'api_key_expired') return 'expired';
    throw cause;
  });
}

/** Returns `refused` for an invalid key and `forbidden` for a missing permission, which the key's own check reports. */
export async function orKeyError<T>(call: Promise<T>): Promise<T | 'refused' | 'forbidden'> {
  return call.catch((cause: unknown) => {
    if (cause instanceof Stripe.errors.StripeAuthenticationError) return 'refused' as const;
    if (cause instanceof Stripe.errors.StripePermissionError) return 'forbidden' as const;
    throw cause;
  });
}

export const endpoint: Check = {
  name: 'webhook endpoint',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    const stripe = await stripeOf(installation, values);
    if (values === undefined || stripe === undefined) return [];
    const url = `${await installation.apiUrl()}/stripe/webhook`;
    const listed = await orKeyError(stripe.webhookEndpoints.list({ limit: 100 }));
    if (listed === 'refused') return [];
    if (listed === 'forbidden') {
      const what =
        'the restricted Stripe API key has no permission to read webhook endpoints, so this cannot be checked';
      return [{ what, fix: installation.fixes.widenApiKey }];
    }
    const receiver = (await environmentOf(installation, webhookFunctionOf(installation))) ?? values;
    const stored = secretsIn(await usableSecret(installation, receiver, 'STRIPE_WEBHOOK_SECRET'));
    const known = new Set(stored.map(fingerprintOf));
    return endpointProblems(listed.data, { url, known, fixes: installation.fixes });
  },
};

interface Expected {
  readonly url: string;
  /** Fingerprints of the stored secrets. */
  readonly known: ReadonlySet<string>;
  readonly fixes: Fixes;
}

function endpointProblems(
  all: readonly Stripe.WebhookEndpoint[],
  { url, known, fixes }: Expected,
): readonly Problem[] {
  const fix = fixes.registerWebhook;
  const fingerprintOn = ({ metadata }: Stripe.WebhookEndpoint) => metadata[FINGERPRINT];
  const ours = all.filter((endpoint) => endpoint.url === url);
  const moved = all.filter((endpoint) => endpoint.url !== url && known.has(fingerprintOn(endpoint) ?? ''));
  const elsewhere = moved.map((endpoint) => ({
    what: `the webhook endpoint ${endpoint.id} sends to ${endpoint.url} instead of this API`,
    fix,
  }));
  const [first] = ours;
  if (first === undefined) {
    return moved.length > 0 ? elsewhere : [{ what: 'Stripe has no webhook endpoint for this API', fix }];
  }
  const enabled = ours.filter(({ status }) => status === 'enabled');
  if (enabled.length === 0)
    return [{ what: `the webhook endpoint ${first.id} is disabled`, fix }, ...elsewhere];
  const lost = enabled.filter(
    (endpoint) => fingerprintOn(endpoint) !== undefined && !known.has(fingerprintOn(endpoint) ?? ''),
  );
  const subscribed = new Set(enabled.flatMap(({ enabled_events }) => enabled_events));
  const without = (types: readonly string[]) =>
    subscribed.has('*') ? [] : types.filter((type) => !subscribed.has(type));
  const unsubscribed = without(handledEventTypes);
  const unannounced = without(noticeEventTypes);
  return [
    ...elsewhere,
    ...lost.map(({ id }) => ({ what: `the secret of the webhook endpoint ${id} is not stored here`, fix })),
    ...(enabled.length - lost.length <= 1
      ? []
      : [
          {
            what: `${enabled.length} webhook endpoints send to this API: a secret rotation is not finished`,
            fix: fixes.finishRoll,
          },
        ]),
    ...(unsubscribed.length === 0
      ? []
      : [{ what: `the webhook endpoint is not subscribed to ${unsubscribed.join(', ')}`, fix }]),
    ...(unannounced.length === 0
      ? []
      : [
          {
            what: `apps do not see what ${unannounced.join(', ')} announce; access is not affected`,
            fix,
          },
        ]),
  ];
}

const DAY_SECONDS = 86_400;

export const undelivered: Check = {
  name: 'deliveries',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    const stripe = await stripeOf(installation, values);
    if (stripe === undefined) return [];
    const types = [...handledEventTypes];
    // Stripe retries a delivery for three days. Older events stay listed for thirty days but are not retried.
    const created = { gt: Math.floor(Date.now() / 1_000) - 3 * DAY_SECONDS };
    const events = await orKeyError(
      stripe.events.list({ delivery_success: false, types, created, limit: 100 }),
    );
    if (typeof events === 'string' || events.data.length === 0) return [];
    const count = events.has_more ? 'More than 100' : String(events.data.length);
    const what = `${count} undelivered ${count === '1' ? 'event' : 'events'} in the last three days`;
    return [{ what, fix: installation.fixes.reconcile }];
  },
};

export const trialKey: Check = {
  name: 'trial key',
  run: async (installation) => {
    const isMissing = async (name: FunctionName): Promise<boolean> => {
      const values = await environmentOf(installation, name);
      if (!values?.['TRIAL_HASH_KEY'] && !values?.['TRIAL_HASH_KEY_SECRET_ARN']) return false;
      return !(await installation.secret(values, 'TRIAL_HASH_KEY'));
    };
    const fix = installation.fixes.createTrialKey;
    const missing = 'the hash key of trial claims is missing';
    if (await isMissing('checkout')) return [{ what: `${missing}, so no checkout can open`, fix }];
    if (await isMissing('post-confirmation'))
      return [{ what: `${missing}, so no trial begins at sign-up`, fix }];
    return [];
  },
};
