/**
 * Provisions a user: creates the profile, the row and the customer where they are missing. They are missing after a
 * failed sign-up, and for users that an administrator created or imported, since Cognito runs no trigger for them. The
 * caller has read the user from Cognito. Provisioning reads the user again after the last write, so that it never
 * restores an account that was deleted during the provisioning.
 */
import type {
  Contact,
  CustomerContact,
  CustomerRemover,
  CustomerWriter,
  SubscriptionReader,
} from '../billing/billing.ts';
import { type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import { endCustomer } from '../gate/act.ts';
import { readCustomerOwner } from '../gate/customer-owner.ts';
import { hasEnded, meaningOf } from '../subscription/status.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { createCustomer } from './create-customer.ts';
import { addToIndex, type CustomerIndex, dropFromIndex } from './customer-index.ts';
import { describeCustomer } from './describe-customer.ts';
import { isOfAnother, reportContradiction } from './ownership.ts';
import type { PoolUser, UserReader } from './pool-user.ts';
import type { Profile, ProfileStore } from './profile.ts';
import { isProvablyOf } from './restore-name.ts';
import { removeOwnRow, removeProfile } from './roll-back.ts';

export interface ProvisionServices {
  readonly poolId: string;
  readonly profiles: Pick<
    ProfileStore,
    'read' | 'fillIn' | 'linkCustomer' | 'replaceCustomer' | 'removeUnlessMarked'
  >;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'read' | 'removeIfUnchanged'>;
  readonly index: CustomerIndex;
  readonly billing: SubscriptionReader & CustomerWriter & CustomerRemover;
  readonly users: UserReader;
  readonly clock: Pick<Clock, 'nowIso'>;
  readonly log: Log;
}

export type Provisioned =
  | { readonly kind: 'ready'; readonly customerId: string }
  /** The user is deleted or being deleted. Nothing of the user is left behind. */
  | { readonly kind: 'deleted' }
  /** The profile names a customer that is another user's. Only a person can say which of them is right. */
  | { readonly kind: 'contradiction' };

/** A customer that was deleted by hand is replaced, and its replacement may be deleted too. */
const MAX_ATTEMPTS = 6;

/** `preferred` is a customer that is known to be the user's. It is used if the profile has none. */
export function createProvision(services: ProvisionServices) {
  return async (user: PoolUser, preferred: string | null = null): Promise<Provisioned> => {
    const { sub } = user;
    const filled = await services.profiles.fillIn({
      userId: sub,
      email: user.email,
      givenName: user.givenName,
      familyName: user.familyName,
      createdAt: services.clock.nowIso(),
    });
    if (filled === 'marked') return { kind: 'deleted' };
    const ready = await liveCustomer(services, user, preferred);
    if (ready.kind === 'deleted') await removeRowOfDeleted(services, user);
    if (ready.kind !== 'ready') return ready;
    const { customerId } = ready;
    await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
    // In this order: a deletion removes the user before the profile.
    const profile = await services.profiles.read(sub);
    if ((await services.users.readUser(user)) === undefined) {
      await rollBack(services, sub, customerId);
      return { kind: 'deleted' };
    }
    if (profile === undefined || profile.deletion === null) return ready;
    await dropFromIndex(services, sub, [customerId]);
    // The deletion may have removed the row before this one was created. It ends everything else.
    await removeOwnRow(services, { userId: sub, customerId });
    return { kind: 'deleted' };
  };
}

/** A sync may have created the row from the profile that this provisioning wrote after the deletion. */
async function removeRowOfDeleted(services: ProvisionServices, user: PoolUser): Promise<void> {
  if ((await services.users.readUser(user)) !== undefined) return;
  await removeOwnRow(services, { userId: user.sub, customerId: null });
}

interface Candidate {
  readonly customerId: string;
  /** `created`: now, or before under the same key. */
  readonly source: 'profile' | 'found' | 'created';
}

/** Returns the profile's customer if Stripe has it. Otherwise links another one; `deleted` if the profile is deleted. */
async function liveCustomer(
  services: ProvisionServices,
  user: PoolUser,
  preferred: string | null,
): Promise<Provisioned> {
  const { profiles, clock, log, poolId } = services;
  const { sub } = user;
  const contact = { poolId, sub, email: user.email, name: nameOf(user) };
  // Deleted by hand, or another user's.
  const excluded = new Set<string>();
  // Only the profile's customer and those created here: concurrent calls agree on them, and create under the same key.
  let replaces: string | null = null;
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const profile = await profiles.read(sub);
    if (profile === undefined || profile.deletion !== null) return { kind: 'deleted' };
    const { customerId: current } = profile;
    const { customerId, source }: Candidate =
      current !== null && !excluded.has(current)
        ? { customerId: current, source: 'profile' }
        : await otherCustomer(services, profile, { preferred, excluded, replaces });
    const linked = source === 'profile';
    const usable = await usableCustomer(services, sub, { customerId, linked });
    if (usable === 'of_another' && linked) return { kind: 'contradiction' };
    const described =
      usable === 'of_another'
        ? usable
        : await describeCustomer(services, customerId, missingOf(contact, usable));
    if (described !== 'described') {
      excluded.add(customerId);
      if (source !== 'found') replaces = customerId;
      continue;
    }
    const ready = { kind: 'ready', customerId } as const;
    if (linked) return ready;
    const link = { userId: sub, customerId, at: clock.nowIso() };
    const result = await (current === null
      ? profiles.linkCustomer(link)
      : profiles.replaceCustomer({ ...link, expectedCustomerId: current }));
    if (result === 'linked') {
      await addToIndex(services, sub, [customerId]);
      return ready;
    }
    if (result === 'missing') return profileGone(services, user, customerId);
    log.warn('The profile has another Stripe customer by now; this one is a duplicate.', {
      metric: 'duplicate_customer',
      customer_id: customerId,
      user_id: sub,
    });
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'provision' });
}

