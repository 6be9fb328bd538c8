/** Every route of Stripe's API that is simulated. */

import { priceRoutes } from '../catalog/prices.ts';
import { productRoutes } from '../catalog/products.ts';
import { checkoutRoutes } from '../checkout/checkout-routes.ts';
import { customerRoutes } from '../customers/customer-routes.ts';
import { entitlementRoutes } from '../entitlements/entitlement-routes.ts';
import { eventRoutes, type Redelivery } from '../events/event-routes.ts';
import { invoiceItemRoutes } from '../invoices/invoice-items.ts';
import { invoiceRoutes } from '../invoices/invoice-routes.ts';
import { paymentMethodRoutes } from '../payments/payment-method-routes.ts';
import { paymentRoutes } from '../payments/payment-routes.ts';
import { moneyBackRoutes } from '../payments/reversal-routes.ts';
import { portalConfigurationRoutes } from '../portal/portal-configurations.ts';
import { portalSessionRoutes } from '../portal/portal-sessions.ts';
import type { Route } from '../protocol/route.ts';
import { subscriptionItemRoutes } from '../subscriptions/subscription-item-routes.ts';
import { subscriptionRoutes } from '../subscriptions/subscription-routes.ts';
import { type Advance, testClockRoutes } from '../test-clocks/test-clocks.ts';
import { webhookEndpointRoutes } from '../webhook-endpoints/webhook-endpoints.ts';
import { accountRoutes } from './account.ts';

/** What operations set going beyond the records. */
export interface Machinery extends Redelivery {
  readonly advance: Advance;
}

export function apiRoutes(machinery: Machinery): readonly Route[] {
  return [
    ...accountRoutes,
    ...customerRoutes,
    ...productRoutes,
    ...priceRoutes,
    ...subscriptionRoutes,
    ...subscriptionItemRoutes,
    ...checkoutRoutes,
    ...portalSessionRoutes,
    ...portalConfigurationRoutes,
    ...paymentMethodRoutes,
    ...paymentRoutes,
    ...moneyBackRoutes,
    ...invoiceRoutes,
    ...invoiceItemRoutes,
    ...entitlementRoutes,
    ...eventRoutes(machinery),
    ...testClockRoutes(machinery.advance),
    ...webhookEndpointRoutes,
  ];
}
