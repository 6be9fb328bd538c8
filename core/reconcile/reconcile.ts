/**
 * Heals what webhooks lost and finishes what crashed, by the same functions as everything else. It is the only one
 * that asks Cognito whether a user exists: the webhook cannot tell a new user's customer from a deleted user's.
 */
import type { createDeleteAccount } from '../account/delete-account.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { CustomerReader, CustomerRemover } from '../billing/billing.ts';
import { type EntitlementRow, type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import type { createSync } from '../sync/sync.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export interface Sweep {
  profiles(): AsyncIterable<Profile>;
  entitlements(): AsyncIterable<EntitlementRow>;
  /** Every customer that lives at Stripe, and whom its metadata names. */
  customers(): AsyncIterable<{ readonly id: string; readonly sub: string | null }>;
  /** Whose money went back lately, or is disputed. */
  reversals(): AsyncIterable<{ readonly customerId: string }>;
}

export interface ReconcileServices {
  readonly poolId: string;
  readonly sweep: Sweep;
  readonly sync: ReturnType<typeof createSync>;
  readonly deleteAccount: ReturnType<typeof createDeleteAccount>;
  readonly profiles: Pick<ProfileStore, 'read' | 'fillIn' | 'linkCustomer'>;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'remove'>;
  readonly billing: CustomerReader & CustomerRemover;
  readonly users: { exists(sub: string): Promise<boolean> };
  readonly clock: Pick<Clock, 'nowIso'>;
  readonly log: Log;
}

export interface ReconcileReport {
  readonly checked: number;
  readonly failed: number;
}

/** One pass over everything. What fails is told and left for the next pass; the rest goes on. */
export function createReconcile(services: ReconcileServices) {
  return async (): Promise<ReconcileReport> => {
    const { sweep } = services;
    const passes = [
      await each(services, sweep.profiles(), (profile) => settleProfile(services, profile)),
      await each(services, sweep.customers(), (customer) => settleCustomer(services, customer)),
      await each(services, sweep.reversals(), ({ customerId }) => settleReversal(services, customerId)),
      await each(services, sweep.entitlements(), (row) => settleRow(services, row)),
    ];
    return {
      checked: passes.reduce((sum, pass) => sum + pass.checked, 0),
      failed: passes.reduce((sum, pass) => sum + pass.failed, 0),
    };
  };
}

async function each<T>(
  services: ReconcileServices,
  found: AsyncIterable<T>,
  settle: (one: T) => Promise<void>,
): Promise<ReconcileReport> {
  let checked = 0;
  let failed = 0;
  for await (const one of found) {
    checked += 1;
    await settle(one).catch((cause: unknown) => {
      failed += 1;
      services.log.error('One account could not be reconciled.', { metric: 'reconcile_failed' }, cause);
    });
  }
  return { checked, failed };
}

/** Finishes a deletion; gives a profile the customer that sign-up could not make; removes what a late sign-up left. */
async function settleProfile(services: ReconcileServices, profile: Profile): Promise<void> {
  const { poolId } = services;
  const { userId: sub, customerId, deletion } = profile;
  if (deletion !== null) return services.deleteAccount({ poolId, sub, username: deletion.username });
  if (customerId !== null && (await services.billing.retrieveCustomer(customerId)).kind === 'customer')
    return undefined;
  // Without a live customer it may be of a user who is gone: a sign-up that was cut off while the account was deleted.
  if (!(await services.users.exists(sub))) {
    return services.deleteAccount({ poolId, sub, username: null });
  }
  if (customerId !== null) return undefined;
  // Keys live a day, so an older customer of this user must be looked for before another is made.
  const found = await services.billing.findCustomers(sub);
  const known = found === 'unavailable' ? undefined : found[0];
  const made = known ?? (await services.billing.createCustomer({ poolId, sub }));
  await services.profiles.linkCustomer({ userId: sub, customerId: made, at: services.clock.nowIso() });
  return undefined;
}

/** Brings the owner's row up to date; provisions an owner whose sign-up failed; ends the billing of one who is gone. */
async function settleCustomer(
  services: ReconcileServices,
  customer: { readonly id: string; readonly sub: string | null },
): Promise<void> {
  if (customer.sub === null) return;
  const hint = hintAt(customer.id, customer.sub);
  const outcome = await services.sync(hint);
  if (outcome.kind !== 'no_such_user') return;
  const profile = await services.profiles.read(outcome.sub);
  // Marked: the deletion ends the billing, and is tried again by its own pass.
  if (profile !== undefined) return;
  if (!(await services.users.exists(outcome.sub))) {
    services.log.warn('A customer of nobody is ended.', {
      metric: 'orphan_customer',
      customer_id: customer.id,
    });
    await services.billing.deleteCustomer(customer.id);
    return;
  }
  await provision(services, outcome.sub, customer.id);
  await services.sync(hint);
}

/** The row is told of money that goes back by an event alone, which may have been lost. */
async function settleReversal(services: ReconcileServices, customerId: string): Promise<void> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return;
  await services.sync({ ...hintAt(customerId, lookup.sub), reversal: true });
}

async function provision(services: ReconcileServices, sub: string, customerId: string): Promise<void> {
  const at = services.clock.nowIso();
  const contact = { email: null, givenName: null, familyName: null };
  await services.profiles.fillIn({ userId: sub, ...contact, createdAt: at });
  await services.profiles.linkCustomer({ userId: sub, customerId, at });
  await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
}

/** A row may rest on customers that are gone from every list; or be of a user who is gone. */
async function settleRow(services: ReconcileServices, row: EntitlementRow): Promise<void> {
  const profile = await services.profiles.read(row.sub);
  if (profile === undefined && !(await services.users.exists(row.sub))) {
    await services.entitlements.remove(row.sub);
    return;
  }
  const [customerId] = row.customerIds;
  if (customerId !== undefined) await services.sync(hintAt(customerId, row.sub));
}

function hintAt(customerId: string, sub: string) {
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
