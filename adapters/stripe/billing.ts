/** Implements the billing ports of core with Stripe. */
import type { Stripe } from 'stripe';
import type {
  ChargeReader,
  ComingReader,
  CustomerLookup,
  CustomerRemover,
  CustomerWriter,
  IncompleteCanceler,
  SubscriptionCanceler,
  SubscriptionEnder,
  SubscriptionReader,
} from '../../core/billing/billing.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordAt } from '../../core/system/record.ts';
import { orMissing } from './call.ts';
import { cancelIncomplete, endAtPeriodEnd, ensureCanceled } from './cancellation.ts';
import { expireOpenSessions } from './checkout.ts';
import { createCustomer } from './customer-creation.ts';
import { findCustomers, findEveryCustomer } from './customer-search.ts';
import { listFeatures } from './features.ts';
import { objectIn, secondsAt } from './json.ts';
import { stampFor, stampIn } from './metadata.ts';
import { customerOfCharge, readReversal } from './reversal.ts';
import { listComing } from './schedules.ts';
import { listSubscriptions, readSubscriptionStamps, type StripeServices } from './subscriptions.ts';

export type Billing = SubscriptionReader &
  ComingReader &
  ChargeReader &
  CustomerWriter &
  CustomerRemover &
  SubscriptionCanceler &
  SubscriptionEnder &
  IncompleteCanceler;

export function createBilling(services: StripeServices): Billing {
  const { stripe } = services;
  return {
    retrieveCustomer: (customerId) => retrieveCustomer(stripe, customerId),
    readSubscriptionStamps: (customerId) => readSubscriptionStamps(services, customerId),
    listSubscriptions: (customerId) => listSubscriptions(services, customerId),
    listComing: (customerId) => listComing(stripe, customerId),
    listFeatures: (customerId) => listFeatures(stripe, customerId),
    readReversal: (subscriptionId, known) => readReversal(stripe, subscriptionId, known),
    customerOfCharge: (chargeId) => customerOfCharge(stripe, chargeId),
    createCustomer: (user, generation) => createCustomer(stripe, user, generation),
    describeCustomer: async (customerId, { poolId, sub, email, name }) => {
      const answer = await orMissing(
        'update customer',
        stripe.customers.update(customerId, {
          // Always called, even without an email or name, because the response shows whether the customer exists.
          metadata: stampFor(poolId, sub),
          ...(email === null ? {} : { email }),
          ...(name === null ? {} : { name }),
        }),
      );
      if (answer !== 'missing') return 'described';
      // A missing customer has serious consequences for the caller, so the customer itself is read to confirm it.
      const customer = await retrieveCustomer(stripe, customerId);
      if (customer.kind !== 'customer') return 'deleted';
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'update customer' });
    },
    findCustomers: (sub) => findCustomers(stripe, sub),
    findEveryCustomer: (user) => findEveryCustomer(stripe, user),
    deleteCustomer: async (customerId) => {
      // A session paid after the deletion would create a subscription without a user.
      await expireOpenSessions(stripe, customerId);
      await orMissing('delete customer', stripe.customers.del(customerId));
    },
    cancelSubscription: (subscriptionId) => ensureCanceled(stripe, subscriptionId),
    endAtPeriodEnd: (subscriptionId, at) => endAtPeriodEnd(stripe, subscriptionId, at),
    cancelIncomplete: (subscriptionId) => cancelIncomplete(stripe, subscriptionId),
  };
}

export async function retrieveCustomer(stripe: Stripe, customerId: string): Promise<CustomerLookup> {
  const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(customerId));
  if (answer === 'missing') return { kind: 'missing' };
  const customer = objectIn('retrieve customer', answer, 'customer');
  if (customer['deleted'] === true) return { kind: 'deleted' };
  const createdAt = secondsAt(customer, 'created');
  return { kind: 'customer', id: customerId, createdAt, ...stampIn(recordAt(customer, 'metadata')) };
}
