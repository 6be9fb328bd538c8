import { expect, it } from 'vitest';
import { emptySubscriptionState } from '../../core/entitlement/row.ts';
import { createAccountWorld, syncRequest } from '../support/account-world.ts';
import { item, T0 } from '../support/subscriptions.ts';

it('A sync keeps the keys of a plan that only the history shows', async () => {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  const after = { ...emptySubscriptionState, reversal: null, plan: 'price_old' };
  world.addRow(sub, {
    customerIds: [customerId],
    planKeys: { price_old: ['pro'], price_gone: ['pro'] },
    history: [{ at: T0 - 9, by: 'evt_0', before: { status: 'none', plan: null }, after }],
  });
  world.addSubscription({ id: 'sub_1', customerId, items: [item({ keys: ['team'] })] });
  await world.sync(syncRequest(customerId));
  expect(world.dynamodb.entitlements.get(sub)?.planKeys).toEqual({
    price_old: ['pro'],
    price_base: ['team'],
  });
});

it.each([
  ['this product', null, true],
  ['another product', 'other_product', false],
] as const)('A sync asks for features only if the product is its own: %s', async (_, role, reads) => {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId, items: [item({ role })] });
  await world.sync(syncRequest(customerId));
  expect(world.calls.includes('list features')).toBe(reads);
});
