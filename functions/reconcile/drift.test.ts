import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { manualChecks } from '../../core/reconcile/user-listings.ts';
import { CLIENT_ID } from '../../local/cognito/pool.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { ownCognito } from '../../tests/support/own-cognito.ts';
import { isBilled, monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

const DEAD_ENDPOINT = 'http://127.0.0.1:9/stripe/webhook';

const cognitoUrl = ownCognito();
let stage: Stage;
let price: string;
/** How much later than now it is at Stripe. */
let laterMs: number;

beforeEach(async () => {
  laterMs = 0;
  stage = await createStage({
    env: { RECONCILE_STRIPE_SHARE: '1' },
    now: () => Date.now() + laterMs,
    cognitoUrl: cognitoUrl(),
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

/** Known to all three systems, and in agreement. */
async function subscriber() {
  const sub = await poolUser();
  const payer = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  await run({ parts: ['subscriptions'] });
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

/** What was called that changes anything. */
function writes(): readonly string[] {
  const { dynamodb, stripe, cognito } = stage.wires;
  const names = [...dynamodb.names(), ...stripe.names(), ...cognito.names()];
  const reads = ['GetItem', 'BatchGetItem', 'Scan', 'ListUsers'];
  return names.filter((name) => !reads.includes(name) && !name.startsWith('GET /'));
}

it('of a pool that knows none of the customers only a few are ended, and the run fails for the alarm', async () => {
  const subs = Array.from({ length: 12 }, () => randomUUID());
  await Promise.all(subs.map((cognito_sub) => stage.stripe.customers.create({ metadata: { cognito_sub } })));
  await expect(run({ parts: ['customers'] })).rejects.toThrow('2 accounts could not be reconciled');
  expect((await stage.stripe.customers.list({ limit: 100 })).data).toHaveLength(2);
});

async function productOf(id: string): Promise<string> {
  const { product } = await stage.stripe.prices.retrieve(id);
  return typeof product === 'string' ? product : product.id;
}

describe('of what differs', () => {
  it('a row of a user who is gone does not go before what is billed through it', async () => {
    const sub = randomUUID();
    const named = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    // Named by nothing but the row.
    const spare = await payingCustomer(stage, { price, metadata: {} });
    const stripe_customer_ids = [named.customerId, spare.customerId];
    await stage.putEntitlement({ cognito_sub: sub, status: 'active', stripe_customer_ids });
    const report = await run({ parts: ['rows'] });
    expect(report).toMatchObject({ healed: 1, byReason: { profile_missing: 1 } });
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await isBilled(stage, named.customerId)).toBe(false);
    expect(await isBilled(stage, spare.customerId)).toBe(false);
  });

  it('a row of a user who is gone leaves alone a customer that is another user’s by now', async () => {
    const other = await subscriber();
    const sub = randomUUID();
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', stripe_customer_ids: [other.customerId] });
    expect(await run()).toMatchObject({ byReason: { profile_missing: 1 }, failed: 0 });
    expect(await stage.entitlement(sub)).toBeUndefined();
    expect(await isBilled(stage, other.customerId)).toBe(true);
  });

  it('a row without a profile gets one, if its user exists, and is not found again', async () => {
    const sub = await poolUser();
    await stage.putEntitlement({ cognito_sub: sub, status: 'trial_expired', trial_days_remaining: 0 });
    expect(await run()).toMatchObject({ healed: 1, byReason: { profile_missing: 1 } });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: expect.stringMatching(/^cus_/) });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'trial_expired', trial_days_remaining: 0 });
    expect((await run()).differed).toBe(0);
  });

  it('what another writer left is compared, though Stripe lists nothing for it', async () => {
    const sub = await poolUser();
    const { id } = await stage.stripe.customers.create({ metadata: { cognito_user_id: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: id });
    await stage.putEntitlement({ cognito_sub: sub, status: 'active', plan: 'pro', current_period_end: 4e9 });
    expect(await run()).toMatchObject({ healed: 1, byReason: { row_unsynced: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect((await run()).differed).toBe(0);
  });

  it('two live subscriptions are told each time, and never said to be healed', async () => {
    const { sub, customerId } = await subscriber();
    await subscribeAgain(customerId);
    laterMs = 60_000;
    await run();
    const told = { differed: 1, healed: 0, failed: 0, byReason: { two_live_subscriptions: 1 } };
    expect(await run()).toMatchObject(told);
    // What no listing shows is brought up to date all the same.
    const { id } = await stage.stripe.entitlements.features.create({ name: 'More', lookup_key: 'more' });
    await stage.stripe.products.createFeature(await productOf(price), { entitlement_feature: id });
    expect(await run()).toMatchObject(told);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['more'] });
    const { data } = await stage.stripe.subscriptions.list({ customer: customerId });
    expect(data.map(({ status }) => status)).toEqual(['active', 'active']);
  });

  it('a customer who was deleted by hand takes the access along, though no event told of it', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.update(subscriptionId, { metadata: { cognito_sub: sub } });
    await stage.stripe.customers.del(customerId);
    expect(await run()).toMatchObject({ failed: 0, byReason: { row_differs: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('a fresh profile whose customer is gone gets another, and is not found again', async () => {
    const { sub, customerId } = await subscriber();
    await stage.putProfile({
      userId: sub,
      stripeCustomerId: customerId,
      createdAt: new Date().toISOString(),
    });
    await stage.stripe.customers.del(customerId);
    expect((await run()).byReason).toMatchObject({ customer_gone: 1 });
    const profile = await stage.profile(sub);
    expect(profile?.['stripeCustomerId']).not.toBe(customerId);
    expect((await run()).differed).toBe(0);
  });

  it('of several customers that name a user, the profile gets the one that pays, and none is made', async () => {
    const sub = await poolUser();
    const metadata = { cognito_user_id: sub };
    await stage.stripe.customers.create({ metadata });
    const paying = await payingCustomer(stage, { price, metadata });
    await stage.stripe.customers.create({ metadata });
    await stage.putProfile({ userId: sub });
    expect((await run({ parts: ['profiles'] })).byReason).toEqual({ customer_missing: 1 });
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: paying.customerId });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect((await stage.stripe.customers.list()).data).toHaveLength(3);
  });

  it('a customer that was never at Stripe means a key of another account: told, and nothing is deleted', async () => {
    const sub = randomUUID();
    const profile = {
      userId: sub,
      stripeCustomerId: 'cus_elsewhere',
      createdAt: new Date().toISOString(),
    };
    await stage.putProfile(profile);
    await stage.putEntitlement({ cognito_sub: sub, status: 'active' });
    await expect(run({ parts: ['profiles'] })).rejects.toThrow('1 accounts could not be reconciled');
    expect(await stage.profile(sub)).toEqual(profile);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'reconcile_failed', reason: 'customer_gone', user_id: sub }),
    );
  });

  it('money that went back is told by a dry run as well', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.charges.list({ customer: customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    const dry = await run({ dryRun: true });
    expect(dry).toMatchObject({ differed: 1, healed: 0, byReason: { money_went_back: 1 } });
    expect(await run()).toMatchObject({ healed: 1, byReason: { money_went_back: 1 } });
    expect(await stage.entitlement(sub)).toMatchObject({ reversal: 'refunded' });
    expect((await run()).differed).toBe(0);
  });

  it('an undelivered event is told while the row has not seen it, and no longer', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.webhookEndpoints.create({ url: DEAD_ENDPOINT, enabled_events: ['*'] });
    laterMs = 60_000;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    // Another application's, in the same account.
    await payingCustomer(stage, { price, metadata: {} });
    laterMs = 120_000;
    const parts = ['undelivered'];
    expect((await run({ parts, dryRun: true })).byReason).toEqual({ event_undelivered: 1 });
    expect((await run({ parts })).byReason).toEqual({ event_undelivered: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect((await run({ parts })).differed).toBe(0);
  });
});

describe('a reconcile', () => {
  it('takes nobody in who has not proved the address yet', async () => {
    const Username = `${randomUUID()}@example.com`;
    const signUp = new SignUpCommand({ ClientId: CLIENT_ID, Username, Password: 'A-password-1' });
    const { UserSub = '' } = await stage.cognito.send(signUp);
    await run({ parts: ['users'] });
    expect(await stage.profile(UserSub)).toBeUndefined();
  });

  it('never touches customers of nobody, or of another pool in the same account', async () => {
    const metadata = { cognito_sub: randomUUID(), cognito_user_pool: 'us-east-1_Another' };
    const customers = [
      await payingCustomer(stage, { price, metadata }),
      await payingCustomer(stage, { price, metadata: {} }),
      await payingCustomer(stage, { price, metadata: { user_id: '42' } }),
    ];
    stage.calm();
    expect((await run()).differed).toBe(0);
    expect(stage.wires.stripe.names().filter((name) => !name.startsWith('GET /'))).toEqual([]);
    for (const { customerId } of customers) expect(await isBilled(stage, customerId)).toBe(true);
  });

  it('a dry run over every kind of difference writes nothing, in no system', async () => {
    const [differing, twice, refunded] = [await subscriber(), await subscriber(), await subscriber()];
    await stage.stripe.subscriptions.cancel(differing.subscriptionId);
    await payingCustomer(stage, { price, metadata: { cognito_sub: twice.sub } });
    const { data } = await stage.stripe.charges.list({ customer: refunded.customerId });
    await stage.stripe.refunds.create({ charge: data[0]?.id ?? '' });
    await payingCustomer(stage, { price, metadata: { cognito_sub: randomUUID() } });
    await stage.putProfile({ userId: await poolUser() });
    await stage.putProfile({ userId: randomUUID(), deletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    await stage.putEntitlement({ cognito_sub: randomUUID(), status: 'active' });
    stage.calm();
    const { byReason, healed, failed } = await run({ dryRun: true });
    expect({ healed, failed }).toEqual({ healed: 0, failed: 0 });
    expect(Object.keys(byReason).sort()).toEqual([
      'customer_missing',
      'customer_unseen',
      'customer_without_user',
      'deletion_unfinished',
      'money_went_back',
      'profile_missing',
      'row_differs',
      'row_missing',
      'second_customer',
    ]);
    expect(writes()).toEqual([]);
  });

  it('begins a part anew whose place to go on from is gone', async () => {
    const { sub, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const progress = JSON.stringify({ part: 'subscriptions', from: 'sub_gone' });
    await stage.putEntitlement({ cognito_sub: 'run#reconcile', progress });
    expect((await run()).byReason).toEqual({ row_differs: 1 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });
});

describe('beside what happens meanwhile', () => {
  it('a deletion that ends while a row is made for the user leaves no row behind', async () => {
    const sub = await poolUser();
    const { customerId } = await payingCustomer(stage, { price, metadata: { cognito_sub: sub } });
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
    const held = stage.wires.dynamodb.holdNext('PutItem');
    const running = run({ parts: ['profiles'] });
    await held.reached;
    const claims = { sub, 'cognito:username': sub };
    const deletion = apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
    expect(await stage.call('delete-user', deletion)).toMatchObject({ statusCode: 200 });
    held.release();
    await running;
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('a sign-up half way is completed to the same end, with one customer', async () => {
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
    expect((await run({ parts: manualChecks })).failed).toBe(0);
    held.release();
    await signingUp;
    const { data } = await stage.stripe.customers.list({ limit: 100 });
    const [customer, ...others] = data.filter(({ metadata }) => metadata['cognito_sub'] === sub);
    expect(others).toEqual([]);
    expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customer?.id });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect((await run()).differed).toBe(0);
  });

  it('a deletion noted without a username is finished by the one that the pool knows', async () => {
    const username = `Provider_${randomUUID()}`;
    const command = new AdminCreateUserCommand({
      UserPoolId: stage.poolId,
      Username: `${username}@example.com`,
      MessageAction: 'SUPPRESS',
    });
    const { User } = await stage.cognito.send(command);
    const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    await stage.putProfile({ userId: sub, deletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    stage.calm();
    expect((await run({ parts: ['profiles'] })).byReason).toEqual({ deletion_unfinished: 1 });
    const deletion = stage.wires.cognito.calls.find(({ name }) => name === 'AdminDeleteUser');
    expect(JSON.parse(deletion?.body ?? '{}')).toMatchObject({ Username: User?.Username });
    expect(await stage.profile(sub)).toBeUndefined();
    expect(stage.logs).not.toContainEqual(expect.objectContaining({ metric: 'username_unknown' }));
  });
});
