import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forms } from '../../tests/support/api-events.ts';
import { createStoreStage, type StoreStage, storeDelivery } from '../../tests/support/stores.ts';

const DAY = 86_400;

let stage: StoreStage;
beforeAll(async () => {
  stage = await createStoreStage();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.calm();
  stage.revenuecat.setFaults({});
});

const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000));
const nowSeconds = () => Math.floor(stage.revenuecat.nowMs() / 1000);

/** A user with a monthly subscription in the App Store, whose first event was delivered. */
async function payer(fields: Parameters<StoreStage['revenuecat']['purchase']>[0] | object = {}) {
  const sub = await stage.account();
  const bought = stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro', ...fields });
  expect(await stage.deliver()).toBe(200);
  return { sub, bought };
}

async function claims(sub: string) {
  return (await stage.entitlement(sub))?.['claims'];
}

describe('POST /revenuecat/webhook', () => {
  it.each(forms)('lets in a user who buys in a store (%s)', async (form) => {
    const sub = await stage.account();
    const bought = stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    expect(await stage.deliver(undefined, { form, base64: true })).toBe(200);
    const end = seconds(bought.current_period_ends_at);
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'active',
      plan: 'monthly_pro',
      current_period_end: end,
      stores_synced_at: expect.any(Number),
      history: [{ by: stage.revenuecat.events().at(-1)?.id, status_before: 'none', status: 'active' }],
      claims: [
        {
          source: 'revenuecat',
          id: bought.id,
          store: 'app_store',
          manage_url: bought.management_url,
          features: ['pro'],
          continues: true,
        },
      ],
    });
    expect(stage.storeWire.names().every((name) => name.startsWith('GET'))).toBe(true);
  });

  it('believes nothing that an event says about a purchase', async () => {
    const { sub, bought } = await payer();
    const event = stage.revenuecat.events().at(-1);
    if (event === undefined) throw new Error('There is no event.');
    for (const type of ['EXPIRATION', 'CANCELLATION', 'INITIAL_PURCHASE', 'SOMETHING_NEW']) {
      const lie = { ...event, type, product_id: 'yearly_pro', expiration_at_ms: 1, store: 'PLAY_STORE' };
      expect(await stage.deliver(lie)).toBe(200);
    }
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'active',
      plan: 'monthly_pro',
      current_period_end: seconds(bought.current_period_ends_at),
    });
  });

  it('follows a purchase through its life', async () => {
    const { sub, bought } = await payer({ trialDays: 7 });
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'trialing' });
    const after = async () => {
      expect(await stage.deliver()).toBe(200);
      return stage.entitlement(sub);
    };
    stage.revenuecat.cancel(bought.id);
    const end = seconds(bought.current_period_ends_at);
    expect(await after()).toMatchObject({ status: 'trialing', cancel_at: end, cancel_at_period_end: true });
    stage.revenuecat.uncancel(bought.id);
    expect(await after()).not.toHaveProperty('cancel_at');
    stage.revenuecat.renew(bought.id);
    expect(await after()).toMatchObject({ status: 'active' });
    stage.revenuecat.billingIssue(bought.id, { graceDays: 0 });
    expect(await after()).toMatchObject({ status: 'past_due', past_due_since: expect.any(Number) });
    stage.revenuecat.recover(bought.id);
    expect(await after()).toMatchObject({ status: 'active' });
    stage.revenuecat.refund(bought.id);
    expect(await after()).toMatchObject({ status: 'canceled' });
  });

  it('grants the grace of the store, a day after each read', async () => {
    const { sub, bought } = await payer();
    stage.revenuecat.billingIssue(bought.id, { graceDays: 6 });
    expect(await stage.deliver()).toBe(200);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active' });
    expect(row?.['current_period_end']).toBeGreaterThan(nowSeconds());
    expect(row?.['current_period_end']).toBeLessThanOrEqual(nowSeconds() + 7 * DAY);
  });

  it('grants a lifetime purchase without end, until it is refunded', async () => {
    const sub = await stage.account();
    const bought = stage.revenuecat.purchaseOneTime({ customerId: sub, product: 'lifetime_pro' });
    expect(await stage.deliver()).toBe(200);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active', plan: 'lifetime_pro', claims: [{ features: ['pro'] }] });
    expect(row).not.toHaveProperty('current_period_end');
    stage.revenuecat.refundPurchase(bought.id);
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('syncs both sides of a transfer', async () => {
    const { sub: from } = await payer();
    const to = await stage.account();
    stage.revenuecat.transfer(from, to);
    expect(stage.revenuecat.events().at(-1)).toMatchObject({ type: 'TRANSFER' });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(to)).toMatchObject({ status: 'active' });
    expect((await stage.entitlement(from))?.['status']).toBe('none');
  });

  it('finds the user of an anonymous customer through its other ids', async () => {
    const anonymous = `$RCAnonymousID:${randomUUID().replaceAll('-', '')}`;
    const sub = await stage.account();
    stage.revenuecat.purchase({ customerId: anonymous, product: 'monthly_pro' });
    const event = stage.revenuecat.events().at(-1);
    expect(await stage.deliver(event)).toBe(200);
    expect((await stage.entitlement(sub))?.['status']).toBe('none');
    stage.revenuecat.logIn(anonymous, sub);
    // The event of before names only the anonymous id.
    expect(await stage.deliver(event)).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('finds the user of either side of a transfer that names only an anonymous id for it', async () => {
    const anonymous = `$RCAnonymousID:${randomUUID().replaceAll('-', '')}`;
    const { sub: from } = await payer();
    const to = await stage.account();
    stage.revenuecat.logIn(anonymous, to);
    stage.revenuecat.transfer(from, to);
    const event = stage.revenuecat.events().at(-1);
    if (event === undefined) throw new Error('No event was sent.');
    expect(await stage.deliver({ ...event, transferred_from: [from], transferred_to: [anonymous] })).toBe(
      200,
    );
    expect(await stage.entitlement(to)).toMatchObject({ status: 'active' });
    expect((await stage.entitlement(from))?.['status']).toBe('none');
  });

  it('counts no purchase in a sandbox, and none that Stripe reports too', async () => {
    const { sub } = await payer({ environment: 'sandbox' });
    expect((await stage.entitlement(sub))?.['status']).toBe('none');
    const { sub: other } = await payer({ store: 'stripe' });
    expect((await stage.entitlement(other))?.['status']).toBe('none');
  });

  it('gives nothing to a user who has bought nothing, and writes nothing for one without records', async () => {
    const sub = await stage.account();
    stage.revenuecat.openApp(sub);
    const event = { id: 'e', type: 'TEMPORARY_ENTITLEMENT_GRANT', app_user_id: sub, event_timestamp_ms: 1 };
    expect(await stage.deliver(event as never)).toBe(200);
    // Written all the same, so that a sync that has read before the event cannot write afterwards.
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none', version: 1 });
    expect(await claims(sub)).toBeUndefined();
    const stranger = randomUUID();
    stage.revenuecat.purchase({ customerId: stranger, product: 'monthly_pro' });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(stranger)).toBeUndefined();
  });

  it('creates the row that sign-up failed to create, but none for a user who is being deleted', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub });
    stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active', version: 2 });
    const leaving = randomUUID();
    await stage.putProfile({ userId: leaving, predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' });
    stage.revenuecat.purchase({ customerId: leaving, product: 'monthly_pro' });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(leaving)).toBeUndefined();
  });
});

