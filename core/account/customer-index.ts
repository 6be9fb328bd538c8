/**
 * The index leads from a customer to the users whose records name it, where the customer's own metadata name no one. It is a
 * hint: only the profile or the row of a user proves that the user has the customer.
 */
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { Profile, ProfileStore } from './profile.ts';

export interface CustomerIndex {
  /** Strongly consistent read. Some of the users may not name the customer any more. */
  usersOf(customerId: string): Promise<readonly string[]>;
  /** Keeps what leads to other users. */
  add(customerId: string, sub: string): Promise<void>;
  /** Keeps what leads to other users. Succeeds if the index does not lead to this one. */
  drop(customerId: string, sub: string): Promise<void>;
}

export interface Records {
  readonly row: EntitlementRow | undefined;
  readonly profile: Profile | undefined;
}

/** Returns whether the records name the customer. What left the row, because it named another user, counts no more. */
export function recordsName({ row, profile }: Records, customerId: string): boolean {
  if (row?.customerIds.includes(customerId) === true) return true;
  return profile?.customerId === customerId && row?.formerCustomerIds.includes(customerId) !== true;
}

export interface IndexServices {
  readonly index: Pick<CustomerIndex, 'usersOf'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
}

/** Returns the users of the index whose records name the customer, without those that `except` leaves out. */
export async function usersNaming(
  { index, profiles, entitlements }: IndexServices,
  customerId: string,
  except: (sub: string) => boolean = () => false,
): Promise<readonly { readonly sub: string; readonly records: Records }[]> {
  const subs = (await index.usersOf(customerId)).filter((sub) => !except(sub));
  const read = subs.map(async (sub) => {
    const records = { row: await entitlements.read(sub), profile: await profiles.read(sub) };
    return recordsName(records, customerId) ? [{ sub, records }] : [];
  });
  return (await Promise.all(read)).flat();
}

/** Returns another user whose records name the customer, for a customer that names no one itself. */
export async function otherUserNaming(
  services: IndexServices,
  { customerId, sub }: { readonly customerId: string; readonly sub: string },
): Promise<string | undefined> {
  const [other] = await usersNaming(services, customerId, (one) => one === sub);
  return other?.sub;
}

/** The index holds nothing up: what could not be added is added by the next reconcile run. */
export async function addToIndex(
  { index, log }: { readonly index: Pick<CustomerIndex, 'add'>; readonly log: Log },
  sub: string,
  customerIds: readonly string[],
): Promise<void> {
  await Promise.all(customerIds.map((id) => tried(log, { customerId: id, sub }, () => index.add(id, sub))));
}

export async function dropFromIndex(
  { index, log }: { readonly index: Pick<CustomerIndex, 'drop'>; readonly log: Log },
  sub: string,
  customerIds: readonly string[],
): Promise<void> {
  await Promise.all(customerIds.map((id) => tried(log, { customerId: id, sub }, () => index.drop(id, sub))));
}

async function tried(
  log: Log,
  { customerId, sub }: { readonly customerId: string; readonly sub: string },
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const fields = { metric: 'customer_index_failed', customer_id: customerId, user_id: sub };
    log.warn(
      'The index of customers could not be written. The next reconcile run repairs it.',
      fields,
      cause,
    );
  }
}
