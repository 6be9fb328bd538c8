import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { noActions } from '../../core/reconcile/report.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { monthlyPrice, type Payer, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

/** A customer of the last hour may be one of a sign-up that is in progress. Those of these tests are older. */
const hoursAgo = () => Date.now() - 2 * 3_600_000;

const cognito = ownCognito();
let stage: Stage;
let price: string;

// A run checks everything on its stage, so each test has its own. The full share of the rate limit avoids waits.
beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognito: cognito(), now: hoursAgo });
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

/** Creates a subscriber that all three systems know and agree on. */
async function subscriber(): Promise<Payer & { readonly sub: string }> {
  const sub = await cognitoUser();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  const object = { id: payer.subscriptionId, customer: payer.customerId };
  await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
  return { sub, ...payer };
}

describe('A reconcile run', () => {
  it('finds nothing if all systems agree, and only reads listings', async () => {
    await Promise.all([subscriber(), subscriber(), subscriber()]);
    stage.calm();
    const { complete, report } = await run();
    expect({ complete, report }).toMatchObject({ complete: true, report: { found: 0, outcomes: noActions } });
    // One page of each listing, whatever the number of users on it, and two questions about each row with a subscription.
    const ofRows = Array.from({ length: 3 }, () => 'GET /v1/subscriptions');
    expect([...stage.wires.stripe.names()].sort()).toEqual([
      'GET /v1/credit_notes',
      'GET /v1/customers',
      'GET /v1/disputes',
      ...ofRows.map(() => 'GET /v1/entitlements/active_entitlements'),
      'GET /v1/events',
      'GET /v1/invoices',
      'GET /v1/invoices',
      'GET /v1/refunds',
      'GET /v1/subscriptions',
      ...ofRows,
    ]);
  });

  it('syncs a row whose webhook event was lost, and logs the drift', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const { report } = await run();
    expect(report).toMatchObject({ found: 1, outcomes: { synced: 1 }, reasons: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'drift', found: 1, outcomes: ['synced 1'] }),
    );
    expect((await run()).report.found).toBe(0);
  });

  it('reports the same in a dry run, and writes nothing', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const before = await stage.entitlement(sub);
    const { report } = await run({ dryRun: true });
    expect(report).toMatchObject({ found: 1, outcomes: noActions, reasons: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toEqual(before);
  });

  it('finishes a deletion that was interrupted', async () => {
    const { sub, customerId } = await subscriber();
    const predixaDeletionRequestedAt = '2026-01-01T00:00:00.000Z';
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, predixaDeletionRequestedAt });
    const { report } = await run();
    expect(report.reasons).toMatchObject({ deletion_unfinished: 1 });
    expect(await stage.profile(sub)).toBeUndefined();
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await stage.stripe.customers.retrieve(customerId)).toMatchObject({ deleted: true });
  });

  it('creates the customer and the row that sign-up failed to create', async () => {
    const sub = await cognitoUser();
    await stage.putProfile({ userId: sub });
    await run();
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('provisions a paying user without rows if Cognito knows the user, and otherwise deletes the customer', async () => {
    const [known, unknown] = [await cognitoUser(), randomUUID()];
    const [ours, orphaned] = [
      await payingCustomer(stage, { price, metadata: { cognito_sub: known } }),
      await payingCustomer(stage, {
        price,
        metadata: { cognito_sub: unknown, cognito_user_pool: stage.poolId },
      }),
    ];
    const { report } = await run();
    expect(report).toMatchObject({
      outcomes: { user_provisioned: 1, customer_deleted: 1, failed: 0 },
      reasons: { row_missing: 2 },
    });
    expect(await stage.entitlement(known)).toMatchObject({ status: 'active' });
    expect(await stage.profile(known)).toMatchObject({ stripeCustomerId: ours.customerId });
    expect(await stage.stripe.customers.retrieve(orphaned.customerId)).toMatchObject({ deleted: true });
    expect(await stage.entitlement(unknown)).toBeUndefined();
  });

  it('adds a user’s second customer to the row, so that it counts and is deleted with the account', async () => {
    const { sub, customerId } = await subscriber();
    const second = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    expect((await run()).report.reasons).toMatchObject({ customer_not_synced: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({
      stripe_customer_ids: expect.arrayContaining([customerId, second.customerId]),
    });
  });

  it('syncs a refund whose event was lost', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.charges.list({ customer: customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    await run();
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'refunded' });
  });

  it('provisions the users of an existing pool, with the customers that name them', async () => {
    const [bare, paying, expired] = [await cognitoUser(), await cognitoUser(), await cognitoUser()];
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_user_id: paying } });
    await stage.putEntitlement({ cognito_sub: expired, status: 'trial_expired', trial_days_remaining: 0 });
    const event = { checks: ['users'] };
    const dry = await run({ ...event, dryRun: true });
    expect(dry.report.reasons).toEqual({ user_without_profile: 3 });
    expect(await stage.profile(bare)).toBeUndefined();
    expect((await run(event)).report.outcomes.failed).toBe(0);
    expect(await stage.profile(bare)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.profile(paying)).toMatchObject({ stripeCustomerId: customerId });
    expect(await stage.entitlement(paying)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(expired)).toMatchObject({
      status: 'trial_expired',
      trial_days_remaining: 0,
    });
  });

  it('removes the row of a deleted user, and keeps trial claims', async () => {
    const sub = randomUUID();
    const updatedAt = '2026-01-01T00:00:00Z';
    await stage.putEntitlement({ cognito_sub: sub, status: 'active', updatedAt });
    await stage.putEntitlement({ cognito_sub: 'trial#abc', holder: 'h', used: true });
    expect((await run()).report.reasons).toEqual({ profile_missing: 1 });
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await stage.entitlement('trial#abc')).toMatchObject({ used: true });
  });

  it('continues after a repair that fails, and fails in the end so that the alarm fires', async () => {
    const [one, other] = [await subscriber(), await subscriber()];
    await stage.stripe.subscriptions.cancel(one.subscriptionId);
    await stage.stripe.subscriptions.cancel(other.subscriptionId);
    stage.wires.stripe.fail((call) =>
      call.url.includes(`customer=${one.customerId}`) ? 'server_error' : undefined,
    );
    // The subscription that differs, and the row that shows it.
    await expect(run()).rejects.toThrow('2 findings could not be repaired');
    expect(await stage.entitlement(one.sub)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(other.sub)).toMatchObject({ status: 'canceled' });
  });

  it('resumes where it was interrupted, and starts over once it is complete', async () => {
    const users = await Promise.all([subscriber(), subscriber(), subscriber()]);
    for (const { subscriptionId } of users) await stage.stripe.subscriptions.cancel(subscriptionId);
    stage.wires.stripe.fail(everyOf('GET /v1/customers', 'server_error'));
    await expect(run()).rejects.toThrow('unavailable');
    expect(await stage.entitlement('run#reconcile')).toMatchObject({
      progress: expect.stringContaining('"check":"customers"'),
    });
    stage.calm();
    const { report, complete } = await run();
    expect(stage.wires.stripe.names()).not.toContain('GET /v1/subscriptions');
    expect({ complete, report }).toMatchObject({ complete: true, report: { reasons: { row_differs: 3 } } });
    expect(await stage.entitlement('run#reconcile')).toBeUndefined();
  });

  it('does not start again before `everyHours` have passed, except as a dry run or without that option', async () => {
    const { sub, subscriptionId } = await subscriber();
    expect(await run({ everyHours: 12 })).toMatchObject({ complete: true, report: { found: 0 } });
    await stage.stripe.subscriptions.cancel(subscriptionId);
    stage.calm();
    expect(await run({ everyHours: 12 })).toMatchObject({ complete: true, report: { checked: 0 } });
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect((await run({ everyHours: 12, dryRun: true })).report.found).toBe(1);
    expect((await run()).report.outcomes.synced).toBe(1);
  });
});