describe('An id in an event that is no user', () => {
  it('changes none of the items that the installation keeps next to the rows', async () => {
    for (const key of ['installation#adoption', `trial#${randomUUID()}`]) {
      const item = { cognito_sub: key, version: 3, completed_at: 1 };
      await stage.putEntitlement(item);
      // Anyone who has the app can choose its user id.
      stage.revenuecat.purchase({ customerId: key, product: 'monthly_pro' });
      expect(await stage.deliver()).toBe(200);
      expect(await stage.entitlement(key)).toEqual(item);
    }
  });

  it('is not logged, since some apps use email addresses', async () => {
    const email = `${randomUUID()}@example.com`;
    stage.revenuecat.purchase({ customerId: email, product: 'monthly_pro' });
    expect(await stage.deliver()).toBe(200);
    const event = { id: email, type: `Ada ${email}`, app_user_id: email, event_timestamp_ms: 1 };
    expect(await stage.deliver(event as never)).toBe(200);
    expect(JSON.stringify(stage.logs)).not.toContain(email);
  });

  it('keeps no event from either side of a transfer', async () => {
    const [from, to] = [await stage.account(), await stage.account()];
    stage.revenuecat.purchase({ customerId: from, product: 'monthly_pro' });
    stage.revenuecat.transfer(from, to);
    const others = Array.from({ length: 120 }, (_, index) => `$RCAnonymousID:${index}`);
    const former = Array.from({ length: 20 }, (_, index) => `legacy-${index}`);
    const event = {
      id: 'e',
      type: 'TRANSFER',
      transferred_from: [...others, from, ...former],
      transferred_to: [...others, to, ...former],
    };
    expect(await stage.deliver(event as never)).toBe(200);
    expect(await stage.entitlement(to)).toMatchObject({ status: 'active' });
  });
});

