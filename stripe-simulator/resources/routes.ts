/** Every route of Stripe's API that is simulated. */
import type { Route } from '../http/route.ts';
import { accountRoutes } from './account.ts';
import { checkoutRoutes } from './checkout-sessions.ts';
import { customerRoutes } from './customers.ts';
import { entitlementRoutes } from './entitlements.ts';
import { eventRoutes, type Redelivery } from './events.ts';
import { invoiceItemRoutes } from './invoice-items.ts';
import { invoiceRoutes } from './invoices.ts';
import { moneyBackRoutes } from './money-back.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { paymentRoutes } from './payments.ts';
import { portalConfigurationRoutes } from './portal-configurations.ts';
import { portalSessionRoutes } from './portal-sessions.ts';
import { priceRoutes } from './prices.ts';
import { productRoutes } from './products.ts';
import { subscriptionItemRoutes } from './subscription-items.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { type Advance, testClockRoutes } from './test-clocks.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';

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
