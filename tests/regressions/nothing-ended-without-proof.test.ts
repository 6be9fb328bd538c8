/** Nothing is canceled, refunded or deleted without proof that it is this stage's and that its user does not exist. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADOPTION_KEY, ENDINGS_KEY } from '../../contract/tables.ts';
import { DELETION_LIMIT } from '../../core/gate/limit.ts';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { buyersOn, idOf, pay, pricesOn } from '../support/buyers.ts';
import { ownCognito } from '../support/own-cognito.ts';
import { isBilled, payingCustomer } from '../support/payers.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
import { everyOf } from '../support/wire.ts';

const OTHER_POOL = 'us-east-1_OtherStage';

/** A customer of the last hour may be one of a sign-up that is in progress. Those of these tests are older. */
const hoursAgo = () => Date.now() - 2 * 3_600_000;

const cognito = ownCognito();
let stage: Stage;
let price: string;

beforeEach(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' }, cognito: cognito(), now: hoursAgo });
  price = (await pricesOn(stage)).monthly;
});
afterEach(() => stage.close());

async function run(event: object = {}): Promise<RunResult> {
  return (await stage.invoke('reconcile', event)) as RunResult;
}

async function poolUser(): Promise<{ readonly sub: string; readonly username: string }> {
  const Username = `${randomUUID()}@example.com`;
  const UserAttributes = [{ Name: 'email', Value: Username }];
  const command = { UserPoolId: stage.poolId, Username, MessageAction: 'SUPPRESS' as const, UserAttributes };
  const { User } = await stage.cognito.send(new AdminCreateUserCommand(command));
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { sub, username: User?.Username ?? Username };
}

const stampOf = (cognito_sub: string, cognito_user_pool = stage.poolId) => ({
  cognito_sub,
  cognito_user_pool,
});

/** Creates a purchase as the checkout of a stage makes it, and the event that reports it. */
async function purchase(metadata: Record<string, string>) {
  const customer = await stage.stripe.customers.create({ metadata });
  const sold = { ...metadata, made_by: 'predixa-checkout' };
  const attached = await stage.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  const { id } = await stage.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price }],
    metadata: sold,
    default_payment_method: attached.id,
  });
  const session = {
    id: `cs_test_${randomUUID()}`,
    object: 'checkout.session',
    customer: customer.id,
    subscription: id,
    metadata: sold,
  };
  return { customerId: customer.id, event: delivered(stripeEvent('checkout.session.completed', session)) };
}

const isRefunded = async (customer: string) => {
  const { data } = await stage.stripe.charges.list({ customer });
  return data.some(({ refunded }) => refunded);
};

const linesOf = (metric: string) => stage.logs.filter((line) => line['metric'] === metric);

