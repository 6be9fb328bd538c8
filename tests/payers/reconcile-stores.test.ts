import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { ownCognito } from '../support/own-cognito.ts';
import { monthlyPrice, payingCustomer } from '../support/payers.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';

const cognito = ownCognito();
let stage: StoreStage;

// A run checks everything on its stage, so each test has its own.
beforeEach(async () => {
  stage = await createStoreStage({
    env: { RECONCILE_STRIPE_SHARE: '1' },
    cognito: cognito(),
    now: () => Date.now() - 2 * 3_600_000,
  });
  return () => stage.close();
});

async function run(event: object = {}) {
  return ((await stage.invoke('reconcile', event)) as RunResult).report;
}

/** A user as sign-up leaves one. */
async function member(): Promise<string> {
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username: `${randomUUID()}@example.com`,
      MessageAction: 'SUPPRESS',
    }),
  );
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const { id } = await stage.stripe.customers.create({ metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: id });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', stripe_customer_ids: [id] });
  return sub;
}

describe('A reconcile run of an app that sells in stores', () => {
  it('finds a purchase of which every webhook was lost, and then nothing', async () => {
    const sub = await member();
    stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    expect(await run({ dryRun: true })).toMatchObject({ found: 1, planned: { synced: 1 } });
    expect((await stage.entitlement(sub))?.['status']).toBe('none');
    expect(await run()).toMatchObject({
      found: 1,
      outcomes: { synced: 1 },
      reasons: { purchases_not_synced: 1 },
    });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active', plan: 'monthly_pro' });
    expect(await run()).toMatchObject({ found: 0 });
  });

  it('finds a refund, a renewal and a cancellation of which every webhook was lost', async () => {
    const subs = await Promise.all([member(), member(), member()]);
    const bought = subs.map((customerId) =>
      stage.revenuecat.purchase({ customerId, product: 'monthly_pro' }),
    );
    await run();
    const [refunded = '', renewed = '', canceled = ''] = bought.map(({ id }) => id);
    stage.revenuecat.refund(refunded);
    stage.revenuecat.renew(renewed);
    stage.revenuecat.cancel(canceled);
    expect(await run()).toMatchObject({ outcomes: { synced: 3 }, reasons: { purchases_differ: 3 } });
    const [first, second, third] = await Promise.all(subs.map((sub) => stage.entitlement(sub)));
    expect([first?.['status'], second?.['status'], third?.['cancel_at']]).toEqual([
      'canceled',
      'active',
      expect.any(Number),
    ]);
    expect(await run()).toMatchObject({ found: 0 });
  });

  it('asks again about a user whose purchase RevenueCat moved to another', async () => {
    const [from, to] = [await member(), await member()];
    stage.revenuecat.purchase({ customerId: from, product: 'monthly_pro' });
    await run();
    stage.revenuecat.transfer(from, to);
    await run();
    expect((await stage.entitlement(from))?.['status']).toBe('none');
    expect(await stage.entitlement(to)).toMatchObject({ status: 'active' });
  });

  it('leaves users of another stage alone, and resolves anonymous ids', async () => {
    const sub = await member();
    stage.revenuecat.purchase({ customerId: randomUUID(), product: 'monthly_pro' });
    const anonymous = stage.revenuecat.anonymousId();
    stage.revenuecat.purchase({ customerId: anonymous, product: 'monthly_pro' });
    stage.revenuecat.logIn(anonymous, sub);
    expect(await run()).toMatchObject({ found: 1, reasons: { purchases_not_synced: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    // The profile, the row and the index of the customer: none of the other stage.
    expect(await stage.itemCount()).toBe(3);
  });

  it('reports a user who pays twice, and ends nothing', async () => {
    const sub = await member();
    const price = await monthlyPrice(stage);
    await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    const bought = stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    await run();
    expect(await run()).toMatchObject({ outcomes: { needs_review: 1 }, reasons: { paid_twice: 1 } });
    stage.revenuecat.cancel(bought.id);
    await run();
    expect(await run()).toMatchObject({ found: 0 });
  });

  it('repairs what concerns Stripe and reports the rest as failed while RevenueCat does not answer', async () => {
    const [phone, web] = [await member(), await member()];
    stage.revenuecat.purchase({ customerId: phone, product: 'monthly_pro' });
    await run();
    const before = await stage.entitlement(phone);
    const price = await monthlyPrice(stage);
    await payingCustomer(stage, { price, metadata: { cognito_sub: web } });
    stage.storeWire.fail(() => 'forbidden');
    await expect(run()).rejects.toThrow('could not be repaired');
    expect(await stage.entitlement(phone)).toEqual(before);
    expect(await stage.entitlement(web)).toMatchObject({ status: 'active' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'reconcile_failed', reason: 'stores_unread' }),
    );
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'reconcile_failed', reason: 'purchases_differ', user_id: phone }),
    );
  });
});
