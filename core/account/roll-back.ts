/**
 * Removes what a sign-up or a provisioning wrote for an account that was deleted in the meantime. The customer must be
 * deleted already.
 */
import type { CustomerReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import { endProfile, endRow } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { type CustomerIndex, dropFromIndex } from './customer-index.ts';
import type { ProfileStore } from './profile.ts';

export interface RollBackServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'removeIfUnchanged'>;
  readonly index: Pick<CustomerIndex, 'drop'>;
  readonly billing: Pick<CustomerReader, 'retrieveCustomer'>;
  readonly log: Log;
}

/** The user, and the customer that the process created or linked. */
export interface RolledBackAccount {
  readonly userId: string;
  readonly customerId: string;
}

const MAX_ROUNDS = 3;

/** The process wrote the profile and the row, or may have written them, for an account that is deleted. */
const accountDeleted: Evidence = { ownership: 'own', basis: { kind: 'own_work' } };

/**
 * Removes the profile first, unless it has another customer or is marked for deletion. A sync that creates the row in
 * between no longer finds the profile, and removes its row. In the other order that row would stay.
 */
export function removeProfile(
  { profiles }: { readonly profiles: Pick<ProfileStore, 'removeUnlessMarked'> },
  account: RolledBackAccount,
) {
  return endProfile({ profiles }, { ...account, evidence: accountDeleted });
}

/**
 * Removes the row, whichever process wrote it: a write whose response was lost looks like another process's. `customerId` is
 * the customer that is deleted already, or null if it was kept. Keeps a row that lists an existing customer, because it may
 * be the only record of a customer that must still be ended. Returns `account_exists`, and keeps the row, if a profile without
 * a deletion mark is left: it has another customer, so only this customer was deleted, not the account.
 */
export async function removeOwnRow(
  services: RollBackServices,
  account: { readonly userId: string; readonly customerId: string | null },
): Promise<'done' | 'account_exists'> {
  const profile = await services.profiles.read(account.userId);
  if (profile?.deletion === null) return 'account_exists';
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const current = await services.entitlements.read(account.userId);
    if (current === undefined || (await hasLiveCustomer(services, current, account.customerId)))
      return 'done';
    if ((await endRow(services, { row: current, evidence: accountDeleted })) === 'removed') {
      await dropFromIndex(services, account.userId, current.customerIds);
      return 'done';
    }
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

async function hasLiveCustomer(
  { billing }: RollBackServices,
  row: { readonly customerIds: readonly string[] },
  deletedId: string | null,
): Promise<boolean> {
  const others = row.customerIds.filter((id) => id !== deletedId);
  const found = await Promise.all(others.map((id) => billing.retrieveCustomer(id)));
  return found.some(({ kind }) => kind === 'customer');
}