describe('Two stages that share a Stripe account', () => {
  it('never end each other’s purchases, whether the session names its pool or not', async () => {
    const theirs = await purchase(stampOf(randomUUID(), OTHER_POOL));
    const unstamped = await purchase({ cognito_sub: randomUUID() });
    for (const { event, customerId } of [theirs, unstamped]) {
      expect(await stage.call('stripe-webhook', event)).toMatchObject({ statusCode: 200 });
      expect(await isBilled(stage, customerId)).toBe(true);
      expect(await isRefunded(customerId)).toBe(false);
    }
    // Only the second could be this stage's, so only this one is a person's concern.
    expect(linesOf('orphaned_checkout')).toMatchObject([{ action: 'leave', refusal: 'not_proven_ours' }]);
    expect(stage.wires.cognito.names()).toEqual([]);
  });

  it('never delete each other’s customers, also before the other stage has stamped them', async () => {
    const unstamped = await payingCustomer(stage, { price, metadata: { cognito_user_id: randomUUID() } });
    const stamped = await payingCustomer(stage, { price, metadata: stampOf(randomUUID(), OTHER_POOL) });
    const { report } = await run();
    // Two checks find the first. The second is another stage's, and no finding of this one.
    expect(report.reasons).toEqual({ row_missing: 1, customer_without_profile: 1 });
    expect(report.outcomes).toMatchObject({ withheld: 2, customer_deleted: 0 });
    expect(await isBilled(stage, unstamped.customerId)).toBe(true);
    expect(await isBilled(stage, stamped.customerId)).toBe(true);
  });

  it('see whose an adopted customer is, because adoption stamps it', async () => {
    const { sub } = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_user_id: sub } });
    expect((await run({ checks: ['users'] })).report.outcomes).toMatchObject({ user_provisioned: 1 });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customerId });
    expect(await stage.stripe.customers.retrieve(customerId)).toMatchObject({ metadata: stampOf(sub) });
  });

  it('find their own pool on the sessions and subscriptions of their checkout', async () => {
    const buyers = buyersOn(stage);
    const who = await buyers.user({ verified: false });
    const { body } = await buyers.checkout(who);
    await pay(body['url']);
    const session = await stage.stripe.checkout.sessions.retrieve(String(body['id']));
    const subscription = await stage.stripe.subscriptions.retrieve(idOf(session.subscription));
    expect([session.metadata, subscription.metadata]).toMatchObject([stampOf(who.sub), stampOf(who.sub)]);
  });
});

it('A buyer whose rows are lost keeps the purchase: Cognito is asked, and Stripe is asked to deliver again', async () => {
  for (let n = 0; n < 5; n += 1) {
    const { sub } = await poolUser();
    const { event, customerId } = await purchase(stampOf(sub));
    expect(await stage.call('stripe-webhook', event)).toMatchObject({ statusCode: 503 });
    expect(await isBilled(stage, customerId)).toBe(true);
    expect(await isRefunded(customerId)).toBe(false);
  }
  expect(linesOf('orphaned_checkout')).toEqual([]);
});

describe('The deletion limit', () => {
  it('ends nothing of a dozen paying customers that the pool does not know, in whatever number of runs', async () => {
    const payers = await Promise.all(
      Array.from({ length: 12 }, () => payingCustomer(stage, { price, metadata: stampOf(randomUUID()) })),
    );
    for (let runs = 0; runs < 2; runs += 1) {
      const { report, notEnded } = await run();
      expect(report.outcomes).toMatchObject({ customer_deleted: 0, withheld: 12 });
      expect(notEnded).toHaveLength(12);
    }
    for (const { customerId } of payers) expect(await isBilled(stage, customerId)).toBe(true);
    expect(linesOf('deletion_limit_reached')[0]).toMatchObject({
      level: 'error',
      count: 12,
      limit: DELETION_LIMIT,
    });
  });

  it('counts the last days over runs and webhook deliveries alike', async () => {
    const at = Math.floor(Date.now() / 1000);
    const entries = Array.from({ length: DELETION_LIMIT - 1 }, () => ({ sub: randomUUID(), at }));
    await stage.putEntitlement({ cognito_sub: ENDINGS_KEY, entries, version: 1 });
    const first = await purchase(stampOf(randomUUID()));
    expect(await stage.call('stripe-webhook', first.event)).toMatchObject({ statusCode: 200 });
    expect(await isRefunded(first.customerId)).toBe(true);
    const second = await purchase(stampOf(randomUUID()));
    expect(await stage.call('stripe-webhook', second.event)).toMatchObject({ statusCode: 503 });
    expect(await isBilled(stage, second.customerId)).toBe(true);
    expect((await run({ checks: ['customers'] })).report.outcomes).toMatchObject({ customer_deleted: 0 });
    expect(linesOf('deletion_limit_reached')).toHaveLength(2);
  });
});

