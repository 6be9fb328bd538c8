/** All simulated routes of Stripe's API. */

import { accountBalanceRoutes } from '../balance/balance-routes.ts';
import { planRoutes } from '../catalog/plan-routes.ts';
import { priceRoutes } from '../catalog/price-routes.ts';
import { productRoutes } from '../catalog/product-routes.ts';
import { checkoutRoutes } from '../checkout/checkout-routes.ts';
import { creditNoteRoutes } from '../credit-notes/credit-note-routes.ts';
import { balanceRoutes } from '../customers/balance-routes.ts';
import { customerRoutes } from '../customers/customer-routes.ts';
import { taxIdRoutes } from '../customers/tax-id-routes.ts';
import { discountRoutes } from '../discounts/discount-routes.ts';
import { disputeRoutes } from '../disputes/dispute-routes.ts';
import { entitlementRoutes } from '../entitlements/entitlement-routes.ts';
import { eventDestinationRoutes } from '../event-destinations/event-destination-routes.ts';
import { eventRoutes, type Redelivery } from '../events/event-routes.ts';
import { invoiceItemRoutes } from '../invoices/invoice-item-routes.ts';
import { invoiceRoutes } from '../invoices/invoice-routes.ts';
import { meterRoutes } from '../meters/meter-routes.ts';
import { mobileRoutes } from '../mobile/mobile-routes.ts';
import { plainRoutes } from '../other-products/plain-routes.ts';
import { intentRoutes } from '../payment-intents/intent-routes.ts';
import { paymentLinkRoutes } from '../payment-links/payment-link-routes.ts';
import { chargeRoutes } from '../payments/charge-routes.ts';
import { paymentMethodRoutes } from '../payments/payment-method-routes.ts';
import { paymentRecordRoutes } from '../payments/payment-record-routes.ts';
import { refundRoutes } from '../payments/refund-routes.ts';
import { portalRoutes } from '../portal/portal-routes.ts';
import type { Route } from '../protocol/route.ts';
import { quoteRoutes } from '../quotes/quote-routes.ts';
import { setupRoutes } from '../setup-intents/setup-routes.ts';
import { sourceRoutes } from '../sources/source-routes.ts';
import type { CliSessions } from '../stripecli/cli-sessions.ts';
import { cliSessionRoutes } from '../stripecli/session-routes.ts';
import { scheduleRoutes } from '../subscription-schedules/schedule-routes.ts';
import { subscriptionItemRoutes } from '../subscriptions/subscription-item-routes.ts';
import { subscriptionRoutes } from '../subscriptions/subscription-routes.ts';
import { taxRateRoutes } from '../taxes/tax-rate-routes.ts';
import { testClockRoutes } from '../test-clocks/test-clock-routes.ts';
import type { Advance } from '../test-clocks/test-clocks.ts';
import { webhookEndpointRoutes } from '../webhook-endpoints/webhook-endpoint-routes.ts';
import { accountRoutes } from './account.ts';

/** The services that some routes need beyond the records. */
export interface RouteServices extends Redelivery {
  readonly advance: Advance;
  readonly cli: Pick<CliSessions, 'open'>;
}

export function apiRoutes(services: RouteServices): readonly Route[] {
  return [
    ...accountRoutes,
    ...customerRoutes,
    ...productRoutes,
    ...priceRoutes,
    ...planRoutes,
    ...discountRoutes,
    ...taxRateRoutes,
    ...meterRoutes,
    ...balanceRoutes,
    ...taxIdRoutes,
    ...subscriptionRoutes,
    ...subscriptionItemRoutes,
    ...scheduleRoutes,
    ...quoteRoutes,
    ...checkoutRoutes,
    ...paymentLinkRoutes,
    ...portalRoutes,
    ...paymentMethodRoutes,
    ...intentRoutes,
    ...setupRoutes,
    ...chargeRoutes,
    ...refundRoutes,
    ...disputeRoutes,
    ...accountBalanceRoutes,
    ...sourceRoutes,
    ...mobileRoutes,
    ...plainRoutes,
    ...invoiceRoutes,
    ...invoiceItemRoutes,
    ...creditNoteRoutes,
    ...paymentRecordRoutes,
    ...entitlementRoutes,
    ...eventRoutes(services),
    ...testClockRoutes(services.advance),
    ...webhookEndpointRoutes,
    ...eventDestinationRoutes,
    ...cliSessionRoutes(services.cli),
  ];
}
