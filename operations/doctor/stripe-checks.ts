/** Checks of what stands at Stripe: the key, the webhook endpoint and its events, the prices on offer. */
import { Stripe } from 'stripe';
import { createStripe } from '../../adapters/stripe/client.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import { FINGERPRINT, fingerprintOf, secretsIn } from '../webhook/secrets.ts';
import type { Check, Problem } from './finding.ts';
import type { Fixes, Installation } from './installation.ts';
import { environmentOf } from './systems-checks.ts';

const limits = { timeoutMs: 10_000, maxNetworkRetries: 1 } as const;

function stripeWith(key: string, values: Environment): Stripe {
  const base = values['STRIPE_API_BASE'];
  return createStripe(key, base === undefined || base === '' ? undefined : new URL(base), limits);
}

/** With the key of the installation; `undefined` where there is none, which its own check tells. */
async function stripeOf(
  installation: Installation,
  values: Environment | undefined,
): Promise<Stripe | undefined> {
  const key = values === undefined ? undefined : await installation.secret(values, 'STRIPE_API_KEY');
  return values === undefined || !key ? undefined : stripeWith(key, values);
}

export const stripeKey: Check = {
  name: 'stripe key',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    // A function, or a variable, that is not there is told as that.
    if (!values?.['STRIPE_API_KEY'] && !values?.['STRIPE_API_KEY_SECRET_ARN']) return [];
    const { setApiKey, createApiKey, widenApiKey } = installation.fixes;
    const key = await installation.secret(values, 'STRIPE_API_KEY');
    if (key === undefined || key === '') {
      return [{ what: 'there is no Stripe API key', fix: key === '' ? setApiKey : createApiKey }];
    }
    if (!/^(?:sk|rk)_(?:test|live)_/.test(key)) {
      const kind = key.startsWith('pk_') ? 'a publishable one, for browsers' : 'not a Stripe key';
      const what = `the Stripe API key is ${kind}: a secret or restricted one is due`;
      return [{ what, fix: setApiKey }];
    }
    const refused = await forbiddenReads(stripeWith(key, values), key.startsWith('rk_'));
    if (refused === 'everything')
      return [{ what: 'Stripe refuses the API key: it was rolled or deleted', fix: setApiKey }];
    if (refused.length === 0) return [];
    return [{ what: `the restricted Stripe API key may not read ${refused.join(', ')}`, fix: widenApiKey }];
  },
};

/** What a restricted key must at least be allowed to read; a secret key may read all. */
async function forbiddenReads(
  stripe: Stripe,
  restricted: boolean,
): Promise<readonly string[] | 'everything'> {
  const limit = { limit: 1 };
  const reads = {
    customers: () => stripe.customers.list(limit),
    subscriptions: () => stripe.subscriptions.list(limit),
    'checkout sessions': () => stripe.checkout.sessions.list(limit),
    prices: () => stripe.prices.list(limit),
    charges: () => stripe.charges.list(limit),
    events: () => stripe.events.list(limit),
  };
  const asked = Object.entries(reads).slice(0, restricted ? undefined : 1);
  const answers = await Promise.all(
    asked.map(async ([what, read]) => ({ what, answer: await orKeyError<unknown>(read()) })),
  );
  if (answers.some(({ answer }) => answer === 'refused')) return 'everything';
  return answers.filter(({ answer }) => answer === 'forbidden').map(({ what }) => what);
}