describe('Before the adoption is complete', () => {
  it('a scheduled run only reports: it creates no customer, ends none, and says so', async () => {
    await stage.putEntitlement({ cognito_sub: ADOPTION_KEY });
    const { sub } = await poolUser();
    await stage.putProfile({ userId: sub });
    const orphan = await payingCustomer(stage, { price, metadata: stampOf(randomUUID()) });
    const result = await run();
    expect(result).toMatchObject({
      adopted: false,
      report: { planned: { user_provisioned: 1, withheld: 2 } },
    });
    expect(await stage.profile(sub)).toEqual({ userId: sub });
    expect((await stage.stripe.customers.list()).data).toHaveLength(1);
    expect(await isBilled(stage, orphan.customerId)).toBe(true);
    expect(linesOf('adoption_incomplete')).toHaveLength(1);
  });

  it('a fresh installation without users and records records the adoption itself', async () => {
    await stage.putEntitlement({ cognito_sub: ADOPTION_KEY });
    expect(await run()).toMatchObject({ adopted: true });
    expect(await stage.entitlement(ADOPTION_KEY)).toMatchObject({ by: 'fresh_install' });
  });
});

describe('A user who is deleted in Cognito itself', () => {
  it('is found and deleted like any other account', async () => {
    const { sub, username } = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: stampOf(sub) });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
    await run();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    await stage.cognito.send(new AdminDeleteUserCommand({ UserPoolId: stage.poolId, Username: username }));
    const dry = await run({ dryRun: true });
    expect(dry.report).toMatchObject({ reasons: { user_missing: 1 }, planned: { account_deleted: 1 } });
    expect(dry.report.examples).toEqual([`user_missing ${sub} (would be account_deleted)`]);
    expect((await run()).report.outcomes).toMatchObject({ account_deleted: 1, failed: 0 });
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
    expect(await isBilled(stage, customerId)).toBe(false);
    expect((await run()).report.found).toBe(0);
  });

  it('is asked about again when an attempt to delete the account has failed', async () => {
    const { sub } = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: stampOf(sub) });
    // What a failed attempt leaves, made while the stage was connected to another pool.
    const mark = {
      predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z',
      predixaDeletionBasis: 'user_missing',
    };
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, ...mark });
    const { report } = await run();
    expect(report).toMatchObject({ reasons: { deletion_unfinished: 1 }, outcomes: { account_deleted: 0 } });
    expect(linesOf('ending_refused')).toContainEqual(expect.objectContaining({ refusal: 'user_exists' }));
    expect(await isBilled(stage, customerId)).toBe(true);
    expect(await stage.profile(sub)).toMatchObject(mark);
  });

  it('leaves no mark when Stripe knows none of the recorded customers', async () => {
    const sub = randomUUID();
    const createdAt = '2026-01-01T00:00:00.000Z';
    const profile = { userId: sub, stripeCustomerId: 'cus_OfAnotherAccount', createdAt };
    await stage.putProfile(profile);
    await expect(run({ checks: ['missing_users'] })).rejects.toThrow('could not be repaired');
    expect(await stage.profile(sub)).toEqual(profile);
  });

  it('is never assumed to be deleted while Cognito’s listings cannot be read', async () => {
    const { sub } = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: stampOf(sub) });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
    stage.wires.cognito.fail((call) => (call.name === 'ListUsers' ? 'throttled' : undefined));
    await run({ checks: ['missing_users'] }).catch(() => undefined);
    expect(await isBilled(stage, customerId)).toBe(true);
    expect(await stage.profile(sub)).toBeDefined();
  });
});

/** Buys a subscription through Stripe Checkout, as the checkout of this stage opens it. */
async function soldTo(sub: string): Promise<string> {
  const metadata = { ...stampOf(sub), made_by: 'predixa-checkout' };
  const { id: customer } = await stage.stripe.customers.create({ metadata });
  const session = await stage.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    line_items: [{ price, quantity: 1 }],
    metadata,
    subscription_data: { metadata },
    success_url: 'https://app.example.com/welcome',
    cancel_url: 'https://app.example.com/pricing',
  });
  expect(await pay(session.url)).toBe(303);
  return customer;
}

