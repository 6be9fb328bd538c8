/** What the owner of the account has done in the Dashboard, and what else no API request changes. */

export interface AccountState {
  /** Whether the portal's settings were saved. Without it, there is no default configuration. */
  portalSettingsSaved: boolean;
  /** Whether the account names the page of its terms of service. */
  termsOfServiceSet: boolean;
  /** Whether Stripe Tax is set up: it needs the origin address. */
  taxActive: boolean;
  /** Ids of objects that exist in the other mode only. */
  liveModeIds: ReadonlySet<string>;
  /** Keys that have expired. */
  expiredKeys: ReadonlySet<string>;
  /** How many of the next payments are declined, whatever the card is. */
  declinesLeft: number;
}

/** An account whose owner has set up what this simulator needs. */
export function newAccount(): AccountState {
  return {
    portalSettingsSaved: true,
    termsOfServiceSet: true,
    taxActive: true,
    liveModeIds: new Set(),
    expiredKeys: new Set(),
    declinesLeft: 0,
  };
}

/** What a restart keeps. Declines are faults, which end with the process. */
export interface SavedAccount {
  readonly portal_settings_saved: boolean;
  readonly terms_of_service_set?: boolean;
  readonly tax_active?: boolean;
  readonly live_mode_ids: readonly string[];
  readonly expired_keys: readonly string[];
}

export function savedAccount(account: AccountState): SavedAccount {
  return {
    portal_settings_saved: account.portalSettingsSaved,
    terms_of_service_set: account.termsOfServiceSet,
    tax_active: account.taxActive,
    live_mode_ids: [...account.liveModeIds],
    expired_keys: [...account.expiredKeys],
  };
}

export function restoreAccount(account: AccountState, saved: SavedAccount): void {
  account.portalSettingsSaved = saved.portal_settings_saved;
  account.termsOfServiceSet = saved.terms_of_service_set ?? true;
  account.taxActive = saved.tax_active ?? true;
  account.liveModeIds = new Set(saved.live_mode_ids);
  account.expiredKeys = new Set(saved.expired_keys);
}
