/**
 * Sign-up: the two rows and the Stripe customer, side by side. Cognito waits 5 seconds and the user is confirmed
 * whatever happens here, so nothing is thrown: what failed is told, and mended by the next sync or a reconcile.
 */
import type { CustomerWriter } from '../billing/billing.ts';
import { type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { ProfileStore } from './profile.ts';

/** Together they stay under Cognito's 5 seconds with time to start and to answer. */
export const SIGN_UP_LIMITS_MS = { rows: 2_500, customer: 2_500, link: 800 } as const;

export interface NewUser {
  readonly poolId: string;
  readonly sub: string;
  readonly email: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly name: string | null;
}

export interface SignUpServices {
  readonly profiles: Pick<ProfileStore, 'fillIn' | 'linkCustomer' | 'remove'>;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'remove'>;
  readonly billing: CustomerWriter;
  readonly clock: Clock;
  readonly log: Log;
}

/** `complete`: all is there. Else what is missing; `deleted_meanwhile`: nothing is left, as it should be. */
export type SignUpOutcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'incomplete'; readonly failed: readonly SignUpPart[] }
  | { readonly kind: 'deleted_meanwhile' };

export type SignUpPart = 'profile' | 'entitlement' | 'customer' | 'contact' | 'link';

export function createSignUp(services: SignUpServices) {
  return async (user: NewUser): Promise<SignUpOutcome> => {
    const [rows, customer] = await Promise.all([writeRows(services, user), makeCustomer(services, user)]);
    if (customer.gone) return takeBack(services, user, rows);
    const link = customer.id === undefined ? 'skipped' : await linkCustomer(services, user, customer.id);
    const failed = [...rows.failed, ...customer.failed, ...(link === 'failed' ? (['link'] as const) : [])];
    return failed.length === 0 ? { kind: 'complete' } : { kind: 'incomplete', failed };
  };
}

interface RowsResult {
  readonly made: readonly ('profile' | 'entitlement')[];
  readonly failed: readonly SignUpPart[];
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
  const failed: SignUpPart[] = [];
  if (profile === undefined) failed.push('profile');
  if (entitlement === undefined) failed.push('entitlement');
  const made: ('profile' | 'entitlement')[] = [];
  if (profile === 'created') made.push('profile');
  if (entitlement !== undefined && entitlement !== 'exists') made.push('entitlement');
  return { made, failed };
}

interface CustomerResult {
  readonly id?: string;
  readonly gone: boolean;
  readonly failed: readonly SignUpPart[];
}

async function makeCustomer(services: SignUpServices, user: NewUser): Promise<CustomerResult> {
  const startedMs = services.clock.nowMs();
  const id = await tried(services, 'customer', services.billing.createCustomer(user));
  if (id === undefined) return { gone: false, failed: ['customer'] };
  const leftMs = SIGN_UP_LIMITS_MS.customer - (services.clock.nowMs() - startedMs);
  const contact = { email: user.email, name: user.name };
  // Only now, and not with the creation: its parameters must be the same at every repetition, and an address may change.
  const described = await tried(
    services,
    { part: 'contact', limitMs: leftMs },
    services.billing.describeCustomer(id, contact),
  );
  return { id, gone: described === 'gone', failed: described === undefined ? ['contact'] : [] };
}

async function linkCustomer(
  services: SignUpServices,
  user: NewUser,
  customerId: string,
): Promise<'done' | 'failed'> {
  const link = { userId: user.sub, customerId, at: services.clock.nowIso() };
  const attempt = async () => {
    const linked = await services.profiles.linkCustomer(link);
    if (linked !== 'gone') return linked;
    await fillIn(services, user);
    return services.profiles.linkCustomer(link);
  };
  const linked = await tried(services, 'link', attempt());
  if (linked === 'other_customer') {
    services.log.warn('The profile names another Stripe customer; the new one is a spare.', {
      metric: 'spare_customer',
      user_id: user.sub,
      customer_id: customerId,
    });
  }
  return linked === undefined || linked === 'gone' ? 'failed' : 'done';
}

/**
 * Creation answered with a customer that is deleted by now: this is a late repetition, and the account was deleted
 * in between. Only what this very run has made is taken back.
 */
async function takeBack(services: SignUpServices, user: NewUser, rows: RowsResult): Promise<SignUpOutcome> {
  const removed = await Promise.all([
    rows.made.includes('entitlement')
      ? tried(
          services,
          'entitlement',
          services.entitlements.remove(user.sub).then(() => 'done' as const),
        )
      : 'done',
    rows.made.includes('profile')
      ? tried(
          services,
          'profile',
          services.profiles.remove(user.sub).then(() => 'done' as const),
        )
      : 'done',
  ]);
  return removed.includes(undefined)
    ? { kind: 'incomplete', failed: ['profile', 'entitlement'] }
    : { kind: 'deleted_meanwhile' };
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
  part: SignUpPart | { readonly part: SignUpPart; readonly limitMs: number },
  work: Promise<T>,
): Promise<T | undefined> {
  const { part: name, limitMs } = typeof part === 'string' ? { part, limitMs: limitOf(part) } : part;
  try {
    return await services.clock.within(limitMs, work);
  } catch (cause) {
    services.log.error('A part of the sign-up failed.', { metric: 'sign_up_part_failed', part: name }, cause);
    return undefined;
  }
}

function limitOf(part: SignUpPart): number {
  if (part === 'customer' || part === 'contact') return SIGN_UP_LIMITS_MS.customer;
  return part === 'link' ? SIGN_UP_LIMITS_MS.link : SIGN_UP_LIMITS_MS.rows;
}
