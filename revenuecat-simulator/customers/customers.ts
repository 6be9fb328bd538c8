/** Customers and their app user ids. */
import { ANONYMOUS_PREFIX, type Customer } from '../model/customer.ts';
import { invalidParameter, missing } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';

const MAX_ID_LENGTH = 1_500;
const DEFAULT_COUNTRY = 'US';

/** Finds a customer by any of its app user ids. */
export function findCustomer(world: World, id: string): Customer | undefined {
  const { customers } = world.store;
  const direct = customers.get(id);
  if (direct !== undefined) return direct;
  return customers.oldestFirst().find(({ aliases }) => aliases.some((alias) => alias.id === id));
}

export function getCustomer(world: World, id: string): Customer {
  const customer = findCustomer(world, id);
  if (customer === undefined) throw missing('customer', id);
  return customer;
}

/** The app starts on a device with this app user id: the customer is created, or seen again. */
export function openApp(world: World, id: string, country?: string): Customer {
  const now = world.nowMs();
  const known = findCustomer(world, id);
  if (known !== undefined) {
    return world.store.customers.put({
      ...known,
      last_seen_at: now,
      last_app_user_id: id,
      country: country ?? known.country,
    });
  }
  checkId(id);
  return world.store.customers.put({
    id,
    original_app_user_id: id,
    last_app_user_id: id,
    first_seen_at: now,
    last_seen_at: now,
    country: country ?? DEFAULT_COUNTRY,
    aliases: [{ id, created_at: now }],
  });
}

/** Returns an app user id of a device where no one has logged in. */
export function anonymousId(world: World): string {
  return `${ANONYMOUS_PREFIX}${world.ids.nextAnonymous()}`;
}

export function isAnonymous(id: string): boolean {
  return id.startsWith(ANONYMOUS_PREFIX);
}

export function aliasIdsOf({ aliases }: Customer): readonly string[] {
  return aliases.map(({ id }) => id);
}

function checkId(id: string): void {
  if (id.trim() === '' || id.length > MAX_ID_LENGTH) {
    throw invalidParameter('customer_id', `A customer id has from 1 to ${MAX_ID_LENGTH} characters.`);
  }
}
