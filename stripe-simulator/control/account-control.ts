/** `POST /_simulator/account`: what an owner changes in the Dashboard, and the objects of live mode. */
import { invalidRequest } from '../protocol/stripe-error.ts';
import { newAccount } from '../store/account-state.ts';
import type { World } from '../world/world.ts';
import { parseJsonObject } from './json-body.ts';

export function changeAccount({ account }: World, body: string): object {
  const { portal_settings_saved, terms_of_service_set, tax_active, live_mode_ids, expired_keys, ...unknown } =
    parseJsonObject(body);
  const [extra] = Object.keys(unknown);
  if (extra !== undefined)
    throw invalidRequest({ message: `The account has no field ${extra}.`, param: extra });
  if (portal_settings_saved !== undefined) account.portalSettingsSaved = portal_settings_saved === true;
  if (terms_of_service_set !== undefined) account.termsOfServiceSet = terms_of_service_set === true;
  if (tax_active !== undefined) account.taxActive = tax_active === true;
  if (live_mode_ids !== undefined) account.liveModeIds = textsIn(live_mode_ids);
  if (expired_keys !== undefined) account.expiredKeys = textsIn(expired_keys);
  return {
    portal_settings_saved: account.portalSettingsSaved,
    terms_of_service_set: account.termsOfServiceSet,
    tax_active: account.taxActive,
    live_mode_ids: [...account.liveModeIds],
    expired_keys: account.expiredKeys.size,
  };
}

export function resetAccount({ account }: World): void {
  Object.assign(account, newAccount());
}

function textsIn(value: unknown): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return new Set(list.filter((one): one is string => typeof one === 'string'));
}
