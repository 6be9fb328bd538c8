/** Finds the customers through which a user may pay: a subscription of any of them makes another one a second payment. */
import { withNamedOwner } from '../account/named-owner.ts';
import { mayGiveAccess } from '../account/ownership.ts';
import type { CustomerFinder, CustomerReader } from '../billing/billing.ts';
import type { Log } from '../system/log.ts';

export interface OwnCustomersServices {
  readonly billing: CustomerReader & Pick<CustomerFinder, 'findCustomers'>;
  readonly log: Log;
}

/** Returns the customers that name the user, also those that no row lists: other code created them. */
export async function searchCustomers(
  { billing, log }: OwnCustomersServices,
  sub: string,
): Promise<readonly string[]> {
  const found = await billing.findCustomers(sub);
  if (found !== 'unavailable') return found;
  log.warn('Stripe search is not available for this account; unlisted customers cannot be found.', {
    metric: 'customer_search_unavailable',
    user_id: sub,
  });
  return [];
}

/**
 * Returns the customers without those that name another user, or, where they name none, whose subscriptions do. Their
 * sessions and subscriptions must not be touched.
 */
export async function ownCustomers(
  { billing }: Pick<OwnCustomersServices, 'billing'>,
  sub: string,
  customerIds: readonly string[],
): Promise<readonly string[]> {
  const read = customerIds.map(async (id) => {
    const lookup = await billing.retrieveCustomer(id);
    if (lookup.kind !== 'customer') return [id];
    return mayGiveAccess(await withNamedOwner(billing, { customerId: id, sub }, lookup), sub) ? [id] : [];
  });
  return (await Promise.all(read)).flat();
}
