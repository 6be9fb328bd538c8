/** Checkout, the billing portal and the user's own sync, as the simulation runs them. */
import { createHash } from 'node:crypto';
import type { CustomerIndex } from '../core/account/customer-index.ts';
import type { ProfileStore } from '../core/account/profile.ts';
import { createProvision } from '../core/account/provision.ts';
import type { DeletionChecks } from '../core/account/repeated-deletion.ts';
import type { CatalogueEntry, Listing } from '../core/catalogue/entry.ts';
import type { ChangeOrder, ChangeOutcome, createChange } from '../core/change/change.ts';
import { type CheckoutOutcome, createCheckout } from '../core/checkout/checkout.ts';
import { plainTerms } from '../core/checkout/sale-terms.ts';
import type { CheckoutSessions } from '../core/checkout/sessions.ts';
import type { SyncCustomer } from '../core/checkout/sync-unseen.ts';
import type { TrialStore } from '../core/checkout/trial-claim.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import type { EntitlementStore } from '../core/entitlement/row.ts';
import type { RequestCounter } from '../core/limits/request-limits.ts';
import { createPortal, type PortalOutcome, type PortalSessions } from '../core/portal/portal.ts';
import type { Wanted } from '../core/purchase/purchase.ts';
import type { SaleRecord } from '../core/purchase/sale-record.ts';
import type { SyncStores } from '../core/stores/sync-stores.ts';
import type { createSync } from '../core/sync/sync.ts';
import { createSyncOwn, type OwnSyncOutcome, ownSyncRequest } from '../core/sync/sync-own.ts';
import type { Log } from '../core/system/log.ts';
import { prices } from './actions/new-subscription.ts';
import type { Invocation, InvocationResult } from './engine/invocation.ts';
import type { User } from './world.ts';
import type { Billing } from './worlds/billing.ts';
import type { Changer } from './worlds/changes.ts';
import type { Directory } from './worlds/cognito.ts';
import type { Stores } from './worlds/stores.ts';

/** What these functions call in one invocation. */
export interface PurchaseSystems {
  readonly billing: Billing;
  readonly entitlements: EntitlementStore;
  readonly profiles: ProfileStore;
  readonly index: CustomerIndex;
  readonly directory: Directory;
  readonly sessions: CheckoutSessions;
  readonly trials: TrialStore;
  readonly sales: SaleRecord;
  readonly portal: PortalSessions;
  readonly subscriptions: Changer;
  readonly change: typeof createChange;
  readonly requests: RequestCounter;
  readonly checks: DeletionChecks;
  /** Null: the installation has no app in a store. */
  readonly stores: Stores | null;
  readonly clock: Invocation['clock'];
}

export interface ClickedOrder extends Wanted {
  readonly price: string;
}

export interface PurchaseFunctions {
  /** Calls `onStoresSynced` once the checkout has written what RevenueCat says. */
  checkout(
    user: User,
    order: ClickedOrder,
    onStoresSynced?: () => void,
  ): Promise<InvocationResult<CheckoutOutcome>>;
  /** Calls `onStart` with the number by which Stripe's log names the request. */
  changeSubscription(
    user: User,
    order: ChangeOrder,
    onStart: (by: number) => void,
  ): Promise<InvocationResult<ChangeOutcome>>;
  openPortal(user: User): Promise<InvocationResult<PortalOutcome>>;
  syncOwn(user: User): Promise<InvocationResult<OwnSyncOutcome>>;
}

/** The syncs of one invocation. That of stores is null if the installation has none. */
export interface Syncs {
  readonly sync: ReturnType<typeof createSync>;
  readonly syncStores: SyncStores | null;
}

/** The request id of every checkout, by which a mutant recognizes one. */
export const CHECKOUT_REQUEST = 'checkout';
const CHANGE_REQUEST = 'change';

