import { describe, expect, it } from 'vitest';
import { customersToSync } from '../../core/checkout/sync-unseen.ts';
import { timeLimit } from '../../core/system/deadline.ts';
import { subscription, T0 } from '../support/subscriptions.ts';
import { byStripe, checkoutScene } from './checkout-scene.ts';

const refused = { kind: 'already_subscribed', payer: byStripe };

function scene(options: Parameters<typeof checkoutScene>[0] = {}) {
  const checkout = checkoutScene(options);
  const { world, sub } = checkout;
  const payWith = (poolId: string | null = null): string => {
    const customerId = world.addCustomer(sub, poolId);
    world.addSubscription({ id: `sub_of_${customerId}`, customerId });
    return customerId;
  };
  return { ...checkout, payWith, rowNow: () => world.dynamodb.entitlements.get(sub) };
}

describe('A refused buyer who pays through a customer that no row lists', () => {
  it('is let in by the refusal, and the row records the request', async () => {
    const { world, buy, payWith, rowNow } = scene();
    const customerId = payWith();
    expect(await buy()).toEqual(refused);
    expect(rowNow()).toMatchObject({ status: 'active', customerIds: expect.arrayContaining([customerId]) });
    expect(rowNow()?.history).toMatchObject([{ by: 'request req_1' }]);
    expect(world.logs).toEqual([]);
  });

  it('is let in also if the payment appears while the session is opened', async () => {
    const { world, sub, buy, payWith, rowNow } = scene();
    const unlisted = world.addCustomer(sub, null);
    world.once('after', 'open checkout', () => world.addSubscription({ id: 'sub_1', customerId: unlisted }));
    expect(await buy()).toEqual(refused);
    expect(rowNow()?.customerIds).toContain(unlisted);
    payWith();
  });

  it('has each of up to three customers synced, one after the other', async () => {
    const { buy, payWith, rowNow, callsOf } = scene();
    const customerIds = Array.from({ length: 4 }, () => payWith());
    expect(await buy()).toEqual(refused);
    expect(rowNow()?.customerIds.filter((id) => customerIds.includes(id))).toHaveLength(3);
    expect(callsOf('write entitlement')).toBe(3);
  });

  it('is refused all the same if the sync fails, and the log says so', async () => {
    const { world, sub, buy, payWith, rowNow } = scene();
    payWith();
    world.once('before', 'write entitlement', () => {
      throw timeLimit('write entitlement');
    });
    expect(await buy()).toEqual(refused);
    expect(rowNow()?.status).toBe('none');
    expect(world.logs).toMatchObject([
      {
        level: 'warn',
        fields: { metric: 'checkout_sync_failed', user_id: sub },
        cause: { details: { code: 'time_limit' } },
      },
    ]);
  });

  it('does not wait longer than four seconds for a sync that hangs', async () => {
    const limits: number[] = [];
    const world = checkoutScene().world;
    const clock = {
      ...world.systems.clock,
      within: async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
        limits.push(ms);
        void work();
        throw timeLimit(`${ms} ms`);
      },
    };
    const hanging = scene({ clock, syncCustomer: () => new Promise(() => {}) });
    hanging.payWith();
    expect(await hanging.buy()).toEqual(refused);
    expect(limits).toEqual([4_000]);
    expect(hanging.world.metrics()).toEqual(['checkout_sync_failed']);
  });
});

describe('A refused buyer who pays according to the row', () => {
  it('is not synced', async () => {
    const { buy, payWith, callsOf } = scene();
    payWith();
    await buy();
    const before = callsOf('list features');
    expect(await buy()).toEqual(refused);
    expect(callsOf('list features')).toBe(before);
  });

  it('is synced if the row does not let the user in: the renewal may not have arrived', async () => {
    const { world, customerId, buy, rowNow } = scene();
    const { items, ...bought } = world.addSubscription({ id: 'sub_1', customerId });
    await buy();
    world.advance(90 * 86_400);
    const periodEnd = T0 + 120 * 86_400;
    world.addSubscription({ ...bought, items: items.map((item) => ({ ...item, periodEnd })) });
    expect(await buy()).toEqual(refused);
    expect(rowNow()).toMatchObject({ status: 'active', currentPeriodEnd: periodEnd });
  });

  it('is not synced if the user pays in a store, whatever Stripe has', async () => {
    const { buy, callsOf, world, sub, customerId } = scene();
    world.addRow(sub, { status: 'active', plan: 'pro', customerIds: [customerId] });
    expect(await buy()).toMatchObject({ kind: 'already_subscribed', payer: { source: null } });
    expect(callsOf('list features')).toBe(0);
  });
});

describe('The customers to sync', () => {
  const of = (id: string, fields: Parameters<typeof subscription>[0] = {}) =>
    subscription({ id: `sub_${id}`, customerId: id, ...fields });
  const unseen = { row: undefined, isLetIn: false };

  it('are none without a live subscription of this product', () => {
    const items = [{ ...of('a').items[0], role: 'other_product' as const }] as ReturnType<typeof of>['items'];
    const ended = ['canceled', 'incomplete', 'incomplete_expired', 'unknown'].map((status) =>
      of('a', { status }),
    );
    expect(customersToSync(unseen, [...ended, of('b', { items })])).toEqual([]);
    expect(customersToSync(unseen, [])).toEqual([]);
  });

  it('are each once, without a row', () => {
    const found = [of('a'), of('b'), of('a', { id: 'sub_2' })];
    expect(customersToSync(unseen, found)).toEqual(['a', 'b']);
  });

  it('are the unlisted ones, or else the first that is listed', () => {
    const { world, rowNow } = scene();
    const row = world.addRow('ann', { customerIds: ['a', 'b'] });
    expect(rowNow()).toEqual(row);
    const found = [of('a'), of('b'), of('c')];
    expect(customersToSync({ row, isLetIn: false }, found)).toEqual(['c']);
    expect(customersToSync({ row, isLetIn: false }, found.slice(0, 2))).toEqual(['a']);
  });

  it('are those whose status the row shows otherwise', () => {
    const { world } = scene();
    const shown = {
      subscriptionId: 'sub_a',
      stripeStatus: 'past_due',
      status: 'past_due',
      customerIds: ['a'],
    };
    const row = world.addRow('ann', shown);
    expect(customersToSync({ row, isLetIn: true }, [of('a')])).toEqual(['a']);
    expect(customersToSync({ row, isLetIn: true }, [of('a', { status: 'past_due' })])).toEqual([]);
    expect(customersToSync({ row, isLetIn: false }, [of('a', { status: 'past_due' })])).toEqual(['a']);
  });
});
