/** Finds the payer of what another writer put into a row, as far as the row says so. Pure. */
import type { Store } from '../stores/purchase.ts';
import type { Claim, EntitlementRow } from './row.ts';

type PaidStore = Exclude<Store, 'promotional'>;

export interface WrittenPayer {
  readonly store: PaidStore;
  /** The store's page for all subscriptions of its user. */
  readonly manageUrl: string | null;
}

/** What other code calls the stores. */
const names: Readonly<Record<PaidStore, readonly string[]>> = {
  app_store: ['app_store', 'appstore', 'mac_app_store', 'apple', 'ios', 'iphone', 'ipad', 'macos'],
  play_store: ['play_store', 'playstore', 'google_play', 'google', 'android'],
  amazon: ['amazon'],
  web: ['rc_billing'],
};

const manageUrls: Readonly<Record<PaidStore, string | null>> = {
  app_store: 'https://apps.apple.com/account/subscriptions',
  play_store: 'https://play.google.com/store/account/subscriptions',
  amazon: null,
  web: null,
};

/** Returns the payer. Undefined: the row does not say, or the claim is not another writer's. */
export function writtenPayer(
  { source, plan }: Pick<Claim, 'source' | 'plan'>,
  { platform = null }: Pick<EntitlementRow, 'platform'>,
): WrittenPayer | undefined {
  if (source !== 'other_writer' || platform === null) return undefined;
  const store = storeNamed(platform.trim().toLowerCase(), plan);
  return store === undefined ? undefined : { store, manageUrl: manageUrls[store] };
}

function storeNamed(name: string, plan: string | null): PaidStore | undefined {
  // RevenueCat's ids of products in the Play Store name a base plan too. It sells in other stores less often.
  if (name === 'revenuecat') return plan?.includes(':') === true ? 'play_store' : 'app_store';
  const found = Object.entries(names).find(([, known]) => known.includes(name.replaceAll(/[ -]/g, '_')));
  return found?.[0] as PaidStore | undefined;
}