/** Runs one invocation, with the systems and the syncs of that invocation. */
export type Run = <T>(
  options: { readonly name: string; readonly limitMs: number },
  work: (systems: PurchaseSystems, syncs: Syncs) => Promise<T>,
) => Promise<InvocationResult<T>>;

const policy = { renewalGraceSeconds: 72 * 3_600, rules: defaultRules, plans: {} };
const CHECKOUT_LIMIT_MS = 25_000;
const PORTAL_LIMIT_MS = 13_000;
const TRIAL_DAYS = 7;
const RETURN_URL = 'https://app.example.com';

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export function purchaseFunctions(
  run: Run,
  {
    log,
    poolId,
    offersTrials,
  }: { readonly log: Log; readonly poolId: string; readonly offersTrials: boolean },
): PurchaseFunctions {
  return {
    checkout: ({ sub, username }, { price, ...wanted }, onStoresSynced) =>
      run({ name: `checkout of ${sub}`, limitMs: CHECKOUT_LIMIT_MS }, (systems, { sync, syncStores }) => {
        const { directory: users, trials } = systems;
        const provision = createProvision({ ...systems, poolId, users, log });
        const offers = offersTrials ? { days: TRIAL_DAYS, trials, hash } : null;
        const reading = syncStores === null ? null : watched(syncStores, onStoresSynced);
        const cause = { kind: 'user', requestId: CHECKOUT_REQUEST } as const;
        const syncCustomer: SyncCustomer = (of) => sync(ownSyncRequest({ ...of, cause }));
        const rules = {
          provision,
          trials: offers,
          terms: plainTerms,
          hash,
          policy,
          syncStores: reading,
          syncCustomer,
        };
        const checkout = createCheckout({ ...systems, users, ...rules, log });
        const order = {
          price,
          quantity: 1,
          addOns: [],
          trialDays: null,
          ...wanted,
          promotion: false,
          locale: null,
          pages: { uiMode: 'hosted_page', successUrl: RETURN_URL, cancelUrl: RETURN_URL } as const,
        };
        return checkout({ sub, username }, order);
      }),
    changeSubscription: ({ sub }, order, onStart) =>
      run({ name: `change of ${sub}`, limitMs: CHECKOUT_LIMIT_MS }, (systems, { sync }) => {
        onStart(systems.subscriptions.by);
        const cause = { kind: 'user', requestId: CHANGE_REQUEST } as const;
        const syncCustomer = (of: { readonly sub: string; readonly customerId: string }) =>
          sync(ownSyncRequest({ ...of, cause }));
        return systems.change({ ...systems, poolId, policy, hash, catalogue, syncCustomer, log })(sub, order);
      }),
    openPortal: ({ sub }) =>
      run({ name: `portal of ${sub}`, limitMs: PORTAL_LIMIT_MS }, (systems) =>
        createPortal({ ...systems, log })(sub, { flow: null, returnUrl: RETURN_URL }),
      ),
    syncOwn: ({ sub }) =>
      run({ name: `own sync of ${sub}`, limitMs: CHECKOUT_LIMIT_MS }, (systems, syncs) =>
        createSyncOwn({ ...systems, ...syncs })({ sub, requestId: null }),
      ),
  };
}

const catalogue: ReadonlyMap<string, Listing> = new Map(
  prices.map((id) => {
    const entry: CatalogueEntry = {
      id,
      lookupKey: null,
      productId: null,
      currency: 'eur',
      recurring: { interval: 'month', interval_count: 1 },
      metered: false,
      unitAmount: null,
      taxBehavior: 'unspecified',
      role: null,
      trialDays: null,
      access: null,
      features: [],
    };
    return [id, { kind: 'sold', entry }];
  }),
);

function watched(syncStores: SyncStores, onSynced: () => void = () => {}) {
  return async (sub: string) => {
    const outcome = await syncStores({ sub, cause: { kind: 'user', requestId: CHECKOUT_REQUEST } });
    if (outcome.kind !== 'no_such_user') onSynced();
  };
}
