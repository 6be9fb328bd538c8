/** Opens Stripe's billing portal for a user. With several customers, the one whose subscription decides is used. */
import type { ProfileStore } from '../account/profile.ts';
import type { SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import { selectSubscription } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';

/** The tasks for which a client can open the portal. Without a task, the portal shows everything. */
export const portalFlows = {
  payment_method_update: { needsSubscription: false },
  customer_update: { needsSubscription: false },
  subscription_cancel: { needsSubscription: true },
  subscription_update: { needsSubscription: true },
  subscription_pause: { needsSubscription: true },
} as const;
export type PortalFlow = keyof typeof portalFlows;

export function isPortalFlow(text: unknown): text is PortalFlow {
  return typeof text === 'string' && Object.hasOwn(portalFlows, text);
}

export interface PortalVisit {
  readonly customerId: string;
  readonly returnUrl: string;
  readonly flow: { readonly type: PortalFlow; readonly subscriptionId: string | null } | null;
}

export interface PortalSessions {
  /** Returns `missing` if the customer is deleted. */
  open(visit: PortalVisit): Promise<{ readonly url: string } | 'missing'>;
}

export interface PortalServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly billing: SubscriptionReader;
  readonly portal: PortalSessions;
}

export type PortalOutcome =
  | { readonly kind: 'session'; readonly url: string }
  | { readonly kind: 'no_customer' }
  | { readonly kind: 'no_subscription' }
  | { readonly kind: 'account_deleted' };

export function createPortal(services: PortalServices) {
  return async (
    sub: string,
    request: { readonly flow: PortalFlow | null; readonly returnUrl: string },
  ): Promise<PortalOutcome> => {
    const [profile, row] = await Promise.all([services.profiles.read(sub), services.entitlements.read(sub)]);
    if (profile !== undefined && profile.deletion !== null) return { kind: 'account_deleted' };
    const own = profile?.customerId ?? null;
    const known = [...new Set([...(own === null ? [] : [own]), ...(row?.customerIds ?? [])])];
    if (known.length === 0) return { kind: 'no_customer' };
    const lists = await Promise.all(known.map((id) => services.billing.listSubscriptions(id)));
    const best = selectSubscription(lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions)));
    const { flow, returnUrl } = request;
    if (flow !== null && portalFlows[flow].needsSubscription) {
      if (best === undefined || !meaningOf(best.status).alive) return { kind: 'no_subscription' };
      const { customerId, id: subscriptionId } = best;
      const visit = { customerId, returnUrl, flow: { type: flow, subscriptionId } };
      return outcomeOf(await services.portal.open(visit));
    }
    // The customer of an ended subscription comes first as well, since its invoices are there. Customers that were
    // deleted by hand are skipped.
    for (const customerId of new Set([...(best === undefined ? [] : [best.customerId]), ...known])) {
      const task = flow === null ? null : { type: flow, subscriptionId: null };
      const opened = await services.portal.open({ customerId, returnUrl, flow: task });
      if (opened !== 'missing') return outcomeOf(opened);
    }
    return { kind: 'no_customer' };
  };
}

function outcomeOf(opened: { readonly url: string } | 'missing'): PortalOutcome {
  return opened === 'missing' ? { kind: 'no_customer' } : { kind: 'session', url: opened.url };
}
