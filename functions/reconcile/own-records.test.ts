/** What no listing of Stripe shows to be wrong: customers that name no one, and rows of what Stripe does not have. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Item, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  price = await monthlyPrice(stage);
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

async function run(checks?: readonly string[]): Promise<RunResult['report']> {
  return ((await stage.invoke('reconcile', checks === undefined ? {} : { checks })) as RunResult).report;
}

async function poolUser(): Promise<string> {
  const Username = `${randomUUID()}@example.com`;
  const command = { UserPoolId: stage.poolId, Username, MessageAction: 'SUPPRESS' as const };
  const { User } = await stage.cognito.send(new AdminCreateUserCommand(command));
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

/** A subscriber as an earlier version left one: nothing is in the index. */
async function subscriber(row: Item = {}) {
  const sub = await poolUser();
  const payer = await payingCustomer(stage, { price, metadata: {} });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1, ...row });
  return { sub, ...payer };
}

const statusOf = async (sub: string) => (await stage.entitlement(sub))?.['status'];
const indexed = async (customerId: string) =>
  (await stage.entitlement(`stripe_customer#${customerId}`))?.['users'];

describe('A customer that names no one', () => {
  it('is synced for the user whose profile names it, and names that user again', async () => {
    const { sub, customerId } = await subscriber();
    expect(await run()).toMatchObject({ found: 1, outcomes: { synced: 1 } });
    expect(await statusOf(sub)).toBe('active');
    expect(await indexed(customerId)).toEqual([sub]);
    expect(await stage.stripe.customers.retrieve(customerId)).toMatchObject({
      metadata: { cognito_sub: sub, cognito_user_pool: stage.poolId },
    });
    expect((await run()).found).toBe(0);
  });

  it('ends the access of the row that lists it when its subscription has ended and the events were lost', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await run();
    await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await run();
    expect(await statusOf(sub)).toBe('canceled');
    expect((await run()).found).toBe(0);
  });

  it('is left to a person if the profiles of two users name it, and nothing changes', async () => {
    const { sub, customerId } = await subscriber();
    const other = await poolUser();
    await stage.putProfile({ userId: other, stripeCustomerId: customerId });
    await stage.putEntitlement({ cognito_sub: other, status: 'none', version: 1 });
    const { outcomes, reasons } = await run();
    expect(reasons).toEqual({ customer_unnamed: 1 });
    expect(outcomes).toMatchObject({ needs_review: 1, synced: 0, failed: 0 });
    expect([await statusOf(sub), await statusOf(other)]).toEqual(['none', 'none']);
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'owner_contradiction', customer_id: customerId }),
    );
    await stage.putProfile({ userId: other });
    await run();
    expect([await statusOf(sub), await statusOf(other)]).toEqual(['active', 'none']);
  });

  it('of another product is no finding', async () => {
    await payingCustomer(stage, { price, metadata: {} });
    expect((await run(['customers', 'subscriptions', 'reversals'])).found).toBe(0);
  });
});

describe('The index', () => {
  it('loses what leads to a user whose records do not name the customer', async () => {
    await stage.putEntitlement({ cognito_sub: 'stripe_customer#cus_gone', users: ['gone'], version: 1 });
    expect((await run()).found).toBe(0);
    expect(await indexed('cus_gone')).toBeUndefined();
  });
});

describe('A row that shows a live subscription', () => {
  const active = {
    status: 'active',
    stripe_status: 'active',
    plan: 'price_x',
    subscription_id: 'sub_of_another_account',
    current_period_end: Math.floor(Date.now() / 1000) + 30 * 86_400,
    synced_at: Math.floor(Date.now() / 1000),
  };

  // A user without a subscription.
  async function userWith(row: Item) {
    const sub = await poolUser();
    const metadata = { cognito_sub: sub, cognito_user_pool: stage.poolId };
    const { id: customerId } = await stage.stripe.customers.create({ metadata });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    await stage.putEntitlement({
      cognito_sub: sub,
      version: 1,
      ...active,
      stripe_customer_ids: [customerId],
      ...row,
    });
    return { sub, customerId };
  }

  it('is corrected if Stripe never had it', async () => {
    const { sub } = await userWith({});
    expect((await run()).reasons).toMatchObject({ stripe_differs: 1 });
    expect(await statusOf(sub)).toBe('none');
    expect((await run()).found).toBe(0);
  });

  it('is corrected if a person deleted the customer and no event reported it', async () => {
    const { sub, customerId } = await userWith({ subscription_id: 'sub_ended' });
    await stage.stripe.customers.del(customerId);
    await run(['live_rows']);
    expect(await statusOf(sub)).toBe('none');
  });

  it('stays as it is if Stripe knows none of its customers: the key may be of another account', async () => {
    const sub = await poolUser();
    await stage.putProfile({ userId: sub, stripeCustomerId: 'cus_of_another_account' });
    const row = { cognito_sub: sub, version: 1, ...active, stripe_customer_ids: ['cus_of_another_account'] };
    await stage.putEntitlement(row);
    await expect(run(['live_rows'])).rejects.toThrow('1 finding could not be repaired');
    expect(await stage.entitlement(sub)).toEqual(row);
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 2 });
    await stage.putProfile({ userId: sub });
  });

  it('gets the features that changed while the event was lost', async () => {
    const { sub, customerId } = await subscriber();
    await run();
    const { product: sold } = await stage.stripe.prices.retrieve(price);
    const product = typeof sold === 'string' ? sold : sold.id;
    const feature = await stage.stripe.entitlements.features.create({ lookup_key: 'export', name: 'Export' });
    await stage.stripe.products.createFeature(product, { entitlement_feature: feature.id });
    expect((await run(['live_rows'])).reasons).toEqual({ stripe_differs: expect.any(Number) });
    expect((await stage.entitlement(sub))?.['features']).toEqual(['export']);
    expect(await indexed(customerId)).toEqual([sub]);
  });

  it('loses the access of a payment that was refunded while its customer named no one', async () => {
    const { sub, customerId } = await subscriber();
    await run();
    await stage.stripe.customers.update(customerId, {
      metadata: { cognito_sub: '', cognito_user_pool: '' },
    });
    const { data } = await stage.stripe.charges.list({ customer: customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    await run(['reversals']);
    expect((await stage.entitlement(sub))?.['reversal']).toBe('refunded');
  });
});
