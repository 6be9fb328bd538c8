/** Recovery from lost events, interrupted writes and sign-ups that never ran. */
import { randomUUID } from 'node:crypto';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBilling } from '../../adapters/stripe/billing.ts';
import { createStripe } from '../../adapters/stripe/client.ts';
import { ADOPTION_KEY } from '../../contract/tables.ts';
import { Fault } from '../../core/system/fault.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { API_KEY } from '../support/stage.ts';
import { openStripeStub } from '../support/stripe-stub.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { everyOf } from '../support/wire.ts';
import { type Reconciler, reconcilerOn } from './reconciler.ts';
import { openScene, type Scene } from './scene.ts';

async function poolUser(): Promise<string> {
  const { stage } = scene;
  const command = { UserPoolId: stage.poolId, Username: `${randomUUID()}@example.com` };
  const created = await stage.cognito.send(
    new AdminCreateUserCommand({ ...command, MessageAction: 'SUPPRESS' }),
  );
  return created.User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
}

let scene: Scene;
let reconciler: Reconciler;
// Each test has its own tables, because some of them interrupt a reconcile run over all users.
beforeEach(async () => {
  scene = await openScene();
  reconciler = reconcilerOn(scene.stage);
});
afterEach(() => scene.stage.close());

describe('Two writes that belong together', () => {
  it('failure mode 12: are completed by the redelivery after a crash between them', async () => {
    const { stage, createUser, subscribe, notify } = scene;
    const { sub, customerId } = await createUser({ entitlement: null });
    await subscribe(customerId);
    stage.wires.dynamodb.fail(everyOf('UpdateItem', 'server_error'));
    expect((await notify(customerId)).statusCode).toBe(503);
    expect(await stage.entitlement(sub)).toMatchObject({ provisional: true });
    stage.calm();
    expect((await notify(customerId)).statusCode).toBe(200);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active' });
    expect(row).not.toHaveProperty('provisional');
  });

  it('failure mode 12: never give one purchase to two users, whichever user its events name', async () => {
    const { stage, createUser, subscribe, send } = scene;
    const [buyer, other] = [await createUser(), await createUser()];
    await subscribe(buyer.customerId);
    for (const sub of [other.sub, buyer.sub, other.sub]) {
      const object = { id: 'sub_x', customer: buyer.customerId, metadata: { cognito_sub: sub } };
      expect((await send(stripeEvent('customer.subscription.updated', object))).statusCode).toBe(200);
    }
    expect(await stage.entitlement(buyer.sub)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(other.sub)).toEqual({
      cognito_sub: other.sub,
      status: 'none',
      version: 1,
    });
  });
});

it('failure mode 16: an event that always fails is logged each time, and events of other users are still processed', async () => {
  const { stage, createUser, subscribe, notify, send } = scene;
  const { sub } = await createUser();
  const poison = stripeEvent('invoice.paid', {
    customer: 'cus_of_another_account',
    metadata: { cognito_sub: sub },
  });
  const before = stage.logs.length;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const user = await createUser();
    await subscribe(user.customerId);
    const [failed, carriedOut] = await Promise.all([send(poison), notify(user.customerId)]);
    expect([failed.statusCode, carriedOut.statusCode]).toEqual([503, 200]);
    expect(await stage.entitlement(user.sub)).toMatchObject({ status: 'active' });
  }
  const alarms = stage.logs
    .slice(before)
    .filter(({ level, metric }) => level === 'error' && metric === 'request_failed');
  expect(alarms).toHaveLength(3);
  expect(alarms[0]).toMatchObject({ cause: { reason: 'customer_not_in_account' } });
});

