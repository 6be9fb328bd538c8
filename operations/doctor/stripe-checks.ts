/** Checks of what stands at Stripe: the key, the webhook endpoint and its events, the prices on offer. */
import { Stripe } from 'stripe';
import { createStripe } from '../../adapters/stripe/client.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { handledEventTypes } from '../../contract/stripe-events.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { environmentOf } from './systems-checks.ts';

const LIMITS = { timeoutMs: 10_000, maxNetworkRetries: 1 } as const;

/** With the key of the installation; `undefined` where there is none, which its own check tells. */
async function stripeOf(installation: Installation, values: Environment): Promise<Stripe | undefined> {
  const key = await installation.secret(values, 'STRIPE_API_KEY');
  if (key === undefined || key === '') return undefined;
  const base = values['STRIPE_API_BASE'];
  return createStripe(key, base === undefined || base === '' ? undefined : new URL(base), LIMITS);
}

export const stripeKey: Check = {
  name: 'stripe key',
  run: async (installation) => {
    const values = await environmentOf(installation, 'stripe-webhook');
    const key = await installation.secret(values, 'STRIPE_API_KEY');
    const mend = installation.mends.setApiKey;
    if (key === undefined || key === '') return [{ what: 'there is no Stripe API key', mend }];
    if (!/^(?:sk|rk)_(?:test|live)_/.test(key)) {
      const kind = key.startsWith('pk_') ? 'a publishable one, for browsers' : 'none that Stripe gives out';
      return [{ what: `the Stripe API key is ${kind}: a secret or restricted one is due`, mend }];
    }
    const stripe = await stripeOf(installation, values);
    try {
      await stripe?.customers.list({ limit: 1 });
      return [];
    } catch (cause) {
      if (cause instanceof Stripe.errors.StripeAuthenticationError) {
        return [{ what: 'Stripe refuses the API key: it was rolled or deleted', mend }];
      }
      if (cause instanceof Stripe.errors.StripePermissionError) {
        return [{ what: 'the restricted Stripe API key may not read customers', mend }];
      }
      throw cause;
    }
  },
};

/** Stripe's answer to a question that the key may not ask is the key's affair. */
async function withKey<T>(asked: Promise<T>): Promise<T | 'refused'> {
  return asked.catch((cause: unknown) => {
    if (cause instanceof Stripe.errors.StripeAuthenticationError) return 'refused' as const;
    throw cause;
  });
}

export const endpoint: Check = {
  name: 'webhook endpoint',
  run: async (installation) => {
    const stripe = await stripeOf(installation, await environmentOf(installation, 'stripe-webhook'));
    if (stripe === undefined) return [];
    const url = `${await installation.apiUrl()}/stripe/webhook`;
    const listed = await withKey(stripe.webhookEndpoints.list({ limit: 100 }));
    return listed === 'refused'
      ? []
      : judgeEndpoints(
          installation,
          listed.data.filter((one) => one.url === url),
        );
  },
};

function judgeEndpoints(
  { mends }: Installation,
  ours: readonly Stripe.WebhookEndpoint[],
): readonly Problem[] {
  const [first] = ours;
  if (first === undefined)
    return [{ what: 'Stripe has no webhook endpoint for this API', mend: mends.registerWebhook }];
  const enabled = ours.filter(({ status }) => status === 'enabled');
  if (enabled.length === 0) {
    return [{ what: `the webhook endpoint ${first.id} is disabled`, mend: mends.registerWebhook }];
  }
  const heard = new Set(enabled.flatMap(({ enabled_events }) => enabled_events));
  const unheard = heard.has('*') ? [] : handledEventTypes.filter((type) => !heard.has(type));
  return [
    ...(enabled.length === 1
      ? []
      : [
          {
            what: `${enabled.length} endpoints send to this API: a roll is not finished`,
            mend: `${mends.registerWebhook} --finish`,
          },
        ]),
    ...(unheard.length === 0
      ? []
      : [{ what: `the webhook endpoint is not sent ${unheard.join(', ')}`, mend: mends.registerWebhook }]),
  ];
}

export const prices: Check = {
  name: 'prices',
  run: async (installation) => {
    const values = await environmentOf(installation, 'checkout');
    const stripe = await stripeOf(installation, values);
    const offered = (values['CHECKOUT_PRICES'] ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
    if (stripe === undefined || offered.length === 0) return [];
    const keys = offered.filter((one) => !one.startsWith('price_'));
    const ids = offered.filter((one) => one.startsWith('price_'));
    const byKey = keys.length === 0 ? [] : await withKey(listed(stripe, keys));
    const byId = await withKey(Promise.all(ids.map((id) => isActive(stripe, id))));
    if (byKey === 'refused' || byId === 'refused') return [];
    const unknown = [
      ...keys.filter((key) => !byKey.includes(key)),
      ...ids.filter((_, index) => !byId[index]),
    ];
    return unknown.map((one) => ({
      what: `Stripe sells nothing as ${one}: no active price has it as id or lookup key`,
      mend: installation.mends.configure,
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

export const undelivered: Check = {
  name: 'deliveries',
  run: async (installation) => {
    const stripe = await stripeOf(installation, await environmentOf(installation, 'stripe-webhook'));
    if (stripe === undefined) return [];
    const types = [...handledEventTypes];
    const answer = await withKey(stripe.events.list({ delivery_success: false, types, limit: 100 }));
    if (answer === 'refused' || answer.data.length === 0) return [];
    const count = answer.has_more ? 'More than 100' : String(answer.data.length);
    return [
      {
        what: `${count} events have not been taken by an endpoint`,
        mend: 'npm run reconcile -- --part undelivered',
      },
    ];
  },
};
