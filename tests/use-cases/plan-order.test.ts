/** A changed order of plans: reconcile brings every row to it once, and no row depends on it otherwise. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/entitlement/answer.ts';
import { noPlanOrder, type PlanOrder, parsePlanOrder } from '../../core/entitlement/plan-order.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import { createGrant } from '../../core/grants/grants.ts';
import { createPreview } from '../../core/reconcile/preview.ts';
import { createReconcile } from '../../core/reconcile/reconcile.ts';
import { createSync } from '../../core/sync/sync.ts';
import { syncRequest } from '../support/account-world.ts';
import { createReconcileWorld } from '../support/reconcile-world.ts';
import { DAY, item, T0 } from '../support/subscriptions.ts';

function orderOf(...names: readonly string[]): PlanOrder {
  const parsed = parsePlanOrder(names);
  return 'wrong' in parsed ? noPlanOrder : parsed.order;
}

const basic = item({ id: 'si_1', priceId: 'price_basic', keys: ['prod_basic'], quantity: 5 });
const pro = item({ id: 'si_2', priceId: 'price_pro', keys: ['pro_monthly', 'prod_pro'], createdAt: T0 + 1 });
const proFirst = orderOf('prod_pro', 'prod_basic');
const basicFirst = orderOf('prod_basic', 'prod_pro');

function scene() {
  const world = createReconcileWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId, items: [basic, pro] });
  world.advance(60);
  const row = () => world.dynamodb.entitlements.get(sub);
  const syncWith = (planOrder: PlanOrder) =>
    createSync({ ...world.systems, planOrder, owners: world.owners, random: () => 0 });
  return {
    world,
    sub,
    row,
    sync: (planOrder: PlanOrder) => syncWith(planOrder)(syncRequest(customerId)),
    reconcile: async (planOrder: PlanOrder) => {
      const services = { ...world.services, planOrder, sync: syncWith(planOrder) };
      return (await createReconcile(services)({ checks: ['subscriptions', 'rows'] })).report;
    },
    preview: (planOrder: PlanOrder) => createPreview({ ...world.systems, stores: null, planOrder })(sub),
    answer: (planOrder: PlanOrder) =>
      answerOf(row(), world.nowSeconds(), {
        renewalGraceSeconds: 0,
        rules: defaultRules,
        plans: {},
        planOrder,
      }),
  };
}

describe('A subscription with two plans', () => {
  it('shows the higher one as the base plan, with its quantity, and the other one next to it', async () => {
    const { sync, answer, row } = scene();
    await sync(proFirst);
    expect(answer(proFirst)).toMatchObject({
      plan: 'price_pro',
      quantity: 1,
      add_ons: [{ price: 'price_basic', quantity: 5 }],
    });
    expect(row()?.planKeys).toEqual({ price_pro: ['pro_monthly', 'prod_pro'] });
  });

  it('shows the older one without an order', async () => {
    const { sync, answer } = scene();
    await sync(noPlanOrder);
    expect(answer(noPlanOrder)).toMatchObject({ plan: 'price_basic', quantity: 5 });
  });

  it('follows a changed order with the next reconcile run, which then finds nothing more', async () => {
    const { sync, reconcile, row } = scene();
    await sync(noPlanOrder);
    for (const [order, plan] of [
      [proFirst, 'price_pro'],
      [basicFirst, 'price_basic'],
      [proFirst, 'price_pro'],
    ] as const) {
      expect(await reconcile(order)).toMatchObject({
        found: 1,
        reasons: { row_differs: 1 },
        outcomes: { synced: 1, failed: 0 },
      });
      expect(row()?.plan).toBe(plan);
      const before = row();
      expect(await reconcile(order)).toMatchObject({ found: 0, reasons: {} });
      expect(row()).toEqual(before);
    }
  });

  it('is previewed as a sync would write it', async () => {
    const { sync, preview } = scene();
    await sync(noPlanOrder);
    expect((await preview(proFirst)).after?.plan).toBe('price_pro');
  });
});

describe('Several purchases of one user', () => {
  it('leave the same row under every order, so a changed order is no drift and needs no write', async () => {
    const orders = [noPlanOrder, orderOf('gift', 'prod_basic'), orderOf('prod_basic', 'gift')];
    const rows = [];
    for (const order of orders) {
      const { world, sub, row, sync, reconcile, answer } = scene();
      const hash = (text: string) => createHash('sha256').update(text).digest('hex');
      const terms = { plan: 'gift', features: [], until: T0 + 900 * DAY, by: 'anna', reason: 'Partner' };
      await createGrant({ ...world.systems, random: () => 0, hash })(sub, terms);
      await sync(order);
      rows.push(row());
      expect(await reconcile(order)).toMatchObject({ found: 0 });
      for (const other of orders) {
        expect(await reconcile(other)).toMatchObject({ found: 0 });
        const highest = other === orders[2] ? 'price_basic' : 'gift';
        expect(answer(other).plan).toBe(highest);
      }
      expect(row()).toEqual(rows.at(-1));
    }
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  });
});
