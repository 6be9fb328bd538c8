/** Finds the subscriptions in stores that go on after an account is deleted: no server can end them, only their user. */
import { claimsOf, mayContinue } from '../entitlement/claims.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { writtenPayer } from '../entitlement/written-payer.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { PurchaseReader, Store } from './purchase.ts';
import { customerNotInProject, ofStores } from './sync-stores.ts';

export interface ContinuingBilling {
  readonly source: Exclude<Store, 'promotional'> | null;
  /** Where the user ends it. */
  readonly manageUrl: string | null;
  /** The end of the paid time, in Unix seconds. The store bills again then. */
  readonly until: number | null;
}

/**
 * Who says what goes on: RevenueCat now; the row, which shows what RevenueCat said last; or no one, because an earlier attempt
 * has deleted the row.
 */
export type BillingKnowledge = 'current' | 'last_known' | 'unknown';

export interface StoreBilling {
  readonly continues: readonly ContinuingBilling[];
  readonly known: BillingKnowledge;
  /** Why RevenueCat did not say it. */
  readonly failure: { readonly cause: unknown } | null;
  /** Whether the row shows a purchase that RevenueCat has not confirmed. */
  readonly expected: boolean;
}

export interface ContinuingBillingServices {
  readonly stores: PurchaseReader | null;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

/** What is left of the deletion's time is for Stripe and Cognito. */
const LIMIT_MS = 8_000;

const none: StoreBilling = { continues: [], known: 'current', failure: null, expected: false };

/** Reads RevenueCat, or the row while that does not answer. Never fails because of RevenueCat: a deletion does not wait for it. */
export async function readContinuingBilling(
  services: ContinuingBillingServices,
  sub: string,
): Promise<StoreBilling> {
  const { stores, clock, entitlements, log } = services;
  if (stores === null) return none;
  try {
    const { known, purchases } = await clock.within(LIMIT_MS, () => stores.readPurchases(sub));
    if (!known) return await ofUnknown(services, sub);
    const continuing = purchases.filter(({ billsAgain }) => billsAgain);
    const continues = continuing.map(({ store, manageUrl, until }) => {
      return { source: billed(store), manageUrl, until };
    });
    return { ...none, continues };
  } catch (cause) {
    log.warn(
      'RevenueCat did not answer; the row shows which stores go on billing.',
      { metric: 'stores_unread', user_id: sub },
      cause,
    );
    return lastKnown(services, await entitlements.read(sub), cause);
  }
}

/** Most users have never bought in a store. One whose row shows a purchase is known to the project that reported it. */
async function ofUnknown(services: ContinuingBillingServices, sub: string): Promise<StoreBilling> {
  const row = await services.entitlements.read(sub);
  if (ofStores(row).length === 0) return billingOfWriters(services, row);
  return lastKnown(services, row, customerNotInProject('list subscriptions'));
}

function lastKnown(
  services: Pick<ContinuingBillingServices, 'clock'>,
  row: EntitlementRow | undefined,
  cause: unknown,
): StoreBilling {
  const claims = ofStores(row);
  const shown = claims.flatMap(({ origin, currentPeriodEnd }) => {
    if (origin?.continues !== true) return [];
    return [{ source: billed(origin.store), manageUrl: origin.manageUrl, until: currentPeriodEnd }];
  });
  return {
    continues: [...shown, ...billingOfWriters(services, row).continues],
    known: row === undefined ? 'unknown' : 'last_known',
    failure: { cause },
    expected: claims.length > 0,
  };
}

/** What other code has written about a purchase in a store, where RevenueCat is not asked or does not know the user. */
export function billingOfWriters(
  { clock }: Pick<ContinuingBillingServices, 'clock'>,
  row: EntitlementRow | undefined,
): StoreBilling {
  if (row === undefined) return none;
  const continues = claimsOf(row).flatMap((claim) => {
    const payer = writtenPayer(claim, row);
    if (payer === undefined || !mayContinue(claim, nowSeconds(clock))) return [];
    return [{ source: payer.store, manageUrl: payer.manageUrl, until: claim.currentPeriodEnd }];
  });
  return continues.length === 0 ? none : { ...none, continues, known: 'last_known' };
}

function billed(store: Store | null): ContinuingBilling['source'] {
  return store === 'promotional' ? null : store;
}
