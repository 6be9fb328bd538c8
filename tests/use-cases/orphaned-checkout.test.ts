import { describe, expect, it, vi } from 'vitest';
import { cancelOrphanedCheckout, isOver } from '../../core/checkout/orphaned-checkout.ts';
import type { Evidence } from '../../core/gate/decide.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { DAY } from '../support/subscriptions.ts';

const HOUR = 3_600;
const permitted: Evidence = { ownership: 'own', basis: { kind: 'requested' } };
const sub = 'ann';

function scene(fields: Parameters<ReturnType<typeof createAccountWorld>['addPurchase']>[2] = {}) {
  const world = createAccountWorld();
  const { sessionId, subscription } = world.addPurchase(sub, world.addCustomer(sub), fields);
  const { id: subscriptionId } = subscription;
  const keys: string[] = [];
  const billing = {
    ...world.systems.billing,
    refundFirstPayment: (id: string, key: string) => {
      keys.push(key);
      return world.systems.billing.refundFirstPayment(id, key);
    },
  };
  const onCanceled = vi.fn<() => void>();
  const cancel = ({
    requestedAt = null,
    evidence = permitted,
  }: {
    readonly requestedAt?: number | null;
    readonly evidence?: Evidence;
  } = {}) =>
    cancelOrphanedCheckout(
      { ...world.systems, billing },
      { sub, sessionId, subscriptionId },
      { evidence, requestedAt, onCanceled },
    );
  const stateNow = () => ({
    status: world.stripe.subscriptions.get(subscriptionId)?.status,
    refunded: world.stripe.payments.get(subscriptionId)?.refunded,
  });
  const pay = (paidMs: number | null) => {
    const payment = world.stripe.payments.get(subscriptionId);
    if (payment !== undefined) world.stripe.payments.set(subscriptionId, { ...payment, paidMs });
  };
  const endNow = () => world.addSubscription({ ...subscription, status: 'canceled' });
  return { world, sessionId, subscriptionId, keys, cancel, onCanceled, stateNow, pay, endNow };
}

const alarm = (subscriptionId: string, fields: Record<string, unknown>) => ({
  level: 'error',
  fields: { metric: 'orphaned_checkout', user_id: sub, subscription_id: subscriptionId, ...fields },
});

