/** Registers webhook endpoints for the library and the command line, without the limits of the API. */

import type { EndpointRegistration } from '../options.ts';
import type { World } from '../world/world.ts';
import { activeSecrets } from './signing-secrets.ts';
import { addEndpoint } from './webhook-endpoints.ts';

/** Creates the endpoint, or updates the existing one with the same URL. Returns its id and secret. */
export function registerEndpoint(
  world: World,
  registration: EndpointRegistration,
): { id: string; secret: string } {
  const { store } = world;
  const enabledEvents = registration.enabledEvents ?? ['*'];
  const existing = store.webhookEndpoints.oldestFirst().find((row) => row.url === registration.url);
  if (existing === undefined) {
    const { endpoint, secret } = addEndpoint(world, { ...registration, enabledEvents });
    return { id: endpoint.id, secret };
  }
  store.webhookEndpoints.put({
    ...existing,
    api_version: registration.apiVersion ?? existing.api_version,
    enabled_events: registration.enabledEvents ?? existing.enabled_events,
    status: 'enabled',
  });
  const [current] = activeSecrets(store, existing.id, world.seconds());
  const secret = registration.secret ?? current ?? world.ids.next('whsec_');
  store.endpointSecrets.put({ id: existing.id, secrets: [{ value: secret, expires_at: null }] });
  return { id: existing.id, secret };
}