/**
 * The profile disappeared during the provisioning. A deletion removes the user before the profile, so the customer is ended
 * only if Cognito does not know the user any more. Otherwise the record was lost, and the customer may be a paying one.
 */
async function profileGone(
  services: ProvisionServices,
  user: PoolUser,
  customerId: string,
): Promise<Provisioned> {
  if ((await services.users.readUser(user)) !== undefined) {
    throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'provision' });
  }
  await endUnlessBilled(services, user.sub, customerId);
  return { kind: 'deleted' };
}

/**
 * Ends the customer of a deleted user, unless something is paid for through it or it is not proven to be the user's. That is
 * not this process's work: reconcile finds it, and the gate ends it with its proof and its limit.
 */
async function endUnlessBilled(
  services: ProvisionServices,
  sub: string,
  customerId: string,
): Promise<'ended' | 'kept'> {
  const list = await services.billing.listSubscriptions(customerId);
  const isBilled = list !== 'missing' && list.subscriptions.some(({ status }) => !hasEnded(status));
  if (isBilled) return 'kept';
  const basis = { kind: 'own_work' } as const;
  const target = { customerId, sub, poolId: services.poolId, recorded: false, basis };
  const outcome = await endCustomer(services, target);
  return outcome === 'deleted' || outcome === 'missing' ? 'ended' : 'kept';
}

/** What a customer of another user or another pool must not get: describing it would take it from its owner. */
async function usableCustomer(
  services: ProvisionServices,
  sub: string,
  { customerId, linked }: { readonly customerId: string; readonly linked: boolean },
): Promise<CustomerContact | 'of_another'> {
  const { poolId, log } = services;
  const claim = { customerId, sub, poolId, recorded: linked, requested: true };
  const owner = await readCustomerOwner(services, claim);
  // What comes next finds out whether it is deleted.
  if (owner.kind !== 'customer') return noContact;
  if (!isOfAnother(owner.ownership)) return owner.contact ?? noContact;
  if (linked) {
    reportContradiction(log, {
      customerId,
      sub: owner.namedSub ?? sub,
      otherSub: sub,
      source: 'profile',
    });
  }
  return 'of_another';
}

const noContact: CustomerContact = { hasEmail: false, hasName: false };

/** Leaves out what the customer has: the user may have changed it in the billing portal. */
function missingOf(contact: Contact, { hasEmail, hasName }: CustomerContact): Contact {
  return { ...contact, email: hasEmail ? null : contact.email, name: hasName ? null : contact.name };
}

/**
 * Returns the preferred customer, or else a customer in Stripe that names the user, such as one that the website
 * created: a second customer would let the user pay twice. Creates a customer if there is neither.
 */
async function otherCustomer(
  services: ProvisionServices,
  profile: Profile,
  {
    preferred,
    excluded,
    replaces,
  }: {
    readonly preferred: string | null;
    readonly excluded: ReadonlySet<string>;
    readonly replaces: string | null;
  },
): Promise<Candidate> {
  const { billing, poolId } = services;
  const { userId: sub } = profile;
  if (preferred !== null && !excluded.has(preferred)) return { customerId: preferred, source: 'found' };
  const found = await billing.findCustomers(sub);
  const existing = found === 'unavailable' ? [] : found.filter((id) => !excluded.has(id));
  const [first, ...others] = existing;
  if (first === undefined) {
    const listed = await listedCustomer(services, profile, excluded);
    if (listed !== undefined) return { customerId: listed, source: 'found' };
    return { customerId: await createCustomer(billing, { poolId, sub, replaces }), source: 'created' };
  }
  for (const id of others.length === 0 ? [] : existing) {
    const list = await billing.listSubscriptions(id);
    if (list !== 'missing' && list.subscriptions.some(({ status }) => meaningOf(status).alive)) {
      return { customerId: id, source: 'found' };
    }
  }
  return { customerId: first, source: 'found' };
}

/** Returns a customer that only the row names: a person has edited its metadata, so the search does not find it. */
async function listedCustomer(
  { entitlements, billing, poolId }: ProvisionServices,
  profile: Profile,
  excluded: ReadonlySet<string>,
): Promise<string | undefined> {
  const { userId: sub } = profile;
  const row = await entitlements.read(sub);
  for (const customerId of row?.customerIds ?? []) {
    const lookup = excluded.has(customerId) ? undefined : await billing.retrieveCustomer(customerId);
    if (lookup?.kind !== 'customer' || lookup.sub !== null) continue;
    const stamps = await billing.readSubscriptionStamps(customerId);
    const about = { customerId, sub, poolId, pool: lookup.poolId, stamps, named: false };
    if (isProvablyOf({ row, profile, ...about })) return customerId;
  }
  return undefined;
}

async function rollBack(services: ProvisionServices, sub: string, customerId: string): Promise<void> {
  const result = await endUnlessBilled(services, sub, customerId);
  if (result === 'ended') await dropFromIndex(services, sub, [customerId]);
  await removeProfile(services, { userId: sub, customerId });
  // The row of a customer that is left is its only record.
  await removeOwnRow(services, { userId: sub, customerId: result === 'ended' ? customerId : null });
}

function nameOf({ givenName, familyName }: PoolUser): string | null {
  const name = [givenName, familyName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
