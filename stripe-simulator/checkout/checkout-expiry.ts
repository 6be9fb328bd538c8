/** Expires Checkout sessions that were not paid in time. Their intents cannot be paid any more either. */
import type { CheckoutSession } from '../model/checkout.ts';
import { cancelIntent } from '../payment-intents/intent-capture.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function expireSession(world: World, id: string): CheckoutSession {
  const expired = change(world, world.store.checkoutSessions, {
    id,
    patch: { status: 'expired', url: null },
    event: 'checkout.session.expired',
  });
  cancelIntents(world, expired);
  return expired;
}

function cancelIntents(
  world: World,
  { payment_intent: payment, setup_intent: setup }: CheckoutSession,
): void {
  const { paymentIntents, setupIntents } = world.store;
  const intent = paymentIntents.get(payment ?? '');
  if (intent !== undefined && intent.status !== 'succeeded') cancelIntent(world, intent, 'expired');
  const setupIntent = setupIntents.get(setup ?? '');
  if (setupIntent === undefined || setupIntent.status === 'succeeded') return;
  change(world, setupIntents, {
    id: setupIntent.id,
    patch: { cancellation_reason: 'abandoned', status: 'canceled' },
    event: 'setup_intent.canceled',
  });
}
