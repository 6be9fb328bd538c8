/** Implements the billing ports of core with Stripe. */
import type {
  ChargeReader,
  ComingReader,
  CustomerRemover,
  CustomerWriter,
  IncompleteCanceler,
  SubscriptionCanceler,
  SubscriptionEnder,
  SubscriptionReader,
} from '../../core/billing/billing.ts';
import type { BillingReader } from '../../core/checkout/sale-terms.ts';
import type { SoldCustomers } from '../../core/purchase/sale-record.ts';
import { recordIn } from '../../core/system/record.ts';
import { readBillingDetails } from './billing-details.ts';
import { orMissing } from './call.ts';
import { cancelIncomplete, endAtPeriodEnd, ensureCanceled } from './cancellation.ts';
import { expireOpenSessions } from './checkout.ts';
import { createCustomer } from './customer-creation.ts';
import { describeCustomer } from './customer-description.ts';
import { retrieveCustomer } from './customer-lookup.ts';
import { findCustomers, findEveryCustomer } from './customer-search.ts';
import { listFeatures } from './features.ts';
import { unknownShape } from './json.ts';
import { soldOnceMetadata } from './metadata.ts';
import { readPaymentStatus } from './page-invoices.ts';
import { readPaymentMethod } from './payment-method.ts';
import { voidPendingChanges } from './pending-changes.ts';
import { createOneTimeReader } from './purchases.ts';
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
  SoldCustomers &
  IncompleteCanceler &
  BillingReader;

export function createBilling(services: StripeServices): Billing {
  const { stripe } = services;
  return {
    retrieveCustomer: (customerId) => retrieveCustomer(stripe, customerId),
    readBillingDetails: (customerId) => readBillingDetails(stripe, customerId),
    readSubscriptionStamps: (customerId) => readSubscriptionStamps(services, customerId),
    listSubscriptions: (customerId) => listSubscriptions(services, customerId),
    listComing: (customerId) => listComing(stripe, customerId),
    ...createOneTimeReader(stripe),
    noteSoldOnce: async (customerId) => {
      const call = stripe.customers.update(customerId, { metadata: { ...soldOnceMetadata } });
      return (await orMissing('update customer', call)) === 'missing' ? 'missing' : 'noted';
    },
    listFeatures: (customerId) => listFeatures(stripe, customerId),
    readReversal: (subscriptionId, context) => readReversal(stripe, subscriptionId, context),
    readPaymentMethod: (id) => readPaymentMethod(stripe, id),
    readPaymentStatus: (id) => readPaymentStatus(stripe, id),
    customerOfCharge: (chargeId) => customerOfCharge(stripe, chargeId),
    createCustomer: (user, generation) => createCustomer(stripe, user, generation),
    describeCustomer: (customerId, contact) => describeCustomer(stripe, customerId, contact),
    findCustomers: (sub) => findCustomers(stripe, sub),
    findEveryCustomer: (user) => findEveryCustomer(stripe, user),
    deleteCustomer: async (customerId) => {
      // Paid after the deletion, a session would create a subscription without a user, and a change would apply to nothing.
      await Promise.all([expireOpenSessions(stripe, customerId), voidPendingChanges(stripe, customerId)]);
      const operation = 'delete customer';
      const answer: unknown = await orMissing(operation, stripe.customers.del(customerId));
      // The login is deleted next, and nothing would end the billing then.
      if (answer !== 'missing' && recordIn(answer)?.['deleted'] !== true) {
        throw unknownShape(operation, 'a customer that is deleted');
      }
    },
    cancelSubscription: (subscriptionId) => ensureCanceled(stripe, subscriptionId),
    endAtPeriodEnd: (subscriptionId, at) => endAtPeriodEnd(stripe, subscriptionId, at),
    cancelIncomplete: (subscriptionId) => cancelIncomplete(stripe, subscriptionId),
  };
}
