/** Every route of Stripe's API that is simulated. */
import type { Route } from '../http/route.ts';
import { accountRoutes } from './account.ts';
import { checkoutRoutes } from './checkout-sessions.ts';
import { customerRoutes } from './customers.ts';
import { entitlementRoutes } from './entitlements.ts';
import { eventRoutes, type Redelivery } from './events.ts';
import { invoiceItemRoutes } from './invoice-items.ts';
import { invoiceRoutes } from './invoices.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { paymentRoutes } from './payments.ts';
import { portalRoutes } from './portal-sessions.ts';
import { priceRoutes } from './prices.ts';
import { productRoutes } from './products.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';

export function apiRoutes(redelivery: Redelivery): readonly Route[] {
  return [
    ...accountRoutes,
    ...customerRoutes,
    ...productRoutes,
    ...priceRoutes,
    ...subscriptionRoutes,
    ...checkoutRoutes,
    ...portalRoutes,
    ...paymentMethodRoutes,
    ...paymentRoutes,
    ...invoiceRoutes,
    ...invoiceItemRoutes,
    ...entitlementRoutes,
    ...eventRoutes(redelivery),
    ...webhookEndpointRoutes,
  ];
}
