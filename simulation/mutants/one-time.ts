/** Defects of what is bought once. */
import type { OneTimePurchase } from '../../core/purchase/purchase.ts';
import type { Systems } from '../systems.ts';
import { billing, type Mutant, syncs } from './mutant.ts';

/** Changes what a use case reads of the purchases of a customer. */
const purchases = (
  systems: Systems,
  change: (purchase: OneTimePurchase) => readonly OneTimePurchase[],
): Systems =>
  billing(systems, {
    listPurchases: async (id) => {
      const list = await systems.billing.listPurchases(id);
      return list === 'missing' ? list : { ...list, purchases: list.purchases.flatMap(change) };
    },
  });

const focus = { kinds: ['buy_once', 'sync_own'] } as const;

export const oneTimeMutants: readonly Mutant[] = [
  {
    name: 'what was bought once is not read',
    violates: ['1', '7', '8'],
    focus,
    mutate: (systems) => purchases(systems, () => []),
  },
  {
    name: 'an event does not say that it is about something that is bought once',
    violates: ['1', '7'],
    focus,
    mutate: (systems) =>
      syncs(systems, (sync) => (request) => {
        const { includesPurchases: _, ...rest } = request;
        return sync(rest);
      }),
  },
  {
    name: 'a payment that is pending counts as paid',
    violates: ['1', '5', '8'],
    focus,
    mutate: (systems) => purchases(systems, (one) => [{ ...one, state: 'paid' }]),
  },
  {
    name: 'a refund or a dispute takes nothing back',
    violates: ['1', '5'],
    focus: { kinds: ['buy_once', 'refund_once', 'dispute_once'] },
    mutate: (systems) => purchases(systems, (one) => [{ ...one, reversal: null }]),
  },
  {
    name: 'a pass that is bought again begins with its payment',
    violates: ['1'],
    focus,
    mutate: (systems) => purchases(systems, (one) => [{ ...one, keys: [`prod_${one.sessionId}`] }]),
  },
  {
    name: 'a payment that is pending keeps no one from buying again',
    violates: ['8'],
    focus,
    mutate: (systems) => purchases(systems, (one) => (one.state === 'pending' ? [] : [one])),
  },
  {
    name: 'what was bought once stays with the buyer, also if the customer is given to another user',
    violates: ['1', '7'],
    focus: { kinds: ['buy_once', 'customer_reassigned'] },
    mutate: (systems) =>
      billing(systems, {
        listPurchases: async (id) => {
          const list = await systems.billing.listPurchases(id);
          return list === 'missing' ? list : { ...list, owner: null };
        },
      }),
  },
  {
    name: 'the checkout notes nowhere what it offers',
    violates: ['11'],
    focus,
    mutate: (systems) => ({
      ...billing(systems, { noteSoldOnce: async () => 'noted' }),
      sales: { noteSale: async () => true },
    }),
  },
  {
    name: 'the payment of something bought once for a deleted account is kept',
    violates: ['10'],
    focus: { kinds: ['buy_once', 'delete_while_paying'] },
    mutate: (systems) => billing(systems, { refundSale: async () => 0 }),
  },
  {
    name: 'a purchase of a deleted user is refunded although it was used',
    violates: ['10'],
    focus: { kinds: ['buy_once', 'delete_account_later', 'delete_account'] },
    mutate: (systems) => billing(systems, { customerDeletedAt: async (_, since) => since }),
  },
];