it('A purchase survives a missing buyer, whose account stays, if its customer was reassigned to another user', async () => {
  const [buyer, { sub: owner }] = [randomUUID(), await poolUser()];
  const customerId = await soldTo(buyer);
  await stage.stripe.customers.update(customerId, { metadata: stampOf(owner) });
  await stage.putProfile({ userId: buyer, stripeCustomerId: customerId });
  await run();
  expect(await stage.profile(buyer)).toBeDefined();
  expect(linesOf('ending_refused')).toContainEqual(
    expect.objectContaining({ refusal: 'owner_contradiction', user_id: buyer }),
  );
  expect(await isBilled(stage, customerId)).toBe(true);
  expect(await isRefunded(customerId)).toBe(false);
});

it('A purchase whose event an endpoint did not receive survives its buyer too if its customer was reassigned', async () => {
  await stage.stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/stripe/webhook',
    enabled_events: ['*'],
  });
  const buyers = buyersOn(stage);
  const buyer = await buyers.user({ verified: false });
  await pay((await buyers.checkout(buyer)).body['url']);
  const customerId = await buyers.customerOf(buyer);
  const { sub: owner } = await poolUser();
  await stage.stripe.customers.update(customerId, { metadata: stampOf(owner) });
  expect((await buyers.remove(buyer)).statusCode).toBe(200);
  await run();
  expect(await isBilled(stage, customerId)).toBe(true);
  expect(await isRefunded(customerId)).toBe(false);
});

it('A profile of the last minutes is not ended, although a listing of the pool does not show its user', async () => {
  const userId = randomUUID();
  const { customerId } = await payingCustomer(stage, { price, metadata: stampOf(userId) });
  await stage.putProfile({ userId, stripeCustomerId: customerId, createdAt: new Date().toISOString() });
  const { report } = await run();
  expect(report).toMatchObject({ outcomes: { account_deleted: 0, customer_deleted: 0 } });
  expect(await isBilled(stage, customerId)).toBe(true);
  expect(await stage.profile(userId)).toBeDefined();
});

describe('A checkout that was paid for an account that no longer exists, and whose event was never delivered', () => {
  it('is refunded by reconcile with its alarm, and the customer is deleted', async () => {
    const customerId = await soldTo(randomUUID());
    const { report } = await run();
    expect(report.outcomes).toMatchObject({ refunded: 1, subscription_canceled: 1, customer_deleted: 1 });
    expect(await isRefunded(customerId)).toBe(true);
    expect(await isBilled(stage, customerId)).toBe(false);
    expect(linesOf('orphaned_checkout')).toMatchObject([{ action: 'cancel_and_refund', refunds: 1 }]);
    expect((await run()).report.found).toBe(0);
  });

  it('does not keep the customer billed if Stripe refuses the refund, and raises the alarm', async () => {
    const customerId = await soldTo(randomUUID());
    stage.wires.stripe.fail(everyOf('POST /v1/refunds', 'forbidden'));
    const { report } = await run();
    expect(report.outcomes).toMatchObject({ refunded: 0, customer_deleted: 1 });
    expect(await isBilled(stage, customerId)).toBe(false);
    const cause = expect.objectContaining({ operation: 'refund', statusCode: 403 });
    expect(linesOf('orphaned_checkout')).toMatchObject([{ level: 'error', cause }]);
  });

  it('is refunded also if the customer was deleted with the account, and only once', async () => {
    await stage.stripe.webhookEndpoints.create({
      url: 'http://127.0.0.1:9/stripe/webhook',
      enabled_events: ['*'],
    });
    const buyers = buyersOn(stage);
    const who = await buyers.user({ verified: false });
    const { body } = await buyers.checkout(who);
    await pay(body['url']);
    const customerId = await buyers.customerOf(who);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await isRefunded(customerId)).toBe(false);
    const { report } = await run();
    expect(report).toMatchObject({ outcomes: { refunded: 1 }, reasons: { event_undelivered: 1 } });
    expect(await isRefunded(customerId)).toBe(true);
    expect((await run()).report.found).toBe(0);
  });
});