/** Stripe's answer to a question that the key may not ask is the key's affair. */
async function orKeyError<T>(asked: Promise<T>): Promise<T | 'refused' | 'forbidden'> {
  return asked.catch((cause: unknown) => {
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
      const what = 'the restricted Stripe API key may not read webhook endpoints: nobody can tell';
      return [{ what, fix: installation.fixes.widenApiKey }];
    }
    const stored = secretsIn(await installation.secret(values, 'STRIPE_WEBHOOK_SECRET'));
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
  const noteOn = ({ metadata }: Stripe.WebhookEndpoint) => metadata[FINGERPRINT];
  const ours = all.filter((one) => one.url === url);
  const moved = all.filter((one) => one.url !== url && known.has(noteOn(one) ?? ''));
  const elsewhere = moved.map((one) => ({
    what: `the webhook endpoint ${one.id} sends to ${one.url}, and not to this API`,
    fix,
  }));
  const [first] = ours;
  if (first === undefined) {
    return moved.length > 0 ? elsewhere : [{ what: 'Stripe has no webhook endpoint for this API', fix }];
  }
  const enabled = ours.filter(({ status }) => status === 'enabled');
  if (enabled.length === 0)
    return [{ what: `the webhook endpoint ${first.id} is disabled`, fix }, ...elsewhere];
  const lost = enabled.filter((one) => noteOn(one) !== undefined && !known.has(noteOn(one) ?? ''));
  const heard = new Set(enabled.flatMap(({ enabled_events }) => enabled_events));
  const unheard = heard.has('*') ? [] : handledEventTypes.filter((type) => !heard.has(type));
  return [
    ...elsewhere,
    ...lost.map(({ id }) => ({ what: `the secret of the webhook endpoint ${id} is not stored`, fix })),
    ...(enabled.length - lost.length <= 1
      ? []
      : [
          {
            what: `${enabled.length} endpoints send to this API: a roll is not finished`,
            fix: fixes.finishRoll,
          },
        ]),
    ...(unheard.length === 0
      ? []
      : [{ what: `the webhook endpoint is not sent ${unheard.join(', ')}`, fix }]),
  ];
}

export const prices: Check = {
  name: 'prices',
  run: async (installation) => {
    const values = await environmentOf(installation, 'checkout');
    const stripe = await stripeOf(installation, values);
    const offered = (values?.['CHECKOUT_PRICES'] ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    if (stripe === undefined || offered.length === 0) return [];
    const keys = offered.filter((one) => !one.startsWith('price_'));
    const ids = offered.filter((one) => one.startsWith('price_'));
    const byKey = keys.length === 0 ? [] : await orKeyError(listed(stripe, keys));
    const byId = await orKeyError(Promise.all(ids.map((id) => isActive(stripe, id))));
    // What the key may not ask, its own check tells.
    if (typeof byKey === 'string' || typeof byId === 'string') return [];
    const unknown = [
      ...keys.filter((key) => !byKey.includes(key)),
      ...ids.filter((_, index) => !byId[index]),
    ];
    return unknown.map((one) => ({
      what: `Stripe sells nothing as ${one}: no active price has it as id or lookup key`,
      fix: installation.fixes.configure,
    }));
  },
};

async function listed(stripe: Stripe, lookup_keys: string[]): Promise<readonly (string | null)[]> {
  const { data } = await stripe.prices.list({ lookup_keys, active: true, limit: 100 });
  return data.map((price) => price.lookup_key);
}

async function isActive(stripe: Stripe, id: string): Promise<boolean> {
  try {
    return (await stripe.prices.retrieve(id)).active;
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeInvalidRequestError) return false;
    throw cause;
  }
}

const DAY_SECONDS = 86_400;

export const undelivered: Check = {
  name: 'deliveries',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    const stripe = await stripeOf(installation, values);
    if (stripe === undefined) return [];
    const types = [...handledEventTypes];
    // Stripe repeats a delivery for three days. What is older waits no longer, and stays listed for thirty.
    const created = { gt: Math.floor(Date.now() / 1_000) - 3 * DAY_SECONDS };
    const answer = await orKeyError(
      stripe.events.list({ delivery_success: false, types, created, limit: 100 }),
    );
    if (typeof answer === 'string' || answer.data.length === 0) return [];
    const count = answer.has_more ? 'More than 100' : String(answer.data.length);
    const what = `${count} events of the last three days have not been taken by an endpoint`;
    return [{ what, fix: installation.fixes.reconcile }];
  },
};

export const trialKey: Check = {
  name: 'trial key',
  run: async (installation) => {
    const values = await environmentOf(installation, 'checkout');
    if (!values?.['TRIAL_HASH_KEY'] && !values?.['TRIAL_HASH_KEY_SECRET_ARN']) return [];
    if (await installation.secret(values, 'TRIAL_HASH_KEY')) return [];
    const what = 'there is no key by which trials are remembered: no checkout opens';
    return [{ what, fix: installation.fixes.createTrialKey }];
  },
};
