/** Implements sessions of Stripe's billing portal. */
import type { Stripe } from 'stripe';
import type { PortalSessions, PortalVisit } from '../../core/portal/portal.ts';
import { recordIn, textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, missingCustomerOrThrow } from './call.ts';
import { unknownShape } from './json.ts';

export function createPortalSessions(stripe: StripeApi, configuration: string | null): PortalSessions {
  return {
    open: async (visit) => {
      const params = {
        customer: visit.customerId,
        return_url: visit.returnUrl,
        ...(configuration === null ? {} : { configuration }),
        ...flowOf(visit),
      };
      const call = stripe.billingPortal.sessions.create(params);
      const answer = await callStripe('open portal', call.catch(missingCustomerOrThrow));
      if (answer === 'missing') return 'missing';
      const url = textAt(recordIn(answer), 'url');
      if (url === null) throw unknownShape('open portal', 'a portal session with a url');
      return { url };
    },
  };
}

function flowOf({
  flow,
  returnUrl,
}: PortalVisit): Pick<Stripe.BillingPortal.SessionCreateParams, 'flow_data'> {
  if (flow === null) return {};
  const { type, subscriptionId } = flow;
  return {
    flow_data: {
      type,
      after_completion: { type: 'redirect', redirect: { return_url: returnUrl } },
      ...(subscriptionId === null ? {} : { [type]: { subscription: subscriptionId } }),
    },
  };
}
