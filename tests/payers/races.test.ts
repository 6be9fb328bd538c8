import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, pay, pricesOn, type User } from '../support/buyers.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

let stage: StoreStage;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  stage = await createStoreStage({ concurrency: 4 });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

const buyOnPhone = (sub: string, product = 'monthly_pro') =>
  stage.revenuecat.purchase({ customerId: sub, product });

const subscriptionsOf = (sub: string) =>
  `GET /v2/projects/projlocal/customers/${encodeURIComponent(sub)}/subscriptions`;

async function entitlements(sub: string) {
  return (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;
}

async function claimsOf(sub: string) {
  return (await stage.entitlement(sub))?.['claims'];
}

/** A user who pays in Stripe, whose webhook has arrived. */
async function stripePayer(): Promise<User & { readonly event: object }> {
  const who = await buyers.user();
  const { body } = await buyers.checkout(who);
  await pay(body['url']);
  const [subscription] = await buyers.subscriptions(who);
  const { id, customer } = subscription ?? {};
  const event = stripeEvent('customer.subscription.updated', { id, customer });
  expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
  return { ...who, event };
}

describe('Two webhooks that write one row at the same time', () => {
  it('lose neither claim, whichever writes first', async () => {
    const { event, ...who } = await stripePayer();
    const { sub } = who;
    buyOnPhone(sub);
    const hold = stage.storeWire.holdNext(subscriptionsOf(sub));
    const late = stage.deliver();
    await hold.reached;
    // Stripe's state changes the row between RevenueCat's read of the row and its write.
    for (const { id } of await buyers.subscriptions(who)) await stage.stripe.subscriptions.cancel(id);
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    hold.release();
    expect(await late).toBe(200);
    expect(await claimsOf(sub)).toMatchObject([
      { source: 'revenuecat', status: 'active' },
      { source: 'stripe', status: 'canceled' },
    ]);
  });

  it('of RevenueCat end with what the later read said', async () => {
    const sub = await stage.account();
    const { id } = buyOnPhone(sub);
    expect(await stage.deliver()).toBe(200);
    const hold = stage.wires.dynamodb.holdNext('UpdateItem');
    const renewal = stage.deliver();
    await hold.reached;
    stage.revenuecat.refund(id);
    expect(await stage.deliver()).toBe(200);
    hold.release();
    expect(await renewal).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });
});

describe('A deletion', () => {
  it('is not undone by an event that is under way', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    buyOnPhone(who.sub);
    const hold = stage.storeWire.holdNext(subscriptionsOf(who.sub));
    const event = stage.deliver();
    await hold.reached;
    expect((await buyers.remove(who)).statusCode).toBe(200);
    hold.release();
    // The customer ceased to exist while it was read, so RevenueCat sends the event again.
    expect(await event).toBe(503);
    expect(await stage.deliver()).toBe(200);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
  });

  it('is finished although an event writes the row in between', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    buyOnPhone(who.sub);
    const event = stage.revenuecat.events().at(-1);
    const hold = stage.wires.dynamodb.holdNext('DeleteItem');
    const removed = buyers.remove(who);
    await hold.reached;
    expect(await stage.deliver(event)).toBe(200);
    hold.release();
    expect((await removed).statusCode).toBe(200);
    expect([await stage.profile(who.sub), await stage.entitlement(who.sub)]).toEqual([undefined, undefined]);
    expect(await stage.hasStoreCustomer(who.sub)).toBe(false);
  });

  it('takes from the one who receives a purchase nothing, and restores no one who gave it', async () => {
    const [from, to] = [await buyers.user(), await stage.account()];
    expect((await buyers.checkout(from)).statusCode).toBe(200);
    buyOnPhone(from.sub);
    expect(await stage.deliver()).toBe(200);
    stage.revenuecat.transfer(from.sub, to);
    const event = stage.revenuecat.events().at(-1);
    expect((await buyers.remove(from)).body).toMatchObject({ success: true, billing_continues: [] });
    expect(await stage.deliver(event)).toBe(200);
    expect(await entitlements(to)).toMatchObject({ access_granted: true, source: 'app_store' });
    expect(await stage.entitlement(from.sub)).toBeUndefined();
  });

  it('gives a deleted user nothing that is transferred to the user afterwards', async () => {
    const [from, to] = [await stage.account(), await buyers.user()];
    expect((await buyers.checkout(to)).statusCode).toBe(200);
    buyOnPhone(from);
    expect(await stage.deliver()).toBe(200);
    expect((await buyers.remove(to)).statusCode).toBe(200);
    stage.revenuecat.transfer(from, to.sub);
    expect(await stage.deliver()).toBe(200);
    expect([await stage.entitlement(to.sub), await stage.profile(to.sub)]).toEqual([undefined, undefined]);
    expect(await entitlements(from)).toMatchObject({ access_granted: false });
  });

  it('has time for the rest although RevenueCat never answers what was bought', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    buyOnPhone(who.sub);
    expect(await stage.deliver()).toBe(200);
    stage.storeWire.clear();
    stage.storeWire.fail(({ name }) => (/\/(?:subscriptions|purchases)$/.test(name) ? 'hang' : undefined));
    expect(await buyers.remove(who)).toMatchObject({
      statusCode: 200,
      body: { billing_continues: [{ source: 'app_store' }] },
    });
    // Stripe's and Cognito's parts need most of the time.
    const asked = stage.storeWire.names().filter((name) => name === subscriptionsOf(who.sub));
    expect(asked.length).toBeLessThan(4);
  });
});

