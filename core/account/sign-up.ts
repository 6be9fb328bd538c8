/**
 * Creates the profile, the entitlement row and the Stripe customer of a new user in parallel. Cognito waits 5 seconds and
 * has already confirmed the user, so sign-up never throws. It reports the steps that failed, and the next sync or a
 * reconcile run completes them.
 */
import type { CustomerFinder, CustomerReader, CustomerWriter } from '../billing/billing.ts';
import type { EntitlementStore, NewRow } from '../entitlement/row.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { createCustomer } from './create-customer.ts';
import { addToIndex, type CustomerIndex, dropFromIndex } from './customer-index.ts';
import { describeCustomer } from './describe-customer.ts';
import type { ProfileStore } from './profile.ts';
import { removeOwnRow, removeProfile } from './roll-back.ts';
import { rowWithoutTrial, rowWithTrial, type SignUpTrial, startTrial } from './sign-up-trial.ts';

/**
 * Milliseconds since the start, so that a step may use the time that the steps before it left. They stay below Cognito's
 * 5 seconds, with time to start and to respond.
 */
export const signUpLimitsMs = { trial: 1_200, first: 2_200, link: 2_900, contact: 3_800 } as const;

export interface NewUser {
  readonly poolId: string;
  readonly sub: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly name: string | null;
}

export interface SignUpServices {
  readonly profiles: Pick<ProfileStore, 'read' | 'fillIn' | 'linkCustomer' | 'removeUnlessMarked'>;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'read' | 'removeIfUnchanged'>;
  readonly index: CustomerIndex;
  readonly billing: CustomerReader & CustomerWriter & CustomerFinder;
  /** Null: rows begin without a trial. */
  readonly trial: SignUpTrial | null;
  readonly clock: Clock;
  readonly log: Log;
}

export type SignUpOutcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'incomplete'; readonly failed: readonly SignUpStep[] }
  /** The account was deleted during the sign-up, and nothing of it remains. */
  | { readonly kind: 'deleted_during_sign_up' };

export type SignUpStep = 'profile' | 'trial' | 'entitlement' | 'customer' | 'contact' | 'link';

export function createSignUp(parts: SignUpServices) {
  return async (user: NewUser): Promise<SignUpOutcome> => {
    const services = { ...parts, startedMs: parts.clock.nowMs() };
    const [rows, customerId] = await Promise.all([
      writeRows(services, user),
      tried(services, 'customer', () => createCustomer(services.billing, user)),
    ]);
    if (customerId === undefined) return { kind: 'incomplete', failed: [...rows.failed, 'customer'] };
    const linked = await linkCustomer(services, { user, customerId, rows });
    if (linked.isLinked) await addIndex(services, user, customerId);
    // This call comes last. If the customer is deleted by now, its user was deleted too; a deletion that starts after
    // this call finds the rows. The contact is not part of the creation, which must be identical in every repetition.
    const contact = { poolId: user.poolId, sub: user.sub, email: user.email, name: user.name };
    const described = await tried(services, 'contact', () => describeCustomer(services, customerId, contact));
    if (described === 'deleted') return rollBack(services, { user, customerId, rows });
    const failed = [...linked.failed, ...(described === undefined ? (['contact'] as const) : [])];
    return failed.length === 0 ? { kind: 'complete' } : { kind: 'incomplete', failed };
  };
}

/** The services of one sign-up. */
interface Run extends SignUpServices {
  /** By this machine's clock. */
  readonly startedMs: number;
}

interface RowsResult {
  readonly failed: readonly SignUpStep[];
}

async function writeRows(services: Run, user: NewUser): Promise<RowsResult> {
  const [profile, entitlement] = await Promise.all([
    tried(services, 'profile', () => fillIn(services, user)),
    // The trial is part of the time of this step.
    tried(services, 'entitlement', async () => {
      const { trial } = services;
      const row = trial === null ? rowWithoutTrial : await newRow({ ...services, trial }, user);
      return services.entitlements.createIfAbsent(user.sub, row);
    }),
  ]);
  const failed: SignUpStep[] = [];
  if (profile === undefined) failed.push('profile');
  if (entitlement === undefined) failed.push('entitlement');
  return { failed };
}

