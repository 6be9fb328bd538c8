/** Checkout, the billing portal and the user's own sync, as the simulation runs them. */
import { createHash } from 'node:crypto';
import type { DeletionServices } from '../core/account/delete-account.ts';
import type { ProfileStore } from '../core/account/profile.ts';
import { createProvision } from '../core/account/provision.ts';
import { type CheckoutOutcome, createCheckout } from '../core/checkout/checkout.ts';
import type { CheckoutSessions } from '../core/checkout/sessions.ts';
import type { TrialStore } from '../core/checkout/trial-claim.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import type { EntitlementStore } from '../core/entitlement/row.ts';
import { createPortal, type PortalOutcome, type PortalSessions } from '../core/portal/portal.ts';
import type { createSync } from '../core/sync/sync.ts';
import { createSyncOwn, type OwnSyncOutcome } from '../core/sync/sync-own.ts';
import type { Log } from '../core/system/log.ts';
import type { Invocation, InvocationResult } from './engine/invocation.ts';
import type { User } from './world.ts';
import type { Billing } from './worlds/billing.ts';
import type { Directory } from './worlds/cognito.ts';

/** What these functions call in one invocation. */
export interface PurchaseSystems {
  readonly billing: Billing;
  readonly entitlements: EntitlementStore;
  readonly profiles: ProfileStore;
  readonly directory: Directory;
  readonly sessions: CheckoutSessions;
  readonly trials: TrialStore;
  readonly portal: PortalSessions;
  /** Null: the installation has no app in a store. */
  readonly stores: DeletionServices['stores'];
  readonly clock: Invocation['clock'];
}

export interface PurchaseFunctions {
  checkout(user: User, price: string): Promise<InvocationResult<CheckoutOutcome>>;
  openPortal(user: User): Promise<InvocationResult<PortalOutcome>>;
  syncOwn(user: User): Promise<InvocationResult<OwnSyncOutcome>>;
}

/** Runs one invocation, with the systems and the sync of that invocation. */
export type Run = <T>(
  options: { readonly name: string; readonly limitMs: number },
  work: (systems: PurchaseSystems, sync: ReturnType<typeof createSync>) => Promise<T>,
) => Promise<InvocationResult<T>>;

const policy = { renewalGraceSeconds: 72 * 3_600, rules: defaultRules, plans: {} };
const CHECKOUT_LIMIT_MS = 25_000;
const PORTAL_LIMIT_MS = 13_000;
const TRIAL_DAYS = 7;
const RETURN_URL = 'https://app.example.com';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export function purchaseFunctions(
  run: Run,
  {
    log,
    poolId,
    offersTrials,
  }: { readonly log: Log; readonly poolId: string; readonly offersTrials: boolean },
): PurchaseFunctions {
  return {
    checkout: ({ sub, username }, price) =>
      run({ name: `checkout of ${sub}`, limitMs: CHECKOUT_LIMIT_MS }, (systems) => {
        const { directory: users, trials } = systems;
        const provision = createProvision({ ...systems, poolId, users, log });
        const offers = offersTrials ? { days: TRIAL_DAYS, trials, hash } : null;
        const rules = { provision, trials: offers, hash, policy, syncStores: null };
        const checkout = createCheckout({ ...systems, users, ...rules, log });
        const order = { price, quantity: 1, promotion: false, successUrl: RETURN_URL, cancelUrl: RETURN_URL };
        return checkout({ sub, username }, order);
      }),
    openPortal: ({ sub }) =>
      run({ name: `portal of ${sub}`, limitMs: PORTAL_LIMIT_MS }, (systems) =>
        createPortal({ ...systems, log })(sub, { flow: null, returnUrl: RETURN_URL }),
      ),
    syncOwn: ({ sub }) =>
      run({ name: `own sync of ${sub}`, limitMs: CHECKOUT_LIMIT_MS }, (systems, sync) =>
        createSyncOwn({ ...systems, sync, syncStores: null })({ sub, requestId: null }),
      ),
  };
}
