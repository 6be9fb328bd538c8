import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import { manualChecks } from '../../core/reconcile/checks/index.ts';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { noActions } from '../../core/reconcile/report.ts';
import { CLIENT_ID } from '../../local/cognito/pool.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { isBilled, monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

const DEAD_ENDPOINT = 'http://127.0.0.1:9/stripe/webhook';

const cognito = ownCognito();
let stage: Stage;
let price: string;
/** How far Stripe's clock is ahead. */
let laterMs: number;

beforeEach(async () => {
  laterMs = 0;
  stage = await createStage({
    env: { RECONCILE_STRIPE_SHARE: '1' },
    now: () => Date.now() + laterMs,
    cognito: cognito(),
  });
  price = await monthlyPrice(stage);
  return () => stage.close();
});

async function run(event: object = {}): Promise<RunResult['report']> {
  return ((await stage.invoke('reconcile', event)) as RunResult).report;
}

async function poolUser(): Promise<string> {
  const command = new AdminCreateUserCommand({
    UserPoolId: stage.poolId,
    Username: `${randomUUID()}@example.com`,
    MessageAction: 'SUPPRESS',
  });
  const { User } = await stage.cognito.send(command);
  return User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

/** Creates a subscriber that all three systems know and agree on. */
async function subscriber() {
  const sub = await poolUser();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  await run({ checks: ['subscriptions'] });
  stage.calm();
  return { sub, ...payer };
}

async function subscribeAgain(customer: string): Promise<void> {
  const method = await stage.stripe.paymentMethods.attach('pm_card_visa', { customer });
  await stage.stripe.subscriptions.create({
    customer,
    items: [{ price }],
    default_payment_method: method.id,
  });
}

/** Returns the names of the calls that change anything. */
function writes(): readonly string[] {
  const { dynamodb, stripe, cognito } = stage.wires;
  const names = [...dynamodb.names(), ...stripe.names(), ...cognito.names()];
  const reads = ['GetItem', 'BatchGetItem', 'Scan', 'ListUsers', 'AdminGetUser'];
  return names.filter((name) => !reads.includes(name) && !name.startsWith('GET /'));
}

/** The metadata of a customer that this stage created. */
function stampOf(cognito_sub: string) {
  return { cognito_sub, cognito_user_pool: stage.poolId };
}

async function productOf(id: string): Promise<string> {
  const { product } = await stage.stripe.prices.retrieve(id);
  return typeof product === 'string' ? product : product.id;
}

describe('A reconcile run', () => {
  it('deletes the customers that a deleted user’s row lists before it removes the row', async () => {
    const sub = randomUUID();
    const named = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    const stamped = await payingCustomer(stage, { price, metadata: stampOf(sub) });
    const stripe_customer_ids = [named.customerId, stamped.customerId];
    const updatedAt = '2026-01-01T00:00:00Z';
    await stage.putEntitlement({ cognito_sub: sub, status: 'active', stripe_customer_ids, updatedAt });
    const report = await run({ checks: ['rows'] });
    expect(report).toMatchObject({
      outcomes: { customer_deleted: 2, row_removed: 1 },
      reasons: { profile_missing: 1 },
    });
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await isBilled(stage, named.customerId)).toBe(false);
    expect(await isBilled(stage, stamped.customerId)).toBe(false);
  });

  it('keeps a deleted user’s row with its customers if one of them is not proven to be that user’s', async () => {
    const other = await subscriber();
    const sub = randomUUID();
    const own = await payingCustomer(stage, { price, metadata: stampOf(sub) });
    const unnamed = await payingCustomer(stage, { price, metadata: {} });
    for (const foreign of [other, unnamed]) {
      const stripe_customer_ids = [own.customerId, foreign.customerId];
      await stage.putEntitlement({ cognito_sub: sub, status: 'active', stripe_customer_ids });
      expect(await run({ checks: ['rows'] })).toMatchObject({
        reasons: { profile_missing: 1 },
        outcomes: { ...noActions, withheld: 1 },
      });
      expect(await stage.entitlement(sub)).toBeDefined();
      expect(await isBilled(stage, own.customerId)).toBe(true);
      expect(await isBilled(stage, foreign.customerId)).toBe(true);
    }
  });

  it('creates the profile of a row whose user exists, and then finds nothing', async () => {
    const sub = await poolUser();
    await stage.putEntitlement({ cognito_sub: sub, status: 'trial_expired', trial_days_remaining: 0 });
    expect(await run()).toMatchObject({ outcomes: { user_provisioned: 1 }, reasons: { profile_missing: 1 } });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'trial_expired', trial_days_remaining: 0 });
    expect((await run()).found).toBe(0);
  });

  it('leaves the row of a user who pays on the phone as it is, and reports it', async () => {
    const sub = await poolUser();
    const { id } = await stage.stripe.customers.create({ metadata: { cognito_user_id: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: id });
    const row = { status: 'active', platform: 'revenuecat', plan: 'monthly_pro', current_period_end: 4e9 };
    await stage.putEntitlement({ cognito_sub: sub, ...row });
    for (const _ of [1, 2]) {
      expect(await run()).toMatchObject({ outcomes: { needs_review: 1 }, reasons: { foreign_row: 1 } });
      expect(await stage.entitlement(sub)).toEqual({ cognito_sub: sub, ...row });
    }
  });

  it('reports two live subscriptions each time as `needs_review`', async () => {
    const { sub, customerId } = await subscriber();
    await subscribeAgain(customerId);
    laterMs = 60_000;
    await run();
    const twoLive = {
      found: 1,
      outcomes: { ...noActions, needs_review: 1 },
      reasons: { two_live_subscriptions: 1 },
    };
    expect(await run()).toMatchObject(twoLive);
    // The row is synced even so: no listing shows the features of both subscriptions.
    const { id } = await stage.stripe.entitlements.features.create({ name: 'More', lookup_key: 'more' });
    await stage.stripe.products.createFeature(await productOf(price), { entitlement_feature: id });
    expect(await run()).toMatchObject(twoLive);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['more'] });
    const { data } = await stage.stripe.subscriptions.list({ customer: customerId });
    expect(data.map(({ status }) => status)).toEqual(['active', 'active']);
  });

  it('ends the access of a user whose customer was deleted by hand without an event', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.update(subscriptionId, { metadata: { cognito_sub: sub } });
    await stage.stripe.customers.del(customerId);
    expect(await run()).toMatchObject({ outcomes: { failed: 0 }, reasons: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('replaces the deleted customer of a fresh profile, and then finds nothing', async () => {
    const { sub, customerId } = await subscriber();
    await stage.putProfile({
      userId: sub,
      stripeCustomerId: customerId,
      createdAt: new Date().toISOString(),
    });
    await stage.stripe.customers.del(customerId);
    expect((await run()).reasons).toMatchObject({ customer_deleted_in_stripe: 1 });
    const profile = await stage.profile(sub);
    expect(profile?.['stripeCustomerId']).not.toBe(customerId);
    expect((await run()).found).toBe(0);
  });

  it('links the one customer that pays if several name a user, and creates none', async () => {
    const sub = await poolUser();
    const metadata = { cognito_user_id: sub };
    await stage.stripe.customers.create({ metadata });
    const paying = await payingCustomer(stage, { price, metadata });
    await stage.stripe.customers.create({ metadata });
    await stage.putProfile({ userId: sub });
    expect((await run({ checks: ['profiles'] })).reasons).toEqual({ customer_missing: 1 });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: paying.customerId });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect((await stage.stripe.customers.list()).data).toHaveLength(3);
  });

  it('fails and deletes nothing if a customer never existed in this Stripe account', async () => {
    const sub = randomUUID();
    const profile = {
      userId: sub,
      stripeCustomerId: 'cus_elsewhere',
      createdAt: new Date().toISOString(),
    };
    await stage.putProfile(profile);
    await stage.putEntitlement({ cognito_sub: sub, status: 'active' });
    await expect(run({ checks: ['profiles'] })).rejects.toThrow('1 finding could not be repaired');
    expect(await stage.profile(sub)).toEqual(profile);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({
        metric: 'reconcile_failed',
        reason: 'customer_deleted_in_stripe',
        user_id: sub,
      }),
    );
  });

  it('finds a refund in a dry run and syncs it otherwise', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.charges.list({ customer: customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    const dry = await run({ dryRun: true });
    expect(dry).toMatchObject({ found: 1, outcomes: noActions, reasons: { reversal_missing: 1 } });
    expect(await run()).toMatchObject({ outcomes: { synced: 1 }, reasons: { reversal_missing: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'refunded' });
    // The subscription will bill the user again, who has no access.
    expect(await run()).toMatchObject({ found: 1, reasons: { refunded_continues: 1 } });
    const { data: subscriptions } = await stage.stripe.subscriptions.list({ customer: customerId });
    await stage.stripe.subscriptions.cancel(subscriptions[0]?.id ?? '');
    await run();
    expect((await run()).found).toBe(0);
  });

  it('finds an undelivered event until the row includes it', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.webhookEndpoints.create({ url: DEAD_ENDPOINT, enabled_events: ['*'] });
    laterMs = 60_000;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    // The event of another application in the same Stripe account.
    await payingCustomer(stage, { price, metadata: {} });
    laterMs = 120_000;
    const checks = ['undelivered_events'];
    expect((await run({ checks, dryRun: true })).reasons).toEqual({ event_undelivered: 1 });
    expect((await run({ checks })).reasons).toEqual({ event_undelivered: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect((await run({ checks })).found).toBe(0);
  });
});

describe('A reconcile run', () => {
  it('does not provision a user who is not confirmed yet', async () => {
    const Username = `${randomUUID()}@example.com`;
    const signUp = new SignUpCommand({ ClientId: CLIENT_ID, Username, Password: 'A-password-1' });
    const { UserSub = '' } = await stage.cognito.send(signUp);
    await run({ checks: ['users'] });
    expect(await stage.profile(UserSub)).toBeUndefined();
  });

  it('never changes customers that name no user or another pool’s user', async () => {
    const metadata = { cognito_sub: randomUUID(), cognito_user_pool: 'us-east-1_Another' };
    const customers = [
      await payingCustomer(stage, { price, metadata }),
      await payingCustomer(stage, { price, metadata: {} }),
      await payingCustomer(stage, { price, metadata: { user_id: '42' } }),
    ];
    stage.calm();
    expect((await run()).found).toBe(0);
    expect(stage.wires.stripe.names().filter((name) => !name.startsWith('GET /'))).toEqual([]);
    for (const { customerId } of customers) expect(await isBilled(stage, customerId)).toBe(true);
  });

  it('writes nothing to any system in a dry run, whatever differs', async () => {
    const [differing, twice, refunded] = [await subscriber(), await subscriber(), await subscriber()];
    await stage.stripe.subscriptions.cancel(differing.subscriptionId);
    await payingCustomer(stage, { price, metadata: { cognito_sub: twice.sub } });
    const { data } = await stage.stripe.charges.list({ customer: refunded.customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    await payingCustomer(stage, { price, metadata: stampOf(randomUUID()) });
    await stage.putProfile({ userId: await poolUser() });
    await stage.putProfile({ userId: randomUUID(), predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    await stage.putEntitlement({ cognito_sub: randomUUID(), status: 'active' });
    stage.calm();
    const { reasons, outcomes } = await run({ dryRun: true });
    expect(outcomes).toEqual(noActions);
    expect(Object.keys(reasons).sort()).toEqual([
      'customer_missing',
      'customer_not_synced',
      'customer_without_profile',
      'deletion_unfinished',
      'profile_missing',
      'reversal_missing',
      'row_differs',
      'row_missing',
      'second_customer',
    ]);
    expect(writes()).toEqual([]);
  });

  it('accepts the input of version 0.1', async () => {
    const { subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    expect((await run({ parts: ['undelivered', 'rows'] })).reasons).toEqual({});
    expect((await run({ parts: ['subscriptions'] })).reasons).toEqual({ row_differs: 1 });
  });

  it('resumes the progress that version 0.1 saved', async () => {
    const { subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const report = { checked: 7, differed: 1, failed: 0, byReason: { paid_time_over: 1 } };
    const progress = JSON.stringify({ part: 'customers', from: null, report, ended: 0 });
    await stage.putEntitlement({ cognito_sub: 'run#reconcile', progress });
    stage.calm();
    const { reasons, found } = await run();
    expect({ reasons, found }).toEqual({ reasons: { period_expired: 1 }, found: 1 });
    // The checks before this one would list events and subscriptions first. A later one asks about the live row.
    const [first] = stage.wires.stripe.names();
    expect(first).toBe('GET /v1/customers');
  });

  it('restarts a check whose saved cursor is no longer valid', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const progress = JSON.stringify({ check: 'subscriptions', cursor: 'sub_deleted' });
    await stage.putEntitlement({ cognito_sub: 'run#reconcile', progress });
    expect((await run()).reasons).toEqual({ row_differs: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });
});

describe('A reconcile run during other work', () => {
  it('leaves no row behind if a deletion finishes while the row is created', async () => {
    const sub = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    const held = stage.wires.dynamodb.holdNext('PutItem');
    const running = run({ checks: ['profiles'] });
    await held.reached;
    const claims = { sub, 'cognito:username': sub };
    const deletion = apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
    expect(await stage.call('delete-user', deletion)).toMatchObject({ statusCode: 200 });
    held.release();
    await running;
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('completes a sign-up in progress with the same result and one customer', async () => {
    const sub = await poolUser();
    const held = stage.wires.dynamodb.holdNext('UpdateItem');
    const event = {
      userPoolId: stage.poolId,
      userName: sub,
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      request: { userAttributes: { sub, email: `${sub}@example.com` } },
      response: {},
    };
    const signingUp = stage.invoke('post-confirmation', event);
    await held.reached;
    expect((await run({ checks: manualChecks })).outcomes.failed).toBe(0);
    held.release();
    await signingUp;
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    const [customer, ...others] = data.filter(({ metadata }) => metadata['cognito_sub'] === sub);
    expect(others).toEqual([]);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customer?.id });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect((await run()).found).toBe(0);
  });

  it('finishes a deletion recorded without a username by looking the username up in the pool', async () => {
    const username = `Provider_${randomUUID()}`;
    const command = new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username: `${username}@example.com`,
      MessageAction: 'SUPPRESS',
    });
    const { User } = await stage.cognito.send(command);
    const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    await stage.putProfile({ userId: sub, predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    stage.calm();
    expect((await run({ checks: ['profiles'] })).reasons).toEqual({ deletion_unfinished: 1 });
    const deletion = stage.wires.cognito.calls.find(({ name }) => name === 'AdminDeleteUser');
    expect(JSON.parse(deletion?.body ?? '{}')).toMatchObject({ Username: User?.Username });
    expect(await stage.profile(sub)).toBeUndefined();
    expect(stage.logs).not.toContainEqual(expect.objectContaining({ metric: 'username_unknown' }));
  });
});