/** A user whose trial cannot be recorded has none, and is signed up nevertheless. */
async function newRow(services: Run & { readonly trial: SignUpTrial }, user: NewUser): Promise<NewRow> {
  const { trial, entitlements, clock, log } = services;
  const start = await tried(services, 'trial', () =>
    startTrial({ ...trial, entitlements }, user, nowSeconds(clock)),
  );
  switch (start?.kind) {
    case 'started':
      log.info('The trial of a new user started.', { metric: 'sign_up_trial' });
      return rowWithTrial(trial, start.at);
    case 'unverified':
      log.warn('A new user without a verified email address gets no trial.', {
        metric: 'sign_up_trial_unverified',
      });
      return rowWithoutTrial;
    case 'had_trial':
      log.info('A new user had a trial before, and gets no second one.', {
        metric: 'sign_up_trial_repeated',
      });
      return rowWithoutTrial;
    default:
      return rowWithoutTrial;
  }
}

/** Links the customer to the profile, after writing the profile again if that step failed. Returns the steps that failed. */
async function linkCustomer(
  services: Run,
  target: { readonly user: NewUser; readonly customerId: string; readonly rows: RowsResult },
): Promise<RowsResult & { readonly isLinked: boolean }> {
  const { user, customerId, rows } = target;
  const lacksProfile = rows.failed.includes('profile');
  const attempt = async () => {
    if (lacksProfile) await fillIn(services, user);
    return services.profiles.linkCustomer({ userId: user.sub, customerId, at: services.clock.nowIso() });
  };
  const linked = await tried(services, 'link', attempt);
  if (linked === 'other_customer') {
    services.log.warn('The profile already has another Stripe customer; the new one is a duplicate.', {
      metric: 'duplicate_customer',
      customer_id: customerId,
    });
  }
  // A profile that is missing now was deleted between the two writes; the customer's state decides what follows.
  if (linked === undefined) return { failed: [...rows.failed, 'link'], isLinked: false };
  const failed = rows.failed.filter((step) => step !== 'profile' || linked === 'missing');
  return { failed, isLinked: linked === 'linked' };
}

/** The sign-up is complete without it: the next reconcile run adds what is missing in the index. */
async function addIndex(services: Run, { sub }: NewUser, customerId: string): Promise<void> {
  const { clock, log } = services;
  const work = () => addToIndex(services, sub, [customerId]);
  await clock.within(timeLeftMs(services, 'link'), work).catch((cause: unknown) => {
    log.warn('The index of customers was not written in time.', { metric: 'customer_index_failed' }, cause);
  });
}

/**
 * Rolls back a sign-up whose customer is deleted: the account was deleted while the sign-up ran, or before a late
 * repetition of it.
 */
async function rollBack(
  services: Run,
  target: { readonly user: NewUser; readonly customerId: string; readonly rows: RowsResult },
): Promise<SignUpOutcome> {
  const { user, customerId, rows } = target;
  const account = { userId: user.sub, customerId };
  await dropFromIndex(services, user.sub, [customerId]);
  const profile = await tried(services, 'profile', () => removeProfile(services, account));
  const entitlement =
    profile === undefined
      ? undefined
      : await tried(services, 'entitlement', () => removeOwnRow(services, account));
  // A write that was sent before its time limit may still take effect.
  const certain = rows.failed.length === 0 && entitlement !== undefined;
  if (!certain) return { kind: 'incomplete', failed: ['profile', 'entitlement'] };
  return { kind: entitlement === 'account_exists' ? 'complete' : 'deleted_during_sign_up' };
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

/** Returns the result, or `undefined` after it has logged the failure. */
async function tried<T>(services: Run, step: SignUpStep, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await services.clock.within(timeLeftMs(services, step), work);
  } catch (cause) {
    services.log.error('A sign-up step failed.', { metric: 'sign_up_step_failed', step }, cause);
    return undefined;
  }
}

function timeLeftMs({ clock, startedMs }: Run, step: SignUpStep): number {
  if (step === 'trial') return signUpLimitsMs.trial;
  // The roll-back repeats the first steps, when their time has passed. The limit of the whole sign-up ends it.
  if (step !== 'link' && step !== 'contact') return signUpLimitsMs.first;
  return signUpLimitsMs[step] - (clock.nowMs() - startedMs);
}
