/**
 * Gives a user what sign-up would have given: for who never fired the trigger (made by an admin, imported), or whose
 * sign-up failed. Whoever calls this has seen the user in Cognito; it looks there once more when all is written, so
 * that an account deleted meanwhile is not brought back.
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
  /** Deleted, or about to be: nothing of the user is left behind. */
  | { readonly kind: 'deleted' };

/** A customer deleted by hand is replaced; the one that replaces it may have been deleted too. */
const MAX_TRIES = 6;

/** `named`: a customer that is known to be the user's, for a profile that names none. */
export function createProvision(services: ProvisionServices) {
  return async (user: PoolUser, named: string | null = null): Promise<Provisioned> => {
    const { sub } = user;
    const filled = await services.profiles.fillIn({
      userId: sub,
      email: user.email,
      givenName: user.givenName,
      familyName: user.familyName,
      createdAt: services.clock.nowIso(),
    });
    if (filled === 'marked') return { kind: 'deleted' };
    const customerId = await liveCustomer(services, user, named);
    if (customerId === undefined) return { kind: 'deleted' };
    await services.entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
    if ((await services.users.readUser(user)) !== undefined) return { kind: 'ready', customerId };
    await rollBack(services, sub, customerId);
    return { kind: 'deleted' };
  };
}

/** The profile's customer if it lives, else another, which the profile names then; none if the profile goes. */
async function liveCustomer(
  services: ProvisionServices,
  user: PoolUser,
  given: string | null,
): Promise<string | undefined> {
  const { billing, profiles, clock } = services;
  const { sub } = user;
  const contact = { sub, email: user.email, name: nameOf(user) };
  const dead = new Set<string>();
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const profile = await profiles.read(sub);
    if (profile === undefined || profile.deletion !== null) return undefined;
    const { customerId: current } = profile;
    const named = current !== null && !dead.has(current) ? current : null;
    const candidate = named ?? (await anotherCustomer(services, sub, { given, dead }));
    if ((await billing.describeCustomer(candidate, contact)) === 'deleted') {
      dead.add(candidate);
      continue;
    }
    if (named !== null) return candidate;
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
 * The one given, or one at Stripe that names the user, as the website makes them: whoever pays through it would pay
 * twice with another. Else a new one.
 */
async function anotherCustomer(
  { billing, poolId }: ProvisionServices,
  sub: string,
  { given, dead }: { readonly given: string | null; readonly dead: ReadonlySet<string> },
): Promise<string> {
  if (given !== null && !dead.has(given)) return given;
  const found = await billing.findCustomers(sub);
  const living = found === 'unavailable' ? [] : found.filter((id) => !dead.has(id));
  const [first, ...others] = living;
  if (first === undefined) {
    return billing.createCustomer({ poolId, sub, replaces: [...dead].at(-1) ?? null });
  }
  for (const id of others.length === 0 ? [] : living) {
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
