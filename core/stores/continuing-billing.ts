/** Finds the subscriptions in stores that go on after an account is deleted: no server can end them, only their user. */
import type { EntitlementStore } from '../entitlement/row.ts';
import type { Log } from '../system/log.ts';
import type { PurchaseReader, Store } from './purchase.ts';
import { ofStores } from './sync-stores.ts';

export interface ContinuingBilling {
  readonly source: Exclude<Store, 'promotional'> | null;
  /** Where the user ends it. */
  readonly manageUrl: string | null;
  /** The end of the paid time, in Unix seconds. The store bills again then. */
  readonly until: number | null;
}

export interface ContinuingBillingServices {
  readonly stores: PurchaseReader | null;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly log: Log;
}

/** Reads RevenueCat, or the row while that does not answer. Never fails because of RevenueCat, since a deletion must not wait for it. */
export async function readContinuingBilling(
  services: ContinuingBillingServices,
  sub: string,
): Promise<readonly ContinuingBilling[]> {
  if (services.stores === null) return [];
  try {
    const { purchases } = await services.stores.readPurchases(sub);
    return purchases
      .filter(({ billsAgain }) => billsAgain)
      .map(({ store, manageUrl, until }) => {
        return { source: billed(store), manageUrl, until };
      });
  } catch (cause) {
    services.log.warn(
      'RevenueCat did not answer; the row shows which stores go on billing.',
      { metric: 'stores_unread', user_id: sub },
      cause,
    );
    const claims = ofStores(await services.entitlements.read(sub));
    return claims.flatMap(({ origin, currentPeriodEnd }) => {
      if (origin?.continues !== true) return [];
      return [{ source: billed(origin.store), manageUrl: origin.manageUrl, until: currentPeriodEnd }];
    });
  }
}

function billed(store: Store | null): ContinuingBilling['source'] {
  return store === 'promotional' ? null : store;
}