it('failure mode 27: a user who never fired the trigger gets "none" instead of an error, and reconcile provisions them', async () => {
  const { stage, createCustomer, subscribe, notify, entitlements } = scene;
  const sub = await poolUser();
  expect(await entitlements(sub)).toMatchObject({ status: 'none', access_granted: false });
  const customerId = await createCustomer({ cognito_user_id: sub });
  await subscribe(customerId);
  await notify(customerId);
  expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  await reconciler.run();
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: customerId });
  expect(await entitlements(sub)).toMatchObject({ status: 'active', access_granted: true });
});

it('failure mode 59: a reconcile run applies a cancellation whose webhooks were lost', async () => {
  const { stage, createUser, subscribe, notify, entitlements } = scene;
  const { sub, customerId } = await createUser({ sub: await poolUser() });
  const { id } = await subscribe(customerId);
  await notify(customerId);
  await stage.stripe.subscriptions.cancel(id);
  expect(await entitlements(sub)).toMatchObject({ access_granted: true });
  await reconciler.run();
  expect(await entitlements(sub)).toMatchObject({ status: 'canceled', access_granted: false });
});

it('failure mode 60: a reconcile run restores an empty table from Stripe, even after an interrupted run', async () => {
  const { stage, createUser, subscribe } = scene;
  const adopted = { cognito_sub: ADOPTION_KEY, completed_at: 1_800_000_000, by: 'operator' };
  await stage.putEntitlement(adopted);
  const expected = new Map<string, string>();
  for (let n = 0; n < 8; n += 1) {
    const { sub, customerId } = await createUser({ entitlement: null, sub: await poolUser() });
    const { id } = await subscribe(customerId);
    if (n % 2 === 1) await stage.stripe.subscriptions.cancel(id);
    expected.set(sub, n % 2 === 1 ? 'canceled' : 'active');
  }
  const statuses = async () => {
    const rows = await Promise.all([...expected.keys()].map((sub) => stage.entitlement(sub)));
    return rows.map((row) => row?.['status']);
  };
  let written = 0;
  stage.wires.dynamodb.fail(({ name, body }) => {
    // The run also saves its progress in this table, and the index of customers.
    if (name === 'PutItem' && !/run#reconcile|stripe_customer#/.test(body)) written += 1;
    return name === 'PutItem' && written > 3 ? 'reset_before' : undefined;
  });
  await expect(reconciler.run()).rejects.toThrow('unavailable');
  expect((await statuses()).filter((status) => status !== undefined)).toHaveLength(3);
  stage.calm();
  expect((await reconciler.run()).outcomes.failed).toBe(0);
  expect(await statuses()).toEqual([...expected.values()]);
});

describe('The Stripe client', () => {
  it('failure mode 63: has the types of one version of the library', () => {
    const { dependencies } = packageJson;
    expect(dependencies.stripe).toMatch(/^\d+\.\d+\.\d+$/);
    expect(dependencies.stripe).toBe(Stripe.PACKAGE_VERSION);
  });

  it.each([
    [400, 'invalid_request_error', 'refused'],
    [401, 'invalid_request_error', 'refused'],
    [402, 'card_error', 'refused'],
    [403, 'invalid_request_error', 'refused'],
    [409, 'idempotency_error', 'unavailable'],
    [429, 'rate_limit_error', 'unavailable'],
    [500, 'api_error', 'unavailable'],
    [503, 'a_type_of_tomorrow', 'unavailable'],
  ])(
    'failure mode 63: returns a fault for a response with status %d (%s): %s',
    async (status, type, code) => {
      const stub = await openStripeStub();
      stub.answer('POST /v1/customers', { status, body: { error: { type, message: 'No.' } } });
      const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
      const stripe = createStripe(API_KEY, new URL(stub.url), limits);
      const failed = createBilling({ stripe, elapsedMs: () => 0 }).createCustomer(
        { poolId: 'pool', sub: 'user-1' },
        0,
      );
      const error: unknown = await failed.catch((cause: unknown) => cause);
      await stub.close();
      expect(error).toBeInstanceOf(Fault);
      expect(error).toMatchObject({ details: { code, system: 'stripe', statusCode: status } });
    },
  );
});
