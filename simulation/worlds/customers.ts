/** The calls about customers on the world of Stripe: stored failures of a creation, and a search that is late. */
import type { CustomerStamp } from '../../core/account/ownership.ts';
import type { CustomerFinder, CustomerReader, CustomerWriter } from '../../core/billing/billing.ts';
import type { BillingReader } from '../../core/checkout/sale-terms.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Network } from '../engine/invocation.ts';
import { createOnce, existing, listRecent } from './creation.ts';
import { isEnded } from './ended.ts';
import { addCustomer, type Customer, lookupIn, nameUser, type StripeWorld, stampOf } from './stripe.ts';

const MAX_SEARCH_LAG_MS = 60_000;

type CustomerCalls = CustomerReader & CustomerWriter & CustomerFinder & BillingReader;

export function customersOf(world: StripeWorld, network: Network): CustomerCalls {
  return {
    retrieveCustomer: (id) => network.call('stripe', 'retrieve customer', () => lookupIn(world, id)),
    readBillingDetails: (id) =>
      network.call('stripe', 'read billing details', () =>
        world.customers.get(id)?.deletedMs === null
          ? { name: null, hasAddress: false, hasTaxId: false }
          : 'missing',
      ),
    readSubscriptionStamps: (id) =>
      network.call('stripe', 'read subscription stamps', () => liveStampsOf(world, id)),
    createCustomer: async (user, generation) => {
      const operation = 'create customer';
      const answer = await network.call('stripe', operation, () =>
        createOnce(world, { ...user, generation }, () => addCustomer(world, user, 'service')),
      );
      if (answer !== 'server_error') return answer;
      throw new Fault({ code: 'unavailable', system: 'stripe', operation });
    },
    describeCustomer: (id, { sub, poolId, email }) =>
      network.call('stripe', 'update customer', () => {
        const customer = world.customers.get(id);
        if (customer?.deletedMs !== null) return 'deleted';
        const hasContact = customer.hasContact || email !== null;
        world.customers.set(id, { ...nameUser(world, customer, sub), poolId, hasContact });
        return 'described';
      }),
    ...findersOf(world, network),
  };
}

/** The calls that find the customers of a user. */
function findersOf(world: StripeWorld, network: Network): CustomerFinder {
  return {
    findCustomers: (sub) => network.call('stripe', 'search customers', () => searchFor(world, sub)),
    findEveryCustomer: async ({ poolId, sub }) => {
      const searched = await network.call('stripe', 'search customers', () => searchFor(world, sub));
      const recent = await network.call('stripe', 'list customers', () => listRecent(world, sub));
      const found = new Set([...searched, ...recent]);
      return network.call('stripe', 'retrieve customers', () => existing(world, { poolId, sub }, found));
    },
  };
}

function liveStampsOf(world: StripeWorld, customerId: string): readonly CustomerStamp[] {
  return [...world.subscriptions.values()]
    .filter((subscription) => subscription.customerId === customerId && !isEnded(subscription))
    .map((subscription) => stampOf(world, subscription))
    .reverse();
}

function searchFor(world: StripeWorld, sub: string): readonly string[] {
  const indexedMs = world.timeline.nowMs - world.random.below(MAX_SEARCH_LAG_MS);
  return [...world.customers.values()]
    .filter((customer) => isIndexed(customer, sub, indexedMs))
    .map(({ id }) => id);
}

/** Whether the search finds the customer. Its index lags, and misses what was created, renamed or deleted since `indexedMs`. */
function isIndexed(customer: Customer, sub: string, indexedMs: number): boolean {
  const named = customer.namedMs > indexedMs ? customer.formerSub : customer.sub;
  if (named !== sub || customer.createdMs > indexedMs) return false;
  return customer.deletedMs === null || customer.deletedMs > indexedMs;
}
