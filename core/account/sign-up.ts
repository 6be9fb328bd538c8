/**
 * Sign-up: the two rows and the Stripe customer, side by side. Cognito waits 5 seconds and the user is confirmed
 * whatever happens here, so nothing is thrown: what failed is told, and mended by the next sync or a reconcile.
 */
import type { CustomerReader, CustomerWriter } from '../billing/billing.ts';
import { type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { ProfileStore } from './profile.ts';

/** One after the other they stay under Cognito's 5 seconds, with time to start and to answer. */
export const SIGN_UP_LIMITS_MS = { first: 2_200, link: 700, contact: 900 } as const;

export interface NewUser {
  readonly poolId: string;
  readonly sub: string;
  readonly email: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly name: string | null;
}

export interface SignUpServices {
  readonly profiles: Pick<ProfileStore, 'fillIn' | 'linkCustomer' | 'removeUnlessMarked'>;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'read' | 'remove' | 'removeIfUnchanged'>;
  readonly billing: CustomerReader & CustomerWriter;
  readonly clock: Clock;
  readonly log: Log;
}

/** `complete`: all is there. Else what is missing; `deleted_meanwhile`: nothing is left, as it should be. */
export type SignUpOutcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'incomplete'; readonly failed: readonly SignUpStep[] }
  | { readonly kind: 'deleted_meanwhile' };

export type SignUpStep = 'profile' | 'entitlement' | 'customer' | 'contact' | 'link';

export function createSignUp(services: SignUpServices) {
  return async (user: NewUser): Promise<SignUpOutcome> => {
    const [rows, customerId] = await Promise.all([
      writeRows(services, user),
      tried(services, 'customer', services.billing.createCustomer(user)),
    ]);
    if (customerId === undefined) return { kind: 'incomplete', failed: [...rows.failed, 'customer'] };
    const linked = await linkCustomer(services, { user, customerId, rows });
    // Last of all. A customer that is gone by now was deleted with its user, and whoever deletes after this call
    // finds the rows written. The creation does not carry the contact: it must be the same at every repetition.
    const contact = { sub: user.sub, email: user.email, name: user.name };
    const described = await tried(
      services,
      'contact',
      services.billing.describeCustomer(customerId, contact),
    );
    if (described === 'deleted') return rollBack(services, { user, customerId, rows });
    const failed = [...linked.failed, ...(described === undefined ? (['contact'] as const) : [])];
    return failed.length === 0 ? { kind: 'complete' } : { kind: 'incomplete', failed };
  };
}

interface RowsResult {
  readonly failed: readonly SignUpStep[];
}

async function writeRows(services: SignUpServices, user: NewUser): Promise<RowsResult> {
  const [profile, entitlement] = await Promise.all([
    tried(services, 'profile', fillIn(services, user)),
    tried(
      services,
      'entitlement',
      services.entitlements.createIfAbsent(user.sub, { ...emptyState, ...neverSynced }),
    ),
  ]);
  const failed: SignUpStep[] = [];
  if (profile === undefined) failed.push('profile');
  if (entitlement === undefined) failed.push('entitlement');
  return { failed };
}

/** Names the customer on the profile, which is written once more if that had failed. Tells what is still missing. */
async function linkCustomer(
  services: SignUpServices,
  to: { readonly user: NewUser; readonly customerId: string; readonly rows: RowsResult },
): Promise<{ readonly failed: readonly SignUpStep[] }> {
  const { user, customerId, rows } = to;
  const lacksProfile = rows.failed.includes('profile');
  const attempt = async () => {
    if (lacksProfile) await fillIn(services, user);
    return services.profiles.linkCustomer({ userId: user.sub, customerId, at: services.clock.nowIso() });
  };
  const linked = await tried(services, 'link', attempt());
  if (linked === 'other_customer') {
    services.log.warn('The profile already has another Stripe customer; the new one is a duplicate.', {
      metric: 'duplicate_customer',
      customer_id: customerId,
    });
  }
  // A profile that is gone between the two was deleted; the customer tells.
  if (linked === undefined) return { failed: [...rows.failed, 'link'] };
  return { failed: rows.failed.filter((step) => step !== 'profile' || linked === 'missing') };
}

/**
 * The customer of this sign-up is deleted by now: the account was deleted while this ran, or before a late repetition
 * of it. Both rows are taken back, whichever repetition wrote them (a write whose answer was lost looks like
 * another's). A profile that has another customer, or is the record of a deletion, is kept; and then the entitlement
 * too, if it has learnt of other customers who live, since the deletion must find them.
 */
async function rollBack(
  services: SignUpServices,
  of: { readonly user: NewUser; readonly customerId: string; readonly rows: RowsResult },
): Promise<SignUpOutcome> {
  const { user, customerId, rows } = of;
  const { sub } = user;
  const profile = await tried(
    services,
    'profile',
    services.profiles.removeUnlessMarked({ userId: sub, customerId }),
  );
  const entitlement =
    profile === undefined
      ? undefined
      : await tried(
          services,
          'entitlement',
          removeRow(services, { sub, unlessOtherThan: profile === 'removed' ? null : customerId }),
        );
  // A write that was given up may still land.
  const certain = rows.failed.length === 0 && entitlement !== undefined;
  return certain ? { kind: 'deleted_meanwhile' } : { kind: 'incomplete', failed: ['profile', 'entitlement'] };
}

const ROUNDS = 3;

async function removeRow(
  services: SignUpServices,
  row: { readonly sub: string; readonly unlessOtherThan: string | null },
): Promise<'done'> {
  const { sub, unlessOtherThan: only } = row;
  if (only === null) {
    await services.entitlements.remove(sub);
    return 'done';
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    const standing = await services.entitlements.read(sub);
    if (standing === undefined || (await hasLiveCustomer(services, standing, only))) return 'done';
    if ((await services.entitlements.removeIfUnchanged(standing)) === 'removed') return 'done';
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

/** Whether the row knows a customer, beside the one that is gone, who lives: a deletion must still find that one. */
async function hasLiveCustomer(
  services: SignUpServices,
  row: { readonly customerIds: readonly string[] },
  gone: string,
): Promise<boolean> {
  const others = row.customerIds.filter((id) => id !== gone);
  const found = await Promise.all(others.map((id) => services.billing.retrieveCustomer(id)));
  return found.some(({ kind }) => kind === 'customer');
}

function fillIn(services: SignUpServices, user: NewUser) {
  const { sub, email, givenName, familyName } = user;
  return services.profiles.fillIn({
    userId: sub,
    email,
    givenName,
    familyName,
    createdAt: services.clock.nowIso(),
  });
}

/** The result, or `undefined` after a line in the log. */
async function tried<T>(
  services: SignUpServices,
  step: SignUpStep,
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await services.clock.within(limitOf(step), work);
  } catch (cause) {
    services.log.error('A sign-up step failed.', { metric: 'sign_up_step_failed', step }, cause);
    return undefined;
  }
}

function limitOf(step: SignUpStep): number {
  return step === 'link' || step === 'contact' ? SIGN_UP_LIMITS_MS[step] : SIGN_UP_LIMITS_MS.first;
}
