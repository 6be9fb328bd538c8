/** Defects of the index that leads from a customer without a name to its user. */
import { billing, type Mutant } from './mutant.ts';

export const customerIndexMutants: readonly Mutant[] = [
  {
    name: 'the index is never read',
    violates: ['1'],
    focus: { kinds: ['name_edited_away', 'subscribe', 'cancel'], settings: { dropRate: 0 } },
    mutate: (systems) => ({ ...systems, index: { ...systems.index, usersOf: async () => [] } }),
  },
  {
    name: 'the index is believed before the metadata',
    violates: ['1', '5'],
    focus: { kinds: ['customer_reassigned', 'subscribe'] },
    mutate: (systems, { dynamodb }) => {
      const indexed = (customerId: string, sub: string | null) => dynamodb.index.get(customerId)?.[0] ?? sub;
      return billing(systems, {
        retrieveCustomer: async (id) => {
          const found = await systems.billing.retrieveCustomer(id);
          return found.kind === 'customer' ? { ...found, sub: indexed(id, found.sub) } : found;
        },
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list === 'missing' || list.owner === null) return list;
          return { ...list, owner: { ...list.owner, sub: indexed(id, list.owner.sub) } };
        },
      });
    },
  },
  {
    name: 'the deletion leaves the user in the index',
    violates: ['3'],
    mutate: (systems) => ({ ...systems, index: { ...systems.index, drop: async () => undefined } }),
  },
  {
    name: 'the name is written back whatever the customer names by now',
    violates: ['1', '5', '13'],
    focus: { kinds: ['name_edited_away', 'customer_reassigned', 'subscribe'] },
    mutate: (systems) => ({
      ...systems,
      sync: (services) => {
        const sync = systems.sync(services);
        return async (request) => {
          const outcome = await sync(request);
          if (request.formerSub !== null && request.sub === null && services.poolId !== null) {
            const contact = { poolId: services.poolId, sub: request.formerSub, email: null, name: null };
            await services.billing.describeCustomer(request.customerId, contact);
          }
          return outcome;
        };
      },
    }),
  },
];
