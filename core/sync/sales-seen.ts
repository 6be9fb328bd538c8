/**
 * Notices which customers the checkout has offered something to that is bought once. Their own metadata say so, and a sync reads
 * those anyway. So what was bought is found again, without a further call for anyone else, if the row that knew of it is lost.
 */
import type { SubscriptionReader } from '../billing/billing.ts';
import type { OwnerCache } from './owner.ts';

export interface SalesSeen {
  readonly billing: Pick<SubscriptionReader, 'retrieveCustomer' | 'listSubscriptions'>;
  /** Whether one of these customers is known to be one of them. */
  readonly isSoldTo: (customerIds: readonly string[]) => boolean;
}

/** The cache is the one of owners, because who is found there is not read again. */
export function seeingSales(
  billing: Pick<SubscriptionReader, 'retrieveCustomer' | 'listSubscriptions'>,
  owners: OwnerCache,
): SalesSeen {
  const note = (customerId: string, says: { readonly soldOnce?: true } | null): void => {
    if (says?.soldOnce === true) owners.set(keyOf(customerId), customerId);
  };
  return {
    billing: {
      retrieveCustomer: async (customerId) => {
        const lookup = await billing.retrieveCustomer(customerId);
        if (lookup.kind === 'customer') note(customerId, lookup);
        return lookup;
      },
      listSubscriptions: async (customerId) => {
        const list = await billing.listSubscriptions(customerId);
        if (list !== 'missing') note(customerId, list.owner);
        return list;
      },
    },
    isSoldTo: (customerIds) => customerIds.some((id) => owners.get(keyOf(id)) !== undefined),
  };
}

function keyOf(customerId: string): string {
  return `sold once: ${customerId}`;
}
