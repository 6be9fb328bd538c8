/** Billing-portal sessions: a short-lived way in for a customer. */
import type { ApiRequest, Route } from '../http/route.ts';
import type { PortalSession } from '../model/checkout.ts';
import type { World } from '../world.ts';
import { customerNamed } from './customer-operations.ts';

function createPortalSession(world: World, { params }: ApiRequest): PortalSession {
  const customer = customerNamed(world, params.required('customer'));
  const id = world.ids.next('bps_');
  return world.store.portalSessions.put({
    id,
    object: 'billing_portal.session',
    configuration: params.string('configuration') ?? 'bpc_1SimulatorDefault00000000',
    created: world.seconds(),
    customer: customer.id,
    customer_account: null,
    flow: params.raw('flow_data') ?? null,
    livemode: false,
    locale: params.string('locale') ?? null,
    on_behalf_of: null,
    return_url: params.string('return_url') ?? null,
    url: `${world.baseUrl()}/p/session/${id}`,
  });
}

export const portalRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/billing_portal/sessions', operation: createPortalSession },
];
