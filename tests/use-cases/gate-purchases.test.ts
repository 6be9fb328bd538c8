import { describe, expect, it } from 'vitest';
import { SETTLED_SECONDS } from '../../core/gate/decide.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld } from '../support/account-world.ts';

const ended = (...actions: readonly string[]) => ({ kind: 'ended', actions });
const DAY = 86_400;

/** A purchase of a user without records that the pool does not know. */
function scene() {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  world.advance(SETTLED_SECONDS);
  const { sessionId, subscription } = world.addPurchase('ann', customerId);
  const subscriptionId = subscription.id;
  const ending: Ending = { kind: 'checkout', sub: 'ann', customerId, sessionId, subscriptionId };
  const state = () => ({
    status: world.stripe.subscriptions.get(subscriptionId)?.status,
    refunded: world.stripe.payments.get(subscriptionId)?.refunded,
  });
  return { world, customerId, subscriptionId, ending, state, end: () => world.gate.end(ending) };
}

describe('The purchase of a deleted user', () => {
  it('is canceled and refunded once, and its customer stays', async () => {
    const { world, customerId, subscriptionId, end, state } = scene();
    expect(await end()).toEqual(ended('refunded', 'subscription_canceled'));
    expect(state()).toEqual({ status: 'canceled', refunded: true });
    expect(world.stripe.customers.get(customerId)?.deletedMs).toBeNull();
    expect(world.logs.map(({ level, fields }) => ({ level, fields }))).toEqual([
      {
        level: 'error',
        fields: {
          metric: 'orphaned_checkout',
          user_id: 'ann',
          subscription_id: subscriptionId,
          action: 'cancel_and_refund',
          refunds: 1,
        },
      },
    ]);
    expect(await end()).toEqual({ kind: 'unchanged' });
  });

  it('is only refunded if it has ended', async () => {
    const { world, subscriptionId, end, state } = scene();
    await world.systems.billing.cancelSubscription(subscriptionId);
    expect(await end()).toEqual(ended('refunded'));
    expect(state()).toEqual({ status: 'canceled', refunded: true });
  });

  it('is only canceled if nothing was paid', async () => {
    const { world, subscriptionId, end, state } = scene();
    const payment = world.stripe.payments.get(subscriptionId);
    if (payment !== undefined) world.stripe.payments.set(subscriptionId, { ...payment, paidMs: null });
    expect(await end()).toEqual(ended('subscription_canceled'));
    expect(state()).toEqual({ status: 'canceled', refunded: false });
  });

  it('is left to a person if it still runs after the time in which it can be refunded', async () => {
    const { world, end, state } = scene();
    world.advance(30 * DAY + 1);
    expect(await end()).toEqual({ kind: 'unchanged' });
    expect(state()).toEqual({ status: 'active', refunded: false });
    expect(world.logs.map(({ fields }) => fields)).toMatchObject([
      { metric: 'orphaned_checkout', action: 'leave', refunds: 0 },
    ]);
  });

  it('is judged by the time of the user’s request', async () => {
    const { world, ending, end, state } = scene();
    world.advance(SETTLED_SECONDS - 1);
    const at = world.systems.clock.nowIso();
    await world.systems.profiles.markForDeletion({ userId: 'ann', username: 'ann', at, requested: true });
    world.advance(DAY);
    await world.systems.billing.cancelSubscription('subscriptionId' in ending ? ending.subscriptionId : '');
    expect(await end()).toEqual(ended('refunded'));
    expect(state()).toEqual({ status: 'canceled', refunded: true });
  });

  it('fails for the next delivery if Stripe refuses the refund', async () => {
    const { world, end, state } = scene();
    const failure = new Fault({ code: 'refused', system: 'stripe', operation: 'refund', statusCode: 403 });
    world.once('before', 'refund', () => {
      throw failure;
    });
    await expect(end()).rejects.toBe(failure);
    expect(state()).toEqual({ status: 'canceled', refunded: false });
    expect(await end()).toEqual(ended('refunded'));
    expect(state()).toEqual({ status: 'canceled', refunded: true });
  });
});
