/** When the records of a user, and what they say about the user, began. Pure. */

import type { Profile } from '../account/profile.ts';

import type { EntitlementRow } from '../entitlement/row.ts';

export interface TimeServices {
  /** Returns the time that a stored text names, in Unix milliseconds, or null. */
  readonly timeOf: (text: string) => number | null;
}

export interface Records {
  readonly profile: Profile | undefined;
  readonly row: EntitlementRow | undefined;
}

/**
 * A young profile, or a row without one, may belong to a user that the pool does not list yet. Profiles that the app wrote
 * may have no time. Then the row shows their age, or else the newest of the customers.
 */
export function signUpAtOf(
  services: TimeServices,
  { profile, row }: Records,
  customers: readonly { readonly createdAt: number | null }[],
): number | 'unknown' {
  const recordedAt = secondsOf(services, profile?.createdAt) ?? earliestRecord(services, { profile, row });
  const created = customers.map(({ createdAt }) => createdAt).filter((at) => at !== null);
  return recordedAt ?? (created.length === 0 ? 'unknown' : Math.max(...created));
}

/**
 * A sync writes the row again. What it has recorded before shows that the row is older, and so does the mark of an earlier
 * attempt to delete the account.
 */
function earliestRecord(services: TimeServices, { profile, row }: Records): number | null {
  const ofRow = [secondsOf(services, row?.updatedAt), row?.history[0]?.at ?? null];
  const times = [...ofRow, requestedAtOf(services, profile)].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}

export function requestedAtOf(services: TimeServices, profile: Profile | undefined): number | null {
  return secondsOf(services, profile?.deletion?.requestedAt);
}

/** Returns the time that a stored text names, in Unix seconds, or null. */
function secondsOf({ timeOf }: TimeServices, text: string | null | undefined): number | null {
  const ms = text === null || text === undefined ? null : timeOf(text);
  return ms === null ? null : Math.floor(ms / 1000);
}
