/**
 * Provisions a user: creates the profile, the row and the customer where they are missing. They are missing after a
 * failed sign-up, and for users that an administrator created or imported, since Cognito runs no trigger for them. The
 * caller has read the user from Cognito. Provisioning reads the user again after the last write, so that it never
 * restores an account that was deleted during the provisioning.
 */
import type { CustomerRemover, CustomerWriter, SubscriptionReader } from '../billing/billing.ts';
import { type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { PoolUser, UserReader } from './pool-user.ts';
import type { ProfileStore } from './profile.ts';

export interface ProvisionServices {
  readonly poolId: string;
  readonly profiles: Pick<
    ProfileStore,
    'read' | 'fillIn' | 'linkCustomer' | 'replaceCustomer' | 'removeUnlessMarked'
  >;
  readonly entitlements: Pick<EntitlementStore, 'createIfAbsent' | 'remove'>;
  readonly billing: SubscriptionReader & CustomerWriter & CustomerRemover;
  readonly users: UserReader;
  readonly clock: Pick<Clock, 'nowIso'>;
}

export type Provisioned =
  | { readonly kind: 'ready'; readonly customerId: string }
  /** The user is deleted or being deleted. Nothing of the user is left behind. */
  | { readonly kind: 'deleted' };

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
    const customerId = await liveCustomer(services, user, preferred);
    if (customerId === undefined) return { kind: 'deleted' };
    await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
    if ((await services.users.readUser(user)) !== undefined) return { kind: 'ready', customerId };
    await rollBack(services, sub, customerId);
    return { kind: 'deleted' };
  };
}

/** Returns the profile's customer if Stripe has it. Otherwise links another one; `undefined` if the profile is deleted. */
async function liveCustomer(
  services: ProvisionServices,
  user: PoolUser,
  preferred: string | null,
): Promise<string | undefined> {
  const { billing, profiles, clock } = services;
  const { sub } = user;
  const contact = { sub, email: user.email, name: nameOf(user) };
  const deleted = new Set<string>();
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const profile = await profiles.read(sub);
    if (profile === undefined || profile.deletion !== null) return undefined;
    const { customerId: current } = profile;
    const linkedId = current !== null && !deleted.has(current) ? current : null;
    const candidate = linkedId ?? (await otherCustomer(services, sub, { preferred, deleted }));
    if ((await billing.describeCustomer(candidate, contact)) === 'deleted') {
      deleted.add(candidate);
      continue;
    }
    if (linkedId !== null) return candidate;
    const link = { userId: sub, customerId: candidate, at: clock.nowIso() };
    const linked = await (current === null
      ? profiles.linkCustomer(link)
      : profiles.replaceCustomer({ ...link, expectedCustomerId: current }));
    if (linked === 'linked') return candidate;
    if (linked === 'missing') {
      await billing.deleteCustomer(candidate);
      return undefined;
    }
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'provision' });
}

/**
 * Returns the preferred customer, or else a customer in Stripe that names the user, such as one that the website
 * created: a second customer would let the user pay twice. Creates a customer if there is neither.
 */
async function otherCustomer(
  { billing, poolId }: ProvisionServices,
  sub: string,
  { preferred, deleted }: { readonly preferred: string | null; readonly deleted: ReadonlySet<string> },
): Promise<string> {
  if (preferred !== null && !deleted.has(preferred)) return preferred;
  const found = await billing.findCustomers(sub);
  const existing = found === 'unavailable' ? [] : found.filter((id) => !deleted.has(id));
  const [first, ...others] = existing;
  if (first === undefined) {
    return billing.createCustomer({ poolId, sub, replaces: [...deleted].at(-1) ?? null });
  }
  for (const id of others.length === 0 ? [] : existing) {
    const list = await billing.listSubscriptions(id);
    if (list !== 'missing' && list.subscriptions.some(({ status }) => meaningOf(status).alive)) return id;
  }
  return first;
}

async function rollBack(services: ProvisionServices, sub: string, customerId: string): Promise<void> {
  await services.billing.deleteCustomer(customerId);
  await services.entitlements.remove(sub);
  await services.profiles.removeUnlessMarked({ userId: sub, customerId });
}

function nameOf({ givenName, familyName }: PoolUser): string | null {
  const name = [givenName, familyName].filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
