/** Opens Stripe's billing portal for a user. With several customers, the one whose subscription decides is used. */
import type { PortalFlow } from '../../contract/checkout.ts';
import type { ProfileStore } from '../account/profile.ts';
import { readRecordedCustomers, recordedIds } from '../account/recorded-customers.ts';
import type { SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import { type Limited, type LimitServices, limitRequest } from '../limits/request-limits.ts';
import { selectSubscription } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Log } from '../system/log.ts';

/** The tasks for which a client can open the portal. Without a task, the portal shows everything. */
export const portalFlows = {
  payment_method_update: { needsSubscription: false },
  customer_update: { needsSubscription: false },
  subscription_cancel: { needsSubscription: true },
  subscription_update: { needsSubscription: true },
  subscription_pause: { needsSubscription: true },
} as const satisfies Record<PortalFlow, { readonly needsSubscription: boolean }>;

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
  readonly requests: LimitServices['requests'];
  readonly clock: LimitServices['clock'];
  readonly log: Log;
}

export type PortalOutcome =
  | { readonly kind: 'session'; readonly url: string }
  | { readonly kind: 'no_customer' }
  /** Every customer that the profile and the row name is another user's. */
  | { readonly kind: 'contradiction' }
  | { readonly kind: 'no_subscription' }
  | Limited
  | { readonly kind: 'account_deleted' };

export function createPortal(services: PortalServices) {
  return async (
    sub: string,
    request: { readonly flow: PortalFlow | null; readonly returnUrl: string },
  ): Promise<PortalOutcome> => {
    const [profile, row] = await Promise.all([services.profiles.read(sub), services.entitlements.read(sub)]);
    if (profile !== undefined && profile.deletion !== null) return { kind: 'account_deleted' };
    const recorded = recordedIds({ profile, row });
    if (recorded.length === 0) return { kind: 'no_customer' };
    const limited = await limitRequest(services, sub, 'portal');
    if (limited !== undefined) return limited;
    const ofProfile = profile?.customerId ?? null;
    const customers = await readRecordedCustomers(services, sub, { recorded, ofProfile });
    const known = customers.map(({ id }) => id);
    if (known.length === 0) return { kind: 'contradiction' };
    const best = selectSubscription(customers.flatMap(({ subscriptions }) => subscriptions));
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
