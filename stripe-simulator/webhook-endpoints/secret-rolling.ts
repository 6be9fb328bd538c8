/** Rolls the signing secret of an endpoint. The old secret stays valid for a day. */

import { notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { activeSecrets } from './signing-secrets.ts';

const OVERLAP_SECONDS = 24 * 3600;

export function rollSecret(world: World, endpointId: string): { id: string; secret: string } {
  const { store } = world;
  if (store.webhookEndpoints.get(endpointId) === undefined) throw notFound('webhook endpoint', endpointId);
  const now = world.seconds();
  const secret = world.ids.next('whsec_');
  const stored = store.endpointSecrets.get(endpointId)?.secrets ?? [];
  const active = activeSecrets(store, endpointId, now);
  const expiring = stored
    .filter(({ value }) => active.includes(value))
    .map(({ value, expires_at: end }) => ({ value, expires_at: end ?? now + OVERLAP_SECONDS }));
  store.endpointSecrets.put({ id: endpointId, secrets: [{ value: secret, expires_at: null }, ...expiring] });
  return { id: endpointId, secret };
}
