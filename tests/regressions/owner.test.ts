/** The owner of a customer when a profile, a row, the customer's metadata and an event contradict each other. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { isBilled } from '../support/payers.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

async function poolUser(): Promise<{ readonly sub: string; readonly username: string }> {
  const { stage } = scene;
  const Username = `${randomUUID()}@example.com`;
  const command = { UserPoolId: stage.poolId, Username, MessageAction: 'SUPPRESS' as const };
  const { User } = await stage.cognito.send(new AdminCreateUserCommand(command));
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  return { sub, username: User?.Username ?? Username };
}

/** Creates a profile and a row of one user that name the customer of another, paying user. */
async function contradiction(row: object = {}) {
  const owner = await scene.createUser();
  const { id: subscriptionId } = await scene.subscribe(owner.customerId);
  await scene.notify(owner.customerId);
  const claimant = await poolUser();
  await scene.stage.putProfile({ userId: claimant.sub, stripeCustomerId: owner.customerId });
  await scene.stage.putEntitlement({ cognito_sub: claimant.sub, status: 'none', version: 1, ...row });
  return { owner, claimant, subscriptionId };
}

const contradictionsOf = (customerId: string) =>
  scene.stage.logs.filter(
    (line) => line['metric'] === 'owner_contradiction' && line['customer_id'] === customerId,
  );

describe('A profile that names the customer of another user', () => {
  it('gives its user neither access nor the portal nor a checkout through that customer, and is reported', async () => {
    const { owner, claimant, subscriptionId } = await contradiction();
    const metadata = { cognito_sub: claimant.sub };
    const payload = { id: subscriptionId, object: 'subscription', customer: owner.customerId, metadata };
    expect((await scene.send(stripeEvent('customer.subscription.updated', payload))).statusCode).toBe(200);
    const claims = { sub: claimant.sub, 'cognito:username': claimant.username };
    const post = (path: string, body: object) =>
      apiEvent('http', { method: 'POST', path, claims, body: JSON.stringify(body) });
    await scene.stage.call('checkout', post('/me/entitlements/sync', {}));
    expect(await scene.entitlements(claimant.sub)).toMatchObject({ access_granted: false, status: 'none' });
    expect(await scene.entitlements(owner.sub)).toMatchObject({ access_granted: true });
    const portal = await scene.stage.call('billing-portal', post('/me/billing-portal-session', {}));
    expect(portal).toMatchObject({ statusCode: 409, body: { code: 'owner_contradiction' } });
    const price = { price: scene.prices.monthly };
    const names = { CHECKOUT_PRICES: 'pro_monthly' };
    expect(scene.stage.env).toMatchObject({
      CHECKOUT_PRICES: expect.stringContaining(names.CHECKOUT_PRICES),
    });
    await scene.stage.stripe.prices.update(price.price, { lookup_key: 'pro_monthly' });
    const checkout = await scene.stage.call(
      'checkout',
      post('/me/checkout-session', { price: 'pro_monthly' }),
    );
    expect(checkout).toMatchObject({ statusCode: 409, body: { code: 'owner_contradiction' } });
    expect(await scene.stage.stripe.customers.retrieve(owner.customerId)).toMatchObject({
      metadata: { cognito_sub: owner.sub },
    });
    expect(contradictionsOf(owner.customerId)[0]).toMatchObject({
      user_id: owner.sub,
      other_user_id: claimant.sub,
    });
  });

  it('ends nothing of the other user when its own user deletes the account', async () => {
    const { id: deletedId } = await scene.stage.stripe.customers.create();
    await scene.stage.stripe.customers.del(deletedId);
    const { owner, claimant } = await contradiction({ stripe_customer_ids: [deletedId] });
    expect((await scene.deleteAccount(claimant)).statusCode).toBe(200);
    expect(await scene.stage.profile(claimant.sub)).toBeUndefined();
    expect(await scene.stage.entitlement(claimant.sub)).toBeUndefined();
    expect(await isBilled(scene.stage, owner.customerId)).toBe(true);
    expect(contradictionsOf(owner.customerId)).not.toEqual([]);
  });
});

it('A customer whose metadata are reassigned gives access only to its new user, and the old account cannot end it', async () => {
  const before = await scene.createUser();
  const { id } = await scene.subscribe(before.customerId, { metadata: { cognito_sub: before.sub } });
  const payload = {
    id,
    object: 'subscription',
    customer: before.customerId,
    metadata: { cognito_sub: before.sub },
  };
  const event = () => scene.send(stripeEvent('customer.subscription.updated', payload));
  await event();
  expect(await scene.entitlements(before.sub)).toMatchObject({ access_granted: true });
  const now = await poolUser();
  await scene.stage.putProfile({ userId: now.sub });
  await scene.stage.putEntitlement({ cognito_sub: now.sub, status: 'none', version: 1 });
  await scene.stage.stripe.customers.update(before.customerId, { metadata: { cognito_sub: now.sub } });
  expect((await event()).statusCode).toBe(200);
  expect(await scene.entitlements(before.sub)).toMatchObject({ access_granted: false });
  expect(await scene.entitlements(now.sub)).toMatchObject({ access_granted: true });
  expect((await scene.stage.entitlement(before.sub))?.['stripe_customer_ids']).toBeUndefined();
  expect((await scene.deleteAccount({ sub: before.sub })).statusCode).toBe(200);
  expect(await isBilled(scene.stage, before.customerId)).toBe(true);
  expect(await scene.entitlements(now.sub)).toMatchObject({ access_granted: true });
});

describe('An app’s own `deletionRequestedAt`', () => {
  it.each([
    ['an ISO time', { deletionRequestedAt: '2026-01-01T00:00:00.000Z' }],
    ['a date', { deletionRequestedAt: '2026-12-24', deletionUsername: 'someone' }],
    ['a number', { deletionRequestedAt: 1_767_225_600, deletionUsername: 'someone' }],
  ])('that is %s never marks a deletion', async (_, attributes) => {
    const { sub, customerId } = await scene.createUser({ profile: attributes });
    await scene.subscribe(customerId);
    await scene.notify(customerId);
    await scene.stage.invoke('reconcile', { checks: ['profiles'] });
    expect(await isBilled(scene.stage, customerId)).toBe(true);
    expect(await scene.entitlements(sub)).toMatchObject({ access_granted: true });
    expect(await scene.stage.profile(sub)).toMatchObject(attributes);
  });
});
