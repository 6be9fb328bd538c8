/** Implements sessions of Stripe's billing portal. */
import { Stripe } from 'stripe';
import type { PortalSessions, PortalVisit } from '../../core/portal/portal.ts';
import { recordIn, textAt } from '../../core/system/record.ts';
import { callStripe } from './call.ts';
import { unknownShape } from './json.ts';

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
      const answer = await callStripe('open portal', call.catch(missingOrThrow));
      if (answer === 'missing') return 'missing';
      const url = textAt(recordIn(answer), 'url');
      if (url === null) throw unknownShape('open portal', 'a portal session with a url');
      return { url };
    },
  };
}

/** Returns `missing` only if the customer is missing. The portal configuration may be missing as well. */
function missingOrThrow(cause: unknown): 'missing' {
  const missing = cause instanceof Stripe.errors.StripeError && cause.code === 'resource_missing';
  if (missing && cause.param === 'customer') return 'missing';
  throw cause;
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
