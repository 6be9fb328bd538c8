/** Keeps a Stripe client until its key changes. A key can be rotated while the process runs. */
import type { Secret } from '../system/secret.ts';
import type { StripeApi } from './api.ts';
import { type Billing, createBilling } from './billing.ts';
import { connectToStripe, createStripe, type StripeLimits } from './client.ts';
import { isLiveKey } from './mode.ts';

export interface StripeAccess {
  readonly apiKey: Secret;
  readonly base: URL | undefined;
  readonly limits: StripeLimits;
  /** Whether to connect to Stripe now, and not with the first request. */
  readonly opensEarly?: true;
}

export interface KeyedBilling {
  readonly stripe: StripeApi;
  readonly billing: Billing;
  /** Whether the key is a live-mode key. */
  readonly livemode: boolean;
}

export function billingWithKey(access: StripeAccess): () => Promise<KeyedBilling> {
  const { apiKey, base, limits, opensEarly = false } = access;
  const connection = connectToStripe(base, { opensEarly });
  let current: (KeyedBilling & { readonly key: string }) | undefined;
  return async () => {
    const key = await apiKey.read();
    if (current?.key !== key) {
      const stripe = createStripe(key, base, { ...limits, connection, freshKey: () => apiKey.reread() });
      const billing = createBilling({ stripe, elapsedMs: () => performance.now() });
      current = { key, stripe, billing, livemode: isLiveKey(key) };
    }
    return current;
  };
}
