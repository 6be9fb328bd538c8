import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../support/buyers.ts';
import { asDeletion, asEntitlements } from '../support/shipped-clients.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

let stage: StoreStage;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  stage = await createStoreStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

const buyOnPhone = ({ sub }: User, product = 'monthly_pro') =>
  stage.revenuecat.purchase({ customerId: sub, product });

async function entitlements({ sub }: User) {
  const { body } = await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }));
  // Apps that shipped before app stores still decode it.
  asEntitlements(body);
  return body;
}

const sync = ({ sub }: User) =>
  stage.call(
    'checkout',
    apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims: { sub } }),
  );

/** A user with the records that a checkout creates. */
async function visitor(): Promise<User> {
  const who = await buyers.user();
  expect((await buyers.checkout(who)).statusCode).toBe(200);
  return who;
}

describe('A user who pays in a store', () => {
  it('learns where, and cannot pay in Stripe too, although no webhook has arrived', async () => {
    const who = await visitor();
    const bought = buyOnPhone(who);
    expect(await buyers.checkout(who)).toMatchObject({
      statusCode: 409,
      body: { code: 'already_subscribed', source: 'app_store', manage_url: bought.management_url },
    });
    expect((await buyers.checkout(who)).body).not.toHaveProperty('portal');
    expect(await buyers.openSessions(who)).toEqual([]);
    expect(await entitlements(who)).toMatchObject({
      access_granted: true,
      source: 'app_store',
      manage_url: bought.management_url,
      plan: 'monthly_pro',
      features: ['pro'],
    });
  });

  it.each([
    ['is paused', (id: string) => stage.revenuecat.pause(id)],
    [
      'waits for a payment that is retried',
      (id: string) => stage.revenuecat.billingIssue(id, { graceDays: 0 }),
    ],
  ])('cannot pay in Stripe while the purchase %s', async (_, change) => {
    const who = await visitor();
    const { id } = stage.revenuecat.purchase({
      customerId: who.sub,
      product: 'monthly_pro',
      store: 'play_store',
    });
    change(id);
    expect(await buyers.checkout(who)).toMatchObject({ statusCode: 409, body: { source: 'play_store' } });
  });

  it.each([
    ['has refunded it', (id: string) => stage.revenuecat.refund(id)],
    ['has let it expire', (id: string) => stage.revenuecat.expire(id)],
  ])('can pay in Stripe once the user %s', async (_, change) => {
    const who = await visitor();
    change(buyOnPhone(who).id);
    expect((await buyers.checkout(who)).statusCode).toBe(200);
  });

  it('is not kept from buying by a gift', async () => {
    const who = await visitor();
    stage.revenuecat.openApp(who.sub);
    stage.revenuecat.grantEntitlement({ customerId: who.sub, entitlement: 'pro', days: 30 });
    expect((await sync(who)).body).toMatchObject({ access_granted: true, source: 'grant' });
    expect((await buyers.checkout(who)).statusCode).toBe(200);
  });

  it('is refused if the purchase is made while the session opens', async () => {
    const who = await visitor();
    const hold = stage.wires.stripe.holdNext('POST /v1/checkout/sessions');
    const answer = buyers.checkout(who, { price: 'pro_yearly' });
    await hold.reached;
    buyOnPhone(who);
    expect(await stage.deliver()).toBe(200);
    hold.release();
    expect(await answer).toMatchObject({ statusCode: 409, body: { source: 'app_store' } });
    expect(await buyers.openSessions(who)).toEqual([]);
  });

  it('is judged by the row while RevenueCat does not answer, and the web shop stays open for others', async () => {
    const [payer, other] = [await visitor(), await visitor()];
    buyOnPhone(payer);
    expect((await sync(payer)).statusCode).toBe(200);
    stage.storeWire.fail(() => 'server_error');
    expect(await buyers.checkout(payer)).toMatchObject({ statusCode: 409, body: { source: 'app_store' } });
    expect((await buyers.checkout(other)).statusCode).toBe(200);
    expect((await sync(payer)).statusCode).toBe(503);
    expect(await entitlements(payer)).toMatchObject({ access_granted: true });
  }, 30_000);

  it('keeps the access when a Stripe subscription ends, and the other way round', async () => {
    const who = await visitor();
    const { body } = await buyers.checkout(who);
    await pay(body['url']);
    const [subscription] = await buyers.subscriptions(who);
    const bought = buyOnPhone(who);
    expect((await sync(who)).body).toMatchObject({ access_granted: true });
    await stage.stripe.subscriptions.cancel(subscription?.id ?? '');
    const event = stripeEvent('customer.subscription.deleted', {
      id: subscription?.id,
      customer: subscription?.customer,
    });
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    expect(await entitlements(who)).toMatchObject({ access_granted: true, source: 'app_store' });
    stage.revenuecat.refund(bought.id);
    expect(await stage.deliver()).toBe(200);
    expect(await entitlements(who)).toMatchObject({ access_granted: false });
  });
});

describe('A sync at the request of the user', () => {
  it('lets in a user who has just bought in a store, also without a Stripe customer', async () => {
    const sub = await stage.account();
    const who = { sub, username: sub, email: '' };
    buyOnPhone(who);
    expect((await sync(who)).body).toMatchObject({ access_granted: true, source: 'app_store' });
  });

  it('keeps what one payer has said if the other does not answer, and is answered 503', async () => {
    const who = await visitor();
    const { body } = await buyers.checkout(who);
    await pay(body['url']);
    stage.storeWire.fail(() => 'server_error');
    expect((await sync(who)).statusCode).toBe(503);
    expect(await entitlements(who)).toMatchObject({ access_granted: true, source: 'stripe' });
  }, 20_000);
});

describe('The deletion of a user who pays in a store', () => {
  it('deletes the customer at RevenueCat, and says what continues and where it is ended', async () => {
    const who = await visitor();
    const bought = buyOnPhone(who);
    const answer = await buyers.remove(who);
    expect(answer.statusCode).toBe(200);
    expect(asDeletion(answer.body).success).toBe(true);
    expect(answer.body['billing_continues']).toEqual([
      {
        source: 'app_store',
        manage_url: bought.management_url,
        until: Math.floor((bought.current_period_ends_at ?? 0) / 1000),
      },
    ]);
    expect(String(answer.body['message'])).toContain('app store');
    expect(stage.storeWire.names()).toContain(`DELETE /v2/projects/projlocal/customers/${who.sub}`);
    expect(answer.body).toMatchObject({ billing_continues_known: 'current', pending: [] });
    const again = await buyers.remove(who);
    expect(again).toMatchObject({
      statusCode: 200,
      body: { billing_continues: [], billing_continues_known: 'current', pending: [] },
    });
  });

  it.each([
    ['canceled it', (id: string) => stage.revenuecat.cancel(id)],
    ['refunded it', (id: string) => stage.revenuecat.refund(id)],
  ])('has nothing to report once the user has %s', async (_, change) => {
    const who = await visitor();
    change(buyOnPhone(who).id);
    expect((await buyers.remove(who)).body).toMatchObject({ success: true, billing_continues: [] });
  });

  it('is not restored by a late event of the store', async () => {
    const who = await visitor();
    buyOnPhone(who);
    const event = stage.revenuecat.events().at(-1);
    await buyers.remove(who);
    expect(await stage.deliver(event)).toBe(200);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
  });
});