describe('An unreachable RevenueCat', () => {
  it.each(['server_error', 'reset_before', 'reset_after', 'throttled'] as const)(
    'changes nothing, and the event is sent again (%s)',
    async (fault) => {
      const { sub, bought } = await payer();
      const before = await stage.entitlement(sub);
      stage.revenuecat.refund(bought.id);
      stage.storeWire.fail(() => fault);
      expect(await stage.deliver()).toBe(503);
      expect(await stage.entitlement(sub)).toEqual(before);
      stage.storeWire.stopFailing();
      expect(await stage.deliver()).toBe(200);
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    },
    20_000,
  );

  it('is asked again if it is locked or limits the rate, as it asks', async () => {
    const { sub, bought } = await payer();
    stage.revenuecat.refund(bought.id);
    stage.revenuecat.setFaults({
      api: [
        { fault: 'status', status: 423, match: 'GET */subscriptions', count: 1 },
        { fault: 'status', status: 429, match: 'GET */purchases', count: 1 },
      ],
    });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('changes nothing if it does not know a customer whose purchase it has reported', async () => {
    const { sub } = await payer();
    const before = await stage.entitlement(sub);
    stage.revenuecat.reset();
    const event = { id: 'e', type: 'RENEWAL', app_user_id: sub, event_timestamp_ms: 1 };
    expect(await stage.deliver(event as never)).toBe(503);
    expect(await stage.entitlement(sub)).toEqual(before);
    expect(JSON.stringify(stage.logs.slice(-3))).toContain('customer_not_in_project');
  });
});

describe('The claims of other sources', () => {
  it('stay when a purchase begins and ends', async () => {
    const sub = randomUUID();
    await stage.putProfile({ userId: sub });
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: 'press',
      current_period_end: nowSeconds() + 90 * DAY,
    });
    const bought = stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    expect(await stage.deliver()).toBe(200);
    expect(await claims(sub)).toMatchObject([{ plan: 'press' }, { source: 'revenuecat' }]);
    stage.revenuecat.refund(bought.id);
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active', plan: 'press' });
  });
});

describe('A request that RevenueCat did not send', () => {
  it.each([
    ['without the header', undefined],
    ['with another value', 'Bearer another'],
    ['with the start of the value', 'Bearer the-shared'],
    ['with an empty value', ''],
  ])('is refused %s, and reads nothing', async (_, authorization) => {
    const sub = await stage.account();
    stage.revenuecat.purchase({ customerId: sub, product: 'monthly_pro' });
    stage.calm();
    expect(await stage.deliver(undefined, { authorization })).toBe(401);
    expect([...stage.storeWire.names(), ...stage.wires.dynamodb.names()]).toEqual([]);
  });

  it.each([
    ['no JSON', 'not json'],
    ['no event', { api_version: '1.0' }],
    ['an event without a type', { event: { id: 'e' } }],
    ['a list', []],
  ])('is malformed with %s', async (_, body) => {
    expect(await stage.call('revenuecat-webhook', storeDelivery(body))).toMatchObject({
      statusCode: 400,
      body: { code: 'malformed_request' },
    });
  });

  it('is answered 200 if it is the test of the dashboard, or names no user', async () => {
    const answer = await stage.call('revenuecat-webhook', storeDelivery({ event: { type: 'TEST' } }));
    expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
    for (const event of [{ type: 'X' }, { type: 'X', aliases: 'no list', transferred_to: [1, null] }]) {
      expect(await stage.call('revenuecat-webhook', storeDelivery({ event }))).toMatchObject({
        statusCode: 200,
      });
    }
    expect(stage.storeWire.names()).toEqual([]);
  });
});
