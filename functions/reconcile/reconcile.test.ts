import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { monthlyPrice, type Payer, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

const cognitoUrl = ownCognito();
let stage: Stage;
let price: string;

// A stage for each: a run goes over everything there is. The share leaves no waiting.
beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognitoUrl: cognitoUrl() });
  price = await monthlyPrice(stage);
  return () => stage.close();
});

async function run(event: object = {}): Promise<RunResult> {
  return (await stage.invoke('reconcile', event)) as RunResult;
}

async function cognitoUser(): Promise<string> {
  const { User } = await stage.cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username: `${randomUUID()}@example.com`,
      MessageAction: 'SUPPRESS',
    }),
  );
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

/** Known to all three systems, and in agreement. */
async function subscriber(): Promise<Payer & { readonly sub: string }> {
  const sub = await cognitoUser();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  const object = { id: payer.subscriptionId, customer: payer.customerId };
  await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
  return { sub, ...payer };
}

describe('a reconcile', () => {
  it('finds nothing where all agree, by listings alone', async () => {
    await Promise.all([subscriber(), subscriber(), subscriber()]);
    stage.calm();
    const { complete, report } = await run();
    expect({ complete, report }).toMatchObject({ complete: true, report: { differed: 0, failed: 0 } });
    // One page of each listing, whatever the number of users on it.
    expect([...stage.wires.stripe.names()].sort()).toEqual([
      'GET /v1/customers',
      'GET /v1/disputes',
      'GET /v1/events',
      'GET /v1/refunds',
      'GET /v1/subscriptions',
    ]);
  });

  it('heals a row that a lost webhook left behind, and tells it', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const { report } = await run();
    expect(report).toMatchObject({ differed: 1, healed: 1, byReason: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'drift', differed: 1 }));
    expect((await run()).report.differed).toBe(0);
  });

  it('a dry run tells the same, and writes nothing', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const before = await stage.entitlement(sub);
    const { report } = await run({ dryRun: true });
    expect(report).toMatchObject({ differed: 1, healed: 0, byReason: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toEqual(before);
  });

  it('finishes a deletion that broke off', async () => {
    const { sub, customerId } = await subscriber();
    const deletionRequestedAt = '2026-01-01T00:00:00.000Z';
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, deletionRequestedAt });
    const { report } = await run();
    expect(report.byReason).toMatchObject({ deletion_unfinished: 1 });
    expect(await stage.profile(sub)).toBeUndefined();
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await stage.stripe.customers.retrieve(customerId)).toMatchObject({ deleted: true });
  });

  it('gives a profile the customer that sign-up could not make, and a user the row', async () => {
    const sub = await cognitoUser();
    await stage.putProfile({ userId: sub });
    await run();
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('provisions who pays and has no rows, if Cognito knows them; else ends the billing', async () => {
    const [known, unknown] = [await cognitoUser(), randomUUID()];
    const [ours, nobodys] = [
      await payingCustomer(stage, { price, metadata: { cognito_sub: known } }),
      await payingCustomer(stage, { price, metadata: { cognito_sub: unknown } }),
    ];
    const { report } = await run();
    expect(report).toMatchObject({ failed: 0, byReason: { row_missing: 2 } });
    expect(await stage.entitlement(known)).toMatchObject({ status: 'active' });
    expect(await stage.profile(known)).toMatchObject({ stripeCustomerId: ours.customerId });
    expect(await stage.stripe.customers.retrieve(nobodys.customerId)).toMatchObject({ deleted: true });
    expect(await stage.entitlement(unknown)).toBeUndefined();
  });

  it('takes in a second customer of one user, so that it counts and is deleted with the account', async () => {
    const { sub, customerId } = await subscriber();
    const spare = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    expect((await run()).report.byReason).toMatchObject({ customer_unseen: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({
      stripe_customer_ids: expect.arrayContaining([customerId, spare.customerId]),
    });
  });

  it('notices money that went back though no event told of it', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.charges.list({ customer: customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    await run();
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'refunded' });
  });

  it('takes in a pool that was there before: users without rows, with the customers that name them', async () => {
    const [bare, paying, told] = [await cognitoUser(), await cognitoUser(), await cognitoUser()];
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_user_id: paying } });
    await stage.putEntitlement({ cognito_sub: told, status: 'trial_expired', trial_days_remaining: 0 });
    const event = { parts: ['users'] };
    const dry = await run({ ...event, dryRun: true });
    expect(dry.report.byReason).toEqual({ user_without_profile: 3 });
    expect(await stage.profile(bare)).toBeUndefined();
    expect((await run(event)).report.failed).toBe(0);
    expect(await stage.profile(bare)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.profile(paying)).toMatchObject({ stripeCustomerId: customerId });
    expect(await stage.entitlement(paying)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(told)).toMatchObject({ status: 'trial_expired', trial_days_remaining: 0 });
  });

  it('removes a row of nobody, and leaves claims to a trial alone', async () => {
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, status: 'active' });
    await stage.putEntitlement({ cognito_sub: 'trial#abc', holder: 'h', used: true });
    expect((await run()).report.byReason).toEqual({ profile_missing: 1 });
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await stage.entitlement('trial#abc')).toMatchObject({ used: true });
  });

  it('what fails is told and left, the rest goes on, and the invocation fails for the alarm', async () => {
    const [one, other] = [await subscriber(), await subscriber()];
    await stage.stripe.subscriptions.cancel(one.subscriptionId);
    await stage.stripe.subscriptions.cancel(other.subscriptionId);
    stage.wires.stripe.fail((call) =>
      call.url.includes(`customer=${one.customerId}`) ? 'server_error' : undefined,
    );
    await expect(run()).rejects.toThrow('1 accounts could not be reconciled');
    expect(await stage.entitlement(one.sub)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(other.sub)).toMatchObject({ status: 'canceled' });
  });

  it('goes on where it was cut off, and begins anew once it is through', async () => {
    const users = await Promise.all([subscriber(), subscriber(), subscriber()]);
    for (const { subscriptionId } of users) await stage.stripe.subscriptions.cancel(subscriptionId);
    stage.wires.stripe.fail(everyOf('GET /v1/customers', 'server_error'));
    await expect(run()).rejects.toThrow('unavailable');
    expect(await stage.entitlement('run#reconcile')).toMatchObject({
      progress: expect.stringContaining('"part":"customers"'),
    });
    stage.calm();
    const { report, complete } = await run();
    expect(stage.wires.stripe.names()).not.toContain('GET /v1/subscriptions');
    expect({ complete, report }).toMatchObject({ complete: true, report: { byReason: { row_differs: 3 } } });
    expect(await stage.entitlement('run#reconcile')).toBeUndefined();
  });

  it('begins not anew before its time, but goes on at once with what is left', async () => {
    const { sub, subscriptionId } = await subscriber();
    expect(await run({ everyHours: 12 })).toMatchObject({ complete: true, report: { differed: 0 } });
    await stage.stripe.subscriptions.cancel(subscriptionId);
    stage.calm();
    expect(await run({ everyHours: 12 })).toMatchObject({ complete: true, report: { checked: 0 } });
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    // One of another kind, and one that is asked for without a time, are not held back.
    expect((await run({ everyHours: 12, dryRun: true })).report.differed).toBe(1);
    expect((await run()).report.healed).toBe(1);
  });
});
