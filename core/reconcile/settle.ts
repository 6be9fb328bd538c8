/**
 * Sets right what a run found, by the same functions as everything else. It alone asks Cognito whether a user exists:
 * the webhook cannot tell a new user's customer from a deleted user's.
 */
import type { createDeleteAccount } from '../account/delete-account.ts';
import type { PoolUser } from '../account/pool-user.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { ChargeReader, CustomerReader, CustomerRemover } from '../billing/billing.ts';
import { type EntitlementRow, type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import type { EventReading, Hint } from '../sync/hint.ts';
import type { createSync } from '../sync/sync.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export interface SettleServices {
  readonly poolId: string;
  readonly sync: ReturnType<typeof createSync>;
  readonly deleteAccount: ReturnType<typeof createDeleteAccount>;
  readonly profiles: Pick<ProfileStore, 'read' | 'fillIn' | 'linkCustomer'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'createIfAbsent' | 'remove'>;
  readonly billing: CustomerReader & CustomerRemover & ChargeReader;
  readonly users: { exists(sub: string): Promise<boolean> };
  /** So that nobody who had one gets another. */
  readonly rememberTrial: (user: PoolUser, customerId: string) => Promise<void>;
  readonly clock: Pick<Clock, 'nowIso'>;
  readonly log: Log;
}

/** Finishes a deletion; gives a profile the customer that sign-up could not make; removes what a late sign-up left. */
export async function settleProfile(services: SettleServices, profile: Profile): Promise<void> {
  const { poolId } = services;
  const { userId: sub, customerId, deletion } = profile;
  if (deletion !== null) return services.deleteAccount({ poolId, sub, username: deletion.username });
  if (customerId === null || (await services.billing.retrieveCustomer(customerId)).kind !== 'customer') {
    // It may be of a user who is gone: a sign-up that was cut off while the account was deleted.
    if (!(await services.users.exists(sub))) return services.deleteAccount({ poolId, sub, username: null });
  }
  const at = services.clock.nowIso();
  await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
  if (customerId !== null) {
    await services.sync(hintAt(customerId, sub));
    return undefined;
  }
  // Keys live a day, so an older customer of this user must be looked for before another is made.
  const found = await services.billing.findCustomers(sub);
  const known = found === 'unavailable' ? undefined : found[0];
  const made = known ?? (await services.billing.createCustomer({ poolId, sub }));
  await services.profiles.linkCustomer({ userId: sub, customerId: made, at });
  return undefined;
}

/**
 * Gives a user of the pool what sign-up would have given, with the customer that names them, if there is one. A
 * customer named just now is not in Stripe's search yet, and is told.
 */
export async function settleUser(
  services: SettleServices,
  user: PoolUser,
  named: string | null = null,
): Promise<'settled' | 'being_deleted'> {
  const { sub, email, givenName, familyName } = user;
  const createdAt = services.clock.nowIso();
  const filled = await services.profiles.fillIn({ userId: sub, email, givenName, familyName, createdAt });
  if (filled !== 'marked' && named !== null) {
    await services.profiles.linkCustomer({ userId: sub, customerId: named, at: createdAt });
  }
  const profile = filled === 'marked' ? undefined : await services.profiles.read(sub);
  if (profile === undefined || profile.deletion !== null) return 'being_deleted';
  await settleProfile(services, profile);
  const settled = await services.profiles.read(sub);
  if (settled?.customerId) await services.sync(hintAt(settled.customerId, sub));
  if (named !== null && named !== settled?.customerId) await services.sync(hintAt(named, sub));
  return 'settled';
}

/** Brings the owner's row up to date; provisions an owner whose sign-up failed; ends the billing of one who is gone. */
export async function settleCustomer(
  services: SettleServices,
  customer: { readonly id: string; readonly sub: string },
): Promise<void> {
  const hint = hintAt(customer.id, customer.sub);
  const outcome = await services.sync(hint);
  if (outcome.kind !== 'no_such_user') return;
  const profile = await services.profiles.read(outcome.sub);
  // Marked: the deletion ends the billing, and is tried again by its own part.
  if (profile !== undefined) return;
  if (!(await services.users.exists(outcome.sub))) {
    services.log.error('A customer of nobody is ended.', {
      metric: 'orphan_customer',
      customer_id: customer.id,
    });
    await services.billing.deleteCustomer(customer.id);
    return;
  }
  await provision(services, outcome.sub, customer.id);
  await services.sync(hint);
}

async function provision(services: SettleServices, sub: string, customerId: string): Promise<void> {
  const at = services.clock.nowIso();
  const contact = { email: null, givenName: null, familyName: null };
  await services.profiles.fillIn({ userId: sub, ...contact, createdAt: at });
  await services.profiles.linkCustomer({ userId: sub, customerId, at });
  await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
}

/** The row is told of money that goes back by an event alone, which may have been lost. Answers whether the row did not say so yet: most of what went back is of periods long past. */
export async function settleReversal(services: SettleServices, customerId: string): Promise<boolean> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return false;
  const before = await services.entitlements.read(lookup.sub);
  await services.sync({ ...hintAt(customerId, lookup.sub), reversal: true });
  const after = await services.entitlements.read(lookup.sub);
  return before?.reversal !== after?.reversal;
}

/** As the webhook would have. */
export async function settleEvent(services: SettleServices, reading: EventReading): Promise<void> {
  if (reading.kind === 'hint') {
    await services.sync(reading.hint);
  } else if (reading.kind === 'charge_hint') {
    const customerId = await services.billing.customerOfCharge(reading.hint.chargeId);
    if (customerId !== null) await services.sync({ ...reading.hint, customerId });
  }
}

/** A row may rest on customers that are gone from every list; or be of a user who is gone. */
export async function settleRow(services: SettleServices, row: EntitlementRow): Promise<void> {
  const profile = await services.profiles.read(row.sub);
  if (profile === undefined && !(await services.users.exists(row.sub))) {
    await services.entitlements.remove(row.sub);
    return;
  }
  const [customerId] = row.customerIds;
  if (customerId !== undefined) await services.sync(hintAt(customerId, row.sub));
}

function hintAt(customerId: string, sub: string): Hint {
  return {
    eventId: 'reconcile',
    eventType: 'reconcile',
    customerId,
    // Nothing that was seen before counts as later than now.
    changedAt: null,
    sub,
    customerDeleted: false,
    reversal: false,
    checkout: null,
  };
}