describe('A checkout paid for a deleted user', () => {
  it('is canceled and refunded under a key of its session, and raises an alarm', async () => {
    const { world, sessionId, subscriptionId, keys, cancel, stateNow } = scene();
    expect(await cancel()).toEqual({ canceled: true, refunds: 1 });
    expect(stateNow()).toEqual({ status: 'canceled', refunded: true });
    expect(keys).toEqual([sessionId]);
    expect(world.logs).toMatchObject([alarm(subscriptionId, { action: 'cancel_and_refund', refunds: 1 })]);
    expect(Object.keys(world.logs[0]?.fields ?? {})).toHaveLength(5);
  });

  it('is canceled before it is paid', async () => {
    const { world, subscriptionId, cancel, stateNow, pay } = scene({ status: 'incomplete' });
    pay(null);
    expect(await cancel()).toEqual({ canceled: true, refunds: 0 });
    expect(stateNow()).toEqual({ status: 'canceled', refunded: false });
    expect(world.logs).toMatchObject([alarm(subscriptionId, { action: 'cancel_and_refund', refunds: 0 })]);
  });

  it('that has ended is only refunded', async () => {
    const { world, subscriptionId, cancel, stateNow, endNow } = scene();
    endNow();
    expect(await cancel()).toEqual({ canceled: false, refunds: 1 });
    expect(stateNow()).toEqual({ status: 'canceled', refunded: true });
    expect(world.calls).toEqual(['read subscription', 'read payment', 'refund']);
    expect(world.logs).toMatchObject([alarm(subscriptionId, { action: 'refund', refunds: 1 })]);
  });

  it('is refunded if a delayed payment arrives after its subscription has been used and ended', async () => {
    const { world, cancel, stateNow, pay, endNow } = scene();
    world.advance(2 * HOUR);
    endNow();
    pay(world.systems.clock.nowMs());
    expect(await cancel()).toEqual({ canceled: false, refunds: 1 });
    expect(stateNow().refunded).toBe(true);
  });

  it('that was used and has ended stays as it is, without an alarm', async () => {
    const { world, cancel, stateNow, endNow } = scene();
    world.advance(HOUR);
    endNow();
    expect(await cancel()).toEqual({ canceled: false, refunds: 0 });
    expect(stateNow()).toEqual({ status: 'canceled', refunded: false });
    expect(world.calls).toEqual(['read subscription', 'read payment']);
    expect(world.logs).toEqual([]);
  });

  it('that was used and continues is left to a person', async () => {
    const { world, subscriptionId, cancel, stateNow } = scene();
    const requestedAt = world.nowSeconds() + HOUR;
    expect(await cancel({ requestedAt })).toEqual({ canceled: false, refunds: 0 });
    expect(stateNow()).toEqual({ status: 'active', refunded: false });
    expect(world.calls).toEqual(['read subscription', 'read payment']);
    expect(world.logs).toMatchObject([alarm(subscriptionId, { action: 'leave', refunds: 0 })]);
  });

  it('that is more than 30 days old is left to a person', async () => {
    const { world, cancel, stateNow } = scene();
    world.advance(30 * DAY + 1);
    expect(await cancel()).toEqual({ canceled: false, refunds: 0 });
    expect(stateNow()).toEqual({ status: 'active', refunded: false });
  });

  it('changes nothing if Stripe does not know its subscription', async () => {
    const { world, subscriptionId, cancel } = scene();
    world.stripe.subscriptions.delete(subscriptionId);
    expect(await cancel()).toEqual({ canceled: false, refunds: 0 });
    expect(world.calls).toEqual(['read subscription']);
    expect(world.logs).toEqual([]);
  });

  it.each([
    ['refund', true],
    ['cancel subscription', false],
  ])(
    'raises an alarm if Stripe refuses the %s, which says whether it is canceled, and fails, so that the event is delivered again',
    async (call, canceled) => {
      const { world, subscriptionId, cancel, onCanceled, stateNow } = scene();
      const cause = new Error('refused');
      world.once('before', call, () => {
        throw cause;
      });
      await expect(cancel()).rejects.toBe(cause);
      expect(world.logs).toEqual([
        {
          ...alarm(subscriptionId, { action: 'cancel_and_refund', canceled }),
          message: 'Could not refund a checkout paid for a deleted user.',
          cause,
        },
      ]);
      expect(stateNow()).toEqual({ status: canceled ? 'canceled' : 'active', refunded: false });
      expect(onCanceled).toHaveBeenCalledTimes(canceled ? 1 : 0);
      expect(await cancel()).toEqual({ canceled: !canceled, refunds: 1 });
      expect(onCanceled).toHaveBeenCalledTimes(1);
    },
  );

  it('that has ended before is not reported as canceled if Stripe refuses the refund', async () => {
    const { world, subscriptionId, cancel, onCanceled, endNow } = scene();
    endNow();
    world.once('before', 'refund', () => {
      throw new Error('refused');
    });
    await expect(cancel()).rejects.toThrow('refused');
    expect(world.logs).toMatchObject([alarm(subscriptionId, { action: 'refund', canceled: false })]);
    expect(onCanceled).not.toHaveBeenCalled();
  });

  it.each(['active', 'canceled'])('is not touched without evidence (%s)', async (status) => {
    const { world, cancel, stateNow } = scene({ status });
    const evidence: Evidence = { ownership: 'unproven', basis: { kind: 'requested' } };
    await expect(cancel({ evidence })).rejects.toMatchObject({ details: { reason: 'not_proven_ours' } });
    expect(stateNow()).toEqual({ status, refunded: false });
    expect(world.calls).toEqual(['read subscription', 'read payment']);
  });
});

describe('A purchase', () => {
  it.each([
    ['active', false],
    ['paused', false],
    ['incomplete', false],
    ['dormant', false],
    ['canceled', true],
    ['incomplete_expired', true],
  ])('that is %s is over: %s', (status, over) => {
    expect(isOver({ status })).toBe(over);
  });
});