describe('A customer of RevenueCat with two users', () => {
  // As in projects that share purchases between the users of a device.
  async function sharing(): Promise<readonly [User, User]> {
    const users = [await buyers.user(), await buyers.user()] as const;
    for (const who of users) expect((await buyers.checkout(who)).statusCode).toBe(200);
    buyOnPhone(users[0].sub);
    stage.revenuecat.share(users[0].sub, users[1].sub);
    const event = { ...stage.revenuecat.events().at(-1), aliases: users.map(({ sub }) => sub) };
    expect(await stage.deliver(event as never)).toBe(200);
    return users;
  }

  it('lets both in', async () => {
    for (const { sub } of await sharing()) {
      expect(await entitlements(sub)).toMatchObject({ access_granted: true, plan: 'monthly_pro' });
    }
  });

  it('is kept when one of them leaves, and is deleted with the other', async () => {
    const [leaving, staying] = await sharing();
    const event = stage.revenuecat.events().at(-1);
    expect((await buyers.remove(leaving)).statusCode).toBe(200);
    expect(await stage.profile(leaving.sub)).toBeUndefined();
    expect(await stage.deliver({ ...event, app_user_id: staying.sub } as never)).toBe(200);
    expect(await entitlements(staying.sub)).toMatchObject({ access_granted: true });
    expect((await buyers.remove(staying)).statusCode).toBe(200);
    expect(await stage.hasStoreCustomer(leaving.sub)).toBe(false);
  });

  it('is deleted with its last user, whatever ids it had before', async () => {
    const who = await buyers.user();
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    buyOnPhone(who.sub);
    stage.revenuecat.share(`legacy-${who.sub}`, who.sub);
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await stage.hasStoreCustomer(who.sub)).toBe(false);
  });
});

describe('A sandbox', () => {
  it('gives nothing, also next to a purchase that ended, and while an entitlement of it is active', async () => {
    const sub = await stage.account();
    const { id } = buyOnPhone(sub);
    stage.revenuecat.refund(id);
    stage.revenuecat.purchase({ customerId: sub, product: 'yearly_pro', environment: 'sandbox' });
    stage.revenuecat.purchaseOneTime({
      customerId: sub,
      product: 'lifetime_pro',
      environment: 'sandbox',
    });
    expect(await stage.deliver()).toBe(200);
    expect(await entitlements(sub)).toMatchObject({ access_granted: false });
    expect((await stage.entitlement(sub))?.['plan']).toBeUndefined();
  });
});

describe('A lifetime purchase', () => {
  it('that is refunded leaves the access of a subscription, and no more', async () => {
    const sub = await stage.account();
    const owned = stage.revenuecat.purchaseOneTime({ customerId: sub, product: 'lifetime_pro' });
    const { id } = buyOnPhone(sub);
    expect(await stage.deliver()).toBe(200);
    expect(await entitlements(sub)).toMatchObject({ access_granted: true, plan: 'lifetime_pro' });
    stage.revenuecat.refundPurchase(owned.id);
    expect(await stage.deliver()).toBe(200);
    expect(await entitlements(sub)).toMatchObject({ access_granted: true, plan: 'monthly_pro' });
    stage.revenuecat.refund(id);
    expect(await stage.deliver()).toBe(200);
    expect(await entitlements(sub)).toMatchObject({ access_granted: false });
  });

  it('keeps no one from an event of another user', async () => {
    const sub = randomUUID();
    stage.revenuecat.purchaseOneTime({ customerId: sub, product: 'lifetime_pro' });
    expect(await stage.deliver()).toBe(200);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });
});
