/** A customer whose metadata were edited away in the Dashboard: the own tables know whose it is. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered } from '../../tests/support/webhooks.ts';

let stage: Stage;
let priceId: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const recurring = { interval: 'month' } as const;
  const price = { product: product.id, currency: 'usd', unit_amount: 990, recurring };
  ({ id: priceId } = await stage.stripe.prices.create(price));
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

async function addUser(profile: object = {}): Promise<string> {
  const sub = randomUUID();
  await stage.putProfile({ userId: sub, ...profile });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return sub;
}

async function addCustomer(metadata: Record<string, string>): Promise<string> {
  const { id } = await stage.stripe.customers.create({
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return id;
}

/** Delivers the newest event of the type, in the form in which Stripe sends it. */
async function deliverNewest(type: string): Promise<number> {
  const { data } = await stage.stripe.events.list({ type, limit: 1 });
  stage.calm();
  return (await stage.call('stripe-webhook', delivered(data[0] ?? {}))).statusCode;
}

/** Syncs the user through another function, so that the webhook remembers nothing of the customer. */
async function syncOf(sub: string): Promise<void> {
  const claims = { sub, token_use: 'id' };
  const event = apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims });
  expect((await stage.call('checkout', event)).statusCode).toBe(200);
}

/** A subscriber whose row lists the customer, of which no subscription names anyone. */
async function subscriber() {
  const customerId = await addCustomer({});
  const sub = await addUser({ stripeCustomerId: customerId });
  await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: sub } });
  const { id: subscriptionId } = await stage.stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: priceId }],
  });
  await syncOf(sub);
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  return { sub, customerId, subscriptionId };
}

const eraseName = (customerId: string, metadata: Record<string, string> = { cognito_sub: '' }) =>
  stage.stripe.customers.update(customerId, { metadata });
const metadataOf = async (customerId: string) => {
  const customer = await stage.stripe.customers.retrieve(customerId);
  return customer.deleted === true ? {} : customer.metadata;
};
const linesOf = (metric: string, customerId: string) =>
  stage.logs.filter((line) => line['metric'] === metric && line['customer_id'] === customerId);
const indexed = async (customerId: string) =>
  (await stage.entitlement(`stripe_customer#${customerId}`))?.['users'];

describe('A customer whose metadata were edited away', () => {
  it.each([
    ['the user', { cognito_sub: '' }],
    ['the user and the pool', { cognito_sub: '', cognito_user_pool: '' }],
  ])('ends the access with its subscription, and names the user again (removed: %s)', async (_, metadata) => {
    const { sub, customerId, subscriptionId } = await subscriber();
    expect(await indexed(customerId)).toEqual([sub]);
    await eraseName(customerId, metadata);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    expect(await deliverNewest('customer.subscription.deleted')).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect(await metadataOf(customerId)).toEqual({ cognito_sub: sub, cognito_user_pool: stage.poolId });
    expect(linesOf('customer_name_restored', customerId)).toMatchObject([{ user_id: sub }]);
  });

  it('begins the access with a new subscription', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await deliverNewest('customer.subscription.deleted');
    await eraseName(customerId);
    await stage.stripe.subscriptions.create({ customer: customerId, items: [{ price: priceId }] });
    expect(await deliverNewest('customer.subscription.created')).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('names the user again with the event of the edit itself', async () => {
    const { sub, customerId } = await subscriber();
    await eraseName(customerId);
    expect(await deliverNewest('customer.updated')).toBe(200);
    expect(await metadataOf(customerId)).toMatchObject({ cognito_sub: sub });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('ends the access when it is deleted in the Dashboard', async () => {
    const { sub, customerId } = await subscriber();
    await eraseName(customerId);
    await stage.stripe.customers.del(customerId);
    expect(await deliverNewest('customer.deleted')).toBe(200);
    expect((await stage.entitlement(sub))?.['status']).not.toBe('active');
  });

  it('gives access although its name cannot be written back', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await eraseName(customerId);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const { data } = await stage.stripe.events.list({ type: 'customer.subscription.deleted', limit: 1 });
    stage.wires.stripe.fail(({ name }) =>
      name.startsWith('POST /v1/customers/') ? 'server_error' : undefined,
    );
    expect((await stage.call('stripe-webhook', delivered(data[0] ?? {}))).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect(linesOf('customer_name_not_restored', customerId)).toMatchObject([{ user_id: sub }]);
    expect(await metadataOf(customerId)).not.toHaveProperty('cognito_sub');
  });

  it('changes nothing, and is reported, if the records of two users name it', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const other = await addUser({ stripeCustomerId: customerId });
    await stage.putEntitlement({
      cognito_sub: `stripe_customer#${customerId}`,
      users: [sub, other],
      version: 1,
    });
    await eraseName(customerId);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const before = [await stage.entitlement(sub), await stage.entitlement(other)];
    expect(await deliverNewest('customer.subscription.deleted')).toBe(200);
    expect([await stage.entitlement(sub), await stage.entitlement(other)]).toEqual(before);
    expect(linesOf('owner_contradiction', customerId)).toHaveLength(1);
    expect(await metadataOf(customerId)).not.toHaveProperty('cognito_sub');
  });

  it('is of no one if only the index leads to a user', async () => {
    const sub = await addUser();
    const customerId = await addCustomer({});
    await stage.stripe.subscriptions.create({ customer: customerId, items: [{ price: priceId }] });
    await stage.putEntitlement({ cognito_sub: `stripe_customer#${customerId}`, users: [sub], version: 1 });
    expect(await deliverNewest('customer.subscription.created')).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
    expect(await metadataOf(customerId)).toEqual({});
  });

  it('is of the user that it names by now, also if the index leads to another one', async () => {
    const { sub, customerId } = await subscriber();
    const other = await addUser();
    await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: other } });
    expect(await deliverNewest('customer.updated')).toBe(200);
    expect((await stage.entitlement(sub))?.['status']).toBe('none');
    expect(await stage.entitlement(other)).toMatchObject({ status: 'active' });
    expect(await indexed(customerId)).toEqual([other]);
  });
});

describe('The index of a deleted user', () => {
  it('is removed with the account, and a late event restores nothing', async () => {
    const { sub, customerId } = await subscriber();
    const { data } = await stage.stripe.events.list({ type: 'customer.subscription.created', limit: 1 });
    await eraseName(customerId);
    const claims = { sub, token_use: 'id', 'cognito:username': sub };
    const event = apiEvent('http', { method: 'DELETE', path: '/me/account', claims });
    expect((await stage.call('delete-user', event)).statusCode).toBe(200);
    expect(await indexed(customerId)).toBeUndefined();
    expect((await stage.call('stripe-webhook', delivered(data[0] ?? {}))).statusCode).toBe(200);
    expect([await stage.profile(sub), await stage.entitlement(sub), await indexed(customerId)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it('A user id that looks like a key of the table is no user', async () => {
  const customerId = await addCustomer({ cognito_sub: 'stripe_customer#cus_1' });
  await stage.putEntitlement({ cognito_sub: 'stripe_customer#cus_1', users: ['ann'], version: 1 });
  await stage.stripe.subscriptions.create({ customer: customerId, items: [{ price: priceId }] });
  expect(await deliverNewest('customer.subscription.created')).toBe(200);
  expect(await stage.entitlement('stripe_customer#cus_1')).toEqual({
    cognito_sub: 'stripe_customer#cus_1',
    users: ['ann'],
    version: 1,
  });
});
