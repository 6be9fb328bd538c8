/** Expires Checkout sessions that were not paid in time. */
import type { CheckoutSession } from '../model/checkout.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function expireSession(world: World, id: string): CheckoutSession {
  return change(world, world.store.checkoutSessions, {
    id,
    patch: { status: 'expired', url: null },
    event: 'checkout.session.expired',
  });
}
