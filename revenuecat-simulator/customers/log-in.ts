/** A log-in on a device that was anonymous: the anonymous id becomes an alias of the user. */
import type { Alias, Customer } from '../model/customer.ts';
import { impossible, invalidParameter } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';
import { findCustomer, isAnonymous, openApp } from './customers.ts';
import { assign, ownedBy } from './ownership.ts';

export function logIn(world: World, anonymous: string, userId: string): Customer {
  if (!isAnonymous(anonymous)) {
    throw invalidParameter(
      'customer_id',
      `Only an anonymous customer can log in, and ${anonymous} is not one.`,
    );
  }
  if (isAnonymous(userId)) throw invalidParameter('user_id', 'user_id must not be anonymous.');
  const device = findCustomer(world, anonymous) ?? openApp(world, anonymous);
  const user = findCustomer(world, userId);
  // The device of this user logs in again.
  if (user?.id === device.id) return openApp(world, userId);
  if (!isAnonymous(device.id)) throw impossible(`${anonymous} belongs to ${device.id} already.`);
  if (user === undefined) return rename(world, device, userId);
  return merge(world, device, user);
}

/** Two users become one customer, as in a project that shares purchases between the users of a device. */
export function share(world: World, userId: string, withUserId: string): Customer {
  const [one, other] = [openApp(world, userId), openApp(world, withUserId)];
  return one.id === other.id ? one : merge(world, one, other);
}

/** The user is new: the anonymous customer becomes the user. */
function rename(world: World, device: Customer, userId: string): Customer {
  const now = world.nowMs();
  assign(world, ownedBy(world, device.id), userId);
  world.store.customers.delete(device.id);
  return world.store.customers.put({
    ...device,
    id: userId,
    last_app_user_id: userId,
    last_seen_at: now,
    aliases: [...device.aliases, { id: userId, created_at: now }],
  });
}

/** Both exist: the user gets what the other customer owns, and its ids. */
function merge(world: World, device: Customer, user: Customer): Customer {
  assign(world, ownedBy(world, device.id), user.id);
  world.store.customers.delete(device.id);
  return world.store.customers.put({
    ...user,
    first_seen_at: Math.min(user.first_seen_at, device.first_seen_at),
    last_seen_at: world.nowMs(),
    last_app_user_id: user.id,
    aliases: [...user.aliases, ...device.aliases].sort(byCreation),
  });
}

function byCreation(one: Alias, other: Alias): number {
  return one.created_at - other.created_at;
}
