import { expect, it } from 'vitest';
import { createSync } from '../../core/sync/sync.ts';
import { createAccountWorld, syncRequest } from '../support/account-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

it('A reversal stays as the row shows it, with a warning, while Stripe’s answer is unclear', async () => {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  const paid = { status: 'active', stripeStatus: 'active', currentPeriodEnd: T0 + 30 * DAY } as const;
  world.addRow('ann', {
    ...paid,
    subscriptionId: 'sub_1',
    customerIds: [customerId],
    reversal: 'dispute_open',
  });
  const billing = { ...world.systems.billing, readReversal: async () => 'unclear' as const };
  const sync = createSync({ ...world.systems, billing, owners: world.owners, random: () => 0 });
  await sync(syncRequest(customerId, { sub: 'ann', includesReversal: true }));
  expect(world.dynamodb.entitlements.get('ann')?.reversal).toBe('dispute_open');
  expect(world.logs).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: { metric: 'reversal_unclear', subscription_id: 'sub_1' },
    }),
  );
});
