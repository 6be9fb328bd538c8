/** A user who pays in a store and is known only by the row that other code wrote, on the built functions. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, pricesOn } from '../support/buyers.ts';
import { asDeletion, asEntitlements } from '../support/shipped-clients.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';
import { DAY } from '../support/subscriptions.ts';

let ofStripe: Stage;
let ofStores: StoreStage;
beforeAll(async () => {
  [ofStripe, ofStores] = await Promise.all([createStage(), createStoreStage()]);
  await Promise.all([pricesOn(ofStripe), pricesOn(ofStores)]);
});
afterAll(() => Promise.all([ofStripe.close(), ofStores.close()]));
afterEach(() => {
  ofStripe.calm();
  ofStores.calm();
});

const until = Math.floor(Date.now() / 1000) + 20 * DAY;
/** As the website's webhook writes it. */
const onPhone = {
  status: 'active',
  platform: 'revenuecat',
  plan: 'monthly_pro',
  current_period_end: until,
  revenuecat_product_id: 'monthly_pro',
  revenuecat_environment: 'PRODUCTION',
  trial_expires_at: null,
  trial_days_remaining: 0,
};
const apple = { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions' };
const google = {
  source: 'play_store',
  manage_url: 'https://play.google.com/store/account/subscriptions',
};
const unknown = { source: null, manage_url: null };

/** A buyer with a profile, whose row other code wrote. */
async function payerOn(stage: Stage, written: Readonly<Record<string, unknown>>) {
  const buyers = buyersOn(stage);
  const who = await buyers.user();
  expect((await buyers.checkout(who)).statusCode).toBe(200);
  await stage.putEntitlement({ cognito_sub: who.sub, ...written });
  const claims = { sub: who.sub };
  return {
    checkout: () => buyers.checkout(who),
    remove: async () => {
      const { statusCode, body } = await buyers.remove(who);
      asDeletion(body);
      return { statusCode, ...body };
    },
    answer: async () => {
      const { body } = await stage.call('entitlements-api', apiEvent('http', { claims }));
      asEntitlements(body);
      return body;
    },
    sync: () =>
      stage.call('checkout', apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims })),
  };
}

describe('A user whose row names a store', () => {
  it.each([
    ['revenuecat', onPhone, apple],
    ['revenuecat with a base plan', { ...onPhone, plan: 'pro:monthly' }, google],
    ['ios', { ...onPhone, platform: 'ios' }, apple],
    ['android', { ...onPhone, platform: 'Android' }, google],
    ['no store', { ...onPhone, platform: 'website' }, unknown],
    ['nothing', { ...onPhone, platform: null }, unknown],
  ])('as %s learns where to change the subscription, also after a sync', async (_, written, payer) => {
    for (const stage of [ofStripe, ofStores]) {
      const { checkout, answer, sync } = await payerOn(stage, written);
      const refused = { statusCode: 409, body: { code: 'already_subscribed', ...payer } };
      const shown = { access_granted: true, plan: written.plan, ...payer };
      expect(await checkout()).toMatchObject(refused);
      expect(await answer()).toMatchObject(shown);
      expect((await sync()).statusCode).toBe(200);
      expect(await answer()).toMatchObject(shown);
      expect(await checkout()).toMatchObject(refused);
    }
  });
});

describe('The deletion of an account whose row names a store', () => {
  const continues = { billing_continues: [{ ...apple, until }], billing_continues_known: 'last_known' };
  const none = { billing_continues: [], billing_continues_known: 'current' };

  it.each([
    ['sells in no store itself', () => ofStripe],
    ['sells in stores, where RevenueCat does not know the user', () => ofStores],
  ])('says what continues, on a stage that %s', async (_, stage) => {
    const { remove } = await payerOn(stage(), onPhone);
    expect(await remove()).toMatchObject({ statusCode: 200, ...continues, pending: [] });
  });

  it('says what continues while RevenueCat does not answer', async () => {
    const { remove } = await payerOn(ofStores, onPhone);
    ofStores.storeWire.fail(() => 'server_error');
    expect(await remove()).toMatchObject({ statusCode: 200, ...continues, pending: ['revenuecat'] });
  });

  it.each([
    ['canceled', { ...onPhone, status: 'canceled' }],
    ['over', { ...onPhone, current_period_end: until - 90 * DAY }],
    ['given by hand', { ...onPhone, platform: null }],
  ])('says nothing of what is %s', async (_, written) => {
    const { remove } = await payerOn(ofStripe, written);
    expect(await remove()).toMatchObject({ statusCode: 200, ...none });
  });
});
