/** Opens the access to Stripe with the first call, so that what needs no Stripe does not wait for its key. */
import type { CustomerFinder, CustomerWriter, SubscriptionReader } from '../../core/billing/billing.ts';

type Customers = SubscriptionReader & CustomerWriter & CustomerFinder;

export function deferredBilling(open: () => Promise<Customers>): Customers {
  return {
    retrieveCustomer: async (customerId) => (await open()).retrieveCustomer(customerId),
    listSubscriptions: async (customerId) => (await open()).listSubscriptions(customerId),
    listFeatures: async (customerId) => (await open()).listFeatures(customerId),
    readReversal: async (subscriptionId, context) => (await open()).readReversal(subscriptionId, context),
    readPaymentMethod: async (id) => (await open()).readPaymentMethod(id),
    readPaymentStatus: async (id) => (await open()).readPaymentStatus(id),
    listPurchases: async (customerId) => (await open()).listPurchases(customerId),
    readPurchase: async (sessionId) => (await open()).readPurchase(sessionId),
    readSubscriptionStamps: async (customerId) => (await open()).readSubscriptionStamps(customerId),
    createCustomer: async (user, generation) => (await open()).createCustomer(user, generation),
    describeCustomer: async (customerId, contact) => (await open()).describeCustomer(customerId, contact),
    findCustomers: async (sub) => (await open()).findCustomers(sub),
    findEveryCustomer: async (user) => (await open()).findEveryCustomer(user),
  };
}
