/** Defects of the Python functions that lost money or access: 1 to 18, except 8, which needs a pool (see cognito.test.ts). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { acaciaJson, basilJson, DAY } from '../support/subscriptions.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { everyOf, firstOf } from '../support/wire.ts';
import { longAgo, openScene, type Scene, type TestUser } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

const row = ({ sub }: Pick<TestUser, 'sub'>) => scene.stage.entitlement(sub);
const now = () => Math.floor(Date.now() / 1000);

async function subscriber(): Promise<TestUser & { readonly subscriptionId: string }> {
  const user = await scene.createUser();
  const { id } = await scene.subscribe(user.customerId);
  await scene.notify(user.customerId);
  expect(await row(user)).toMatchObject({ status: 'active' });
  scene.stage.calm();
  return { ...user, subscriptionId: id };
}

describe('A webhook event', () => {
  it.each(['throttled', 'reset_before'] as const)(
    'original defect 1: is answered 503 when the lookup of its customer fails (%s), and its redelivery writes the row',
    async (fault) => {
      const { stage, createUser, subscribe, notify } = scene;
      const user = await createUser();
      await subscribe(user.customerId);
      stage.wires.stripe.fail(everyOf(`GET /v1/customers/${user.customerId}`, fault));
      expect((await notify(user.customerId)).statusCode).toBe(503);
      expect(await row(user)).toMatchObject({ status: 'none' });
      stage.calm();
      expect((await notify(user.customerId)).statusCode).toBe(200);
      expect(await row(user)).toMatchObject({ status: 'active' });
    },
  );

  it.each(['cognito_sub', 'cognito_user_id'])(
    'original defect 2: belongs to the user that the customer’s %s names, even if it is the only metadata',
    async (key) => {
      const { createUser, createCustomer, subscribe, notify } = scene;
      const user = await createUser();
      const customerId = await createCustomer({ [key]: user.sub });
      await subscribe(customerId);
      await notify(customerId);
      expect(await row(user)).toMatchObject({ status: 'active' });
    },
  );

  it.each(['server_error', 'reset_before'] as const)(
    'original defect 3: is answered 503 when the write of the row fails (%s), and its redelivery writes the row',
    async (fault) => {
      const { stage, createUser, subscribe, notify } = scene;
      const user = await createUser();
      await subscribe(user.customerId);
      stage.wires.dynamodb.fail(everyOf('UpdateItem', fault));
      expect((await notify(user.customerId)).statusCode).toBe(503);
      stage.calm();
      expect((await notify(user.customerId)).statusCode).toBe(200);
      expect(await row(user)).toMatchObject({ status: 'active' });
    },
  );
});

describe('A deletion', () => {
  it('original defect 4: keeps the login and the customer’s id when Stripe fails', async () => {
    const { stage, deleteAccount } = scene;
    const user = await subscriber();
    stage.wires.stripe.fail(() => 'server_error');
    expect((await deleteAccount(user)).statusCode).toBe(503);
    expect(stage.wires.cognito.names()).toEqual([]);
    expect(await stage.profile(user.sub)).toMatchObject({ stripeCustomerId: user.customerId });
    expect(await row(user)).toMatchObject({ status: 'active' });
  });

  it('original defect 5: reports the true state at each of several requests', async () => {
    const { stage, deleteAccount } = scene;
    const user = await subscriber();
    stage.wires.stripe.fail(() => 'server_error');
    expect([(await deleteAccount(user)).statusCode, (await deleteAccount(user)).statusCode]).toEqual([
      503, 503,
    ]);
    stage.calm();
    expect((await deleteAccount(user)).statusCode).toBe(200);
    expect((await stage.stripe.customers.retrieve(user.customerId)).deleted).toBe(true);
  });

  it('original defect 6: succeeds when Stripe has already deleted the customer or never had it', async () => {
    const { stage, deleteAccount } = scene;
    const user = await subscriber();
    await stage.stripe.customers.del(user.customerId);
    expect((await deleteAccount(user)).statusCode).toBe(200);
    const stranger = await subscriber();
    await stage.putProfile({ userId: stranger.sub, stripeCustomerId: 'cus_never_was' });
    expect((await deleteAccount(stranger)).statusCode).toBe(200);
    expect((await stage.stripe.subscriptions.retrieve(stranger.subscriptionId)).status).toBe('canceled');
  });

  it.each([
    ['GetItem', 'throttled'],
    ['UpdateItem', 'server_error'],
  ] as const)(
    'original defect 7: removes nothing when %s fails (%s), instead of treating the user as deleted',
    async (operation, fault) => {
      const { stage, deleteAccount } = scene;
      const user = await subscriber();
      stage.wires.dynamodb.fail(everyOf(operation, fault));
      expect((await deleteAccount(user)).statusCode).toBe(503);
      expect([...stage.wires.stripe.names(), ...stage.wires.cognito.names()]).toEqual([]);
      stage.calm();
      expect(await stage.profile(user.sub)).toMatchObject({ stripeCustomerId: user.customerId });
      expect((await stage.stripe.subscriptions.retrieve(user.subscriptionId)).status).toBe('active');
    },
  );
});

describe('A late event', () => {
  it('original defect 9: neither restores an ended subscription nor makes a paid one past due', async () => {
    const { stage, send } = scene;
    const { created } = longAgo();
    const late = (user: TestUser, id: string, status: string) =>
      send(
        stripeEvent('customer.subscription.updated', { id, customer: user.customerId, status }, { created }),
      );
    const gone = await subscriber();
    await stage.stripe.subscriptions.cancel(gone.subscriptionId);
    await send(
      stripeEvent('customer.subscription.deleted', { id: gone.subscriptionId, customer: gone.customerId }),
    );
    await late(gone, gone.subscriptionId, 'active');
    expect(await row(gone)).toMatchObject({ status: 'canceled' });
    const payer = await subscriber();
    await late(payer, payer.subscriptionId, 'past_due');
    expect(await row(payer)).toMatchObject({ status: 'active' });
  });

  it('original defect 10: about the end of an old subscription leaves the paid one unchanged', async () => {
    const { stage, subscribe, send, prices } = scene;
    const user = await subscriber();
    await subscribe(user.customerId, { items: [{ price: prices.yearly }] });
    await stage.stripe.subscriptions.cancel(user.subscriptionId);
    await send(
      stripeEvent('customer.subscription.deleted', { id: user.subscriptionId, customer: user.customerId }),
    );
    expect(await row(user)).toMatchObject({ status: 'active', plan: prices.yearly });
  });
});

describe('A trial', () => {
  it('original defect 11: that Stripe started has Stripe’s end and gives access', async () => {
    const { createUser, subscribe, notify, entitlements } = scene;
    const user = await createUser({ entitlement: { status: 'trialing', trial_expires_at: now() - DAY } });
    const { trial_end } = await subscribe(user.customerId, { trial_period_days: 7 });
    await notify(user.customerId, 'customer.subscription.created');
    expect(await entitlements(user.sub)).toMatchObject({
      status: 'trialing',
      trial_expires_at: trial_end,
      trial_days_remaining: 7,
      access_granted: true,
    });
  });

  it('original defect 12: that the app granted survives a checkout whose payment fails', async () => {
    const { createUser, subscribe, notify, entitlements } = scene;
    const trial_expires_at = now() + 3 * DAY;
    const user = await createUser({ entitlement: { status: 'trialing', trial_expires_at } });
    await subscribe(user.customerId, { payment_behavior: 'default_incomplete' });
    await notify(user.customerId, 'customer.subscription.created');
    expect(await entitlements(user.sub)).toMatchObject({
      status: 'trialing',
      trial_expires_at,
      access_granted: true,
    });
  });
});

describe('An event', () => {
  const before = { id: 'in_x', subscription: 'sub_x', subscription_details: { metadata: {} } };
  const since = { id: 'in_x', parent: { subscription_details: { subscription: 'sub_x', metadata: {} } } };

  it.each([
    ['before 2025-03-31.basil', before],
    ['since 2025-03-31.basil', since],
  ])(
    'original defect 13: about a paid invoice in the format %s extends the period, and about an unpaid one makes the row past due',
    async (_, invoice) => {
      const { stage, send, control, useCard } = scene;
      const user = await subscriber();
      const paidUntil = Number((await row(user))?.['current_period_end']);
      const about = { ...invoice, customer: user.customerId };
      await control(`subscriptions/${user.subscriptionId}/renew`);
      const renewed = await stage.stripe.subscriptions.retrieve(user.subscriptionId);
      await send(stripeEvent('invoice.paid', about));
      const end = Number((await row(user))?.['current_period_end']);
      expect(end).toBe(renewed.items.data[0]?.current_period_end);
      expect(end).toBeGreaterThan(paidUntil);
      await useCard(user.customerId, 'pm_card_chargeCustomerFail');
      await control(`subscriptions/${user.subscriptionId}/renew`);
      await send(stripeEvent('invoice.payment_failed', about));
      expect(await row(user)).toMatchObject({ status: 'past_due' });
    },
  );

  it.each([acaciaJson(), basilJson()])(
    'original defect 14: about the end of a subscription removes its plan, period and trial from the row',
    async (payload) => {
      const { stage, send } = scene;
      const user = await subscriber();
      await stage.stripe.subscriptions.cancel(user.subscriptionId);
      await send(stripeEvent('customer.subscription.deleted', { ...payload, customer: user.customerId }));
      const ended = await row(user);
      expect(ended).toMatchObject({ status: 'canceled' });
      for (const name of ['plan', 'current_period_end', 'cancel_at', 'trial_expires_at']) {
        expect(ended).not.toHaveProperty(name);
      }
    },
  );
});

describe('The entitlement row', () => {
  it('original defect 15: keeps a subscription that is written while a request reads an expired trial', async () => {
    const { stage, createUser, subscribe, notify, entitlements } = scene;
    const user = await createUser({ entitlement: { status: 'trialing', trial_expires_at: now() - DAY } });
    await subscribe(user.customerId);
    stage.calm();
    // Both have read the trial; the webhook writes only after the GET has answered.
    const hold = stage.wires.dynamodb.holdNext('UpdateItem');
    const notified = notify(user.customerId);
    await hold.reached;
    expect(await entitlements(user.sub)).toMatchObject({ access_reason: 'trial_expired' });
    hold.release();
    await notified;
    expect(await entitlements(user.sub)).toMatchObject({ status: 'active', access_granted: true });
    expect(writesToRows(stage)).toEqual(['UpdateItem']);
  });

  it('original defect 16: is never reported as "none" while the table is throttled', async () => {
    const user = await subscriber();
    scene.stage.wires.dynamodb.fail(everyOf('GetItem', 'throttled'));
    const body = await scene.entitlements(user.sub);
    expect(body).toMatchObject({ status: 503, code: 'unavailable' });
    expect(body).not.toHaveProperty('access_granted');
  });

  it('original defect 17: is not restored by a webhook that looked up the user before the deletion', async () => {
    const { stage, notify, deleteAccount } = scene;
    const user = await subscriber();
    const hold = stage.wires.stripe.holdNext('GET /v1/subscriptions');
    const late = notify(user.customerId);
    await hold.reached;
    expect((await deleteAccount(user)).statusCode).toBe(200);
    hold.release();
    expect((await late).statusCode).toBe(200);
    expect(await row(user)).toBeUndefined();
  });

  it('original defect 17: keeps the attributes of other writers when a read fails', async () => {
    const { stage, createUser, subscribe, notify } = scene;
    const kept = { trial_started_at: '2026-01-01', note: 'of the app' };
    const user = await createUser({ entitlement: kept, profile: { theme: 'dark' } });
    await subscribe(user.customerId);
    stage.wires.dynamodb.fail(everyOf('GetItem', 'server_error'));
    expect((await notify(user.customerId)).statusCode).toBe(503);
    stage.wires.dynamodb.fail(firstOf('GetItem', 'server_error'));
    expect((await notify(user.customerId)).statusCode).toBe(200);
    expect(await row(user)).toMatchObject({ ...kept, status: 'active' });
    expect(await stage.profile(user.sub)).toMatchObject({ theme: 'dark' });
    expect(writesToRows(stage)).not.toContain('PutItem');
  });

  it('original defect 18: is changed by a single write per event, so a crash leaves no partial update', async () => {
    const { stage, createUser, subscribe, notify } = scene;
    const user = await createUser({ entitlement: { status: 'trialing', trial_expires_at: now() + DAY } });
    await subscribe(user.customerId);
    stage.calm();
    await notify(user.customerId);
    expect(writesToRows(stage)).toEqual(['UpdateItem']);
    const active = await row(user);
    expect(active).toMatchObject({ status: 'active' });
    expect(active).not.toHaveProperty('trial_expires_at');
  });
});

/** The index of customers has items of its own, and a lease, which alone returns the row, says nothing about the user. */
function writesToRows({ wires }: Scene['stage']): readonly string[] {
  const writes = wires.dynamodb.calls.filter(({ name, body }) => {
    const isLease = body.includes('"ReturnValues":"ALL_NEW"') && body.includes('lease_since');
    return name !== 'GetItem' && !body.includes('stripe_customer#') && !isLease;
  });
  return writes.map(({ name }) => name);
}
