/** Implements sessions of Stripe's billing portal. */
import type { Stripe } from 'stripe';
import type { PortalSessions, PortalVisit } from '../../core/portal/portal.ts';
import { callStripe, missingCustomerOrThrow } from './call.ts';

export function createPortalSessions(stripe: Stripe, configuration: string | null): PortalSessions {
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
      return answer === 'missing' ? 'missing' : { url: answer.url };
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
