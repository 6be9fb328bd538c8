/** Registers webhook endpoints directly, without the API's limits. */

import type { EndpointRegistration } from '../options.ts';
import type { World } from '../world/world.ts';
import { activeSecrets } from './signing-secrets.ts';
import { addEndpoint } from './webhook-endpoints.ts';

export function registerEndpoint(world: World, order: EndpointRegistration): { id: string; secret: string } {
  const { store } = world;
  const enabledEvents = order.enabledEvents ?? ['*'];
  const known = store.webhookEndpoints.oldestFirst().find((row) => row.url === order.url);
  if (known === undefined) {
    const { endpoint, secret } = addEndpoint(world, { ...order, enabledEvents });
    return { id: endpoint.id, secret };
  }
  store.webhookEndpoints.put({
    ...known,
    api_version: order.apiVersion ?? known.api_version,
    enabled_events: order.enabledEvents ?? known.enabled_events,
    status: 'enabled',
  });
  const [current] = activeSecrets(store, known.id, world.seconds());
  const secret = order.secret ?? current ?? world.ids.next('whsec_');
  store.endpointSecrets.put({ id: known.id, secrets: [{ value: secret, expires_at: null }] });
  return { id: known.id, secret };
}
