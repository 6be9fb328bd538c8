/** Creates portal sessions, which give a customer access to the portal or to a single task (flow). */

import { resolveCustomer } from '../customers/customers.ts';
import type { PortalConfiguration, PortalFlow, PortalSession } from '../model/portal.ts';
import { checkUrl } from '../protocol/limited-text.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { missingParameter, noSuch } from '../protocol/stripe-error.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { checkFlow } from './portal-flow-rules.ts';

export function createPortalSession(world: World, { params }: ApiRequest): PortalSession {
  const customer = resolveCustomer(world, params.required('customer'));
  const configuration = configurationOf(world, params.string('configuration'));
  checkUrl(params, 'return_url');
  const flow = params.object('flow_data');
  if (flow !== undefined) checkFlow(world, flow, configuration);
  const id = world.ids.next('bps_');
  const session: PortalSession = {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: world.ownSeconds(),
    customer: customer.id,
    customer_account: null,
    flow: flow === undefined ? null : flowOf(world, flow, customer.id),
    livemode: false,
    locale: params.string('locale') ?? null,
    on_behalf_of: null,
    return_url: params.string('return_url') ?? configuration.default_return_url,
    url: `${world.baseUrl()}/p/session/${id}`,
  };
  const event = 'billing_portal.session.created';
  return add(world, world.store.portalSessions, { row: session, event });
}

/** Ends the flow of a session, which then leads to the portal's home page. */
export function endFlow(world: World, session: PortalSession): void {
  world.store.portalSessions.put({ ...session, flow: null });
}

function configurationOf(world: World, id: string | undefined): PortalConfiguration {
  if (id === undefined) return defaultConfiguration(world);
  const found = world.store.portalConfigurations.get(id);
  if (found === undefined) throw noSuch('configuration', { id, param: 'configuration' });
  return found;
}

const flowTypes = [
  'customer_update',
  'payment_method_update',
  'subscription_cancel',
  'subscription_pause',
  'subscription_update',
  'subscription_update_confirm',
] as const;

function flowOf(world: World, flow: Params, customer: string): PortalFlow {
  const type = flow.oneOf('type', flowTypes);
  if (type === undefined) throw missingParameter(flow.nameOf('type'));
  const subscriptionFor = (name: PortalFlow['type']) =>
    type === name ? subscriptionOf(world, flow, { name, customer }) : undefined;
  const cancel = subscriptionFor('subscription_cancel');
  const pause = subscriptionFor('subscription_pause');
  const update = subscriptionFor('subscription_update');
  const confirm = subscriptionFor('subscription_update_confirm');
  return {
    after_completion: completionOf(flow.object('after_completion')),
    customer_update: type === 'customer_update' ? {} : null,
    subscription_cancel: cancel === undefined ? null : { retention: null, subscription: cancel },
    subscription_pause: pause === undefined ? null : { subscription: pause },
    subscription_update: update === undefined ? null : { subscription: update },
    subscription_update_confirm:
      confirm === undefined
        ? null
        : {
            discounts: null,
            items: (flow.object('subscription_update_confirm')?.objects('items') ?? []).map(itemOf),
            subscription: confirm,
          },
    type,
  };
}

function subscriptionOf(
  world: World,
  flow: Params,
  { name, customer }: { name: string; customer: string },
): string {
  const details = flow.object(name);
  const id = details?.required('subscription');
  if (details === undefined || id === undefined) {
    throw missingParameter(`${flow.nameOf(name)}[subscription]`);
  }
  if (world.store.subscriptions.get(id)?.customer === customer) return id;
  throw noSuch('subscription', { id, param: details.nameOf('subscription') });
}

function itemOf(item: Params): { id: string; price: string | null; quantity?: number } {
  const quantity = item.integer('quantity');
  return {
    id: item.required('id'),
    price: item.string('price') ?? null,
    ...(quantity === undefined ? {} : { quantity }),
  };
}

function completionOf(after: Params | undefined): PortalFlow['after_completion'] {
  const types = ['hosted_confirmation', 'portal_homepage', 'redirect'] as const;
  const type = after?.oneOf('type', types) ?? 'portal_homepage';
  const message = after?.object('hosted_confirmation')?.string('custom_message') ?? null;
  const url = after?.object('redirect')?.required('return_url');
  return {
    hosted_confirmation: type === 'hosted_confirmation' ? { custom_message: message } : null,
    redirect: type === 'redirect' && url !== undefined ? { return_url: url } : null,
    type,
  };
}
