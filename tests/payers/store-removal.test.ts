/** A deletion does not wait for RevenueCat. What that does not forget at once is on record, and reconcile finishes it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, pricesOn, type User } from '../support/buyers.ts';
import { asDeletion } from '../support/shipped-clients.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';

let stage: StoreStage;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  stage = await createStoreStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

const everywhere = {
  cognito: true,
  dynamodb_userprofiles: true,
  dynamodb_entitlements: true,
  stripe: true,
};

/** A user who pays in a store, which the row shows. */
async function payer() {
  const who = await buyers.user();
  await buyers.checkout(who);
  const bought = stage.revenuecat.purchase({ customerId: who.sub, product: 'monthly_pro' });
  const path = '/me/entitlements/sync';
  const claims = { sub: who.sub };
  const synced = await stage.call('checkout', apiEvent('http', { method: 'POST', path, claims }));
  expect(synced.statusCode).toBe(200);
  return { who, bought };
}

const recordOf = ({ sub }: User) => stage.entitlement(`store_removal#${sub}`);

async function reconcile() {
  return ((await stage.invoke('reconcile', { checks: ['rows'] })) as RunResult).report;
}

async function expectDeleted({ sub }: User): Promise<void> {
  expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
}

describe('The deletion of a user who pays in a store', () => {
  it.each<[string, (name: string) => boolean, string]>([
    ['does not say what was bought', (name) => /\/(?:subscriptions|purchases)$/.test(name), 'last_known'],
    ['does not say which users its customer has', (name) => name.endsWith('/aliases'), 'current'],
    ['keeps its customer', (name) => name.startsWith('DELETE'), 'current'],
    ['answers nothing', () => true, 'last_known'],
  ])(
    'is complete while RevenueCat %s, and reconcile makes it forget the user',
    async (_, fails, known) => {
      const { who, bought } = await payer();
      stage.storeWire.fail(({ name }) => (fails(name) ? 'server_error' : undefined));
      const { statusCode, body } = await buyers.remove(who);
      expect(statusCode).toBe(200);
      expect(asDeletion(body).deleted).toEqual(everywhere);
      expect(body).toMatchObject({
        billing_continues: [{ source: 'app_store', manage_url: bought.management_url }],
        billing_continues_known: known,
        pending: ['revenuecat'],
      });
      await expectDeleted(who);
      expect(Object.keys((await recordOf(who)) ?? {}).sort()).toEqual([
        'cognito_sub',
        'expected',
        'requested',
        'since',
      ]);
      stage.storeWire.stopFailing();
      expect(await reconcile()).toMatchObject({
        outcomes: { store_customer_deleted: 1 },
        reasons: { store_customer_remains: 1 },
      });
      expect([await stage.hasStoreCustomer(who.sub), await recordOf(who)]).toEqual([false, undefined]);
      expect((await reconcile()).reasons).not.toHaveProperty('store_customer_remains');
    },
    30_000,
  );

  it('is complete although RevenueCat keeps every connection open', async () => {
    const { who } = await payer();
    stage.storeWire.fail(() => 'hang');
    const { statusCode, body } = await buyers.remove(who);
    expect([statusCode, body['pending']]).toEqual([200, ['revenuecat']]);
    await expectDeleted(who);
    stage.storeWire.stopFailing();
    expect(await reconcile()).toMatchObject({ outcomes: { store_customer_deleted: 1 } });
  }, 30_000);

  it('can be repeated while RevenueCat does not answer, and a later repetition finishes it too', async () => {
    const { who } = await payer();
    stage.storeWire.fail(() => 'server_error');
    await buyers.remove(who);
    const first = await recordOf(who);
    const { statusCode, body } = await buyers.remove(who);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      message: expect.stringContaining('If there is a subscription in an app store'),
      billing_continues: [],
      billing_continues_known: 'unknown',
      pending: ['revenuecat'],
    });
    expect(await recordOf(who)).toEqual(first);
    stage.storeWire.stopFailing();
    expect((await buyers.remove(who)).body).toMatchObject({
      billing_continues: [{ source: 'app_store' }],
      billing_continues_known: 'current',
      pending: [],
    });
    expect([await stage.hasStoreCustomer(who.sub), await recordOf(who)]).toEqual([false, undefined]);
  }, 30_000);

  it('is complete although RevenueCat refuses, and each run reports it until the permission is corrected', async () => {
    const { who } = await payer();
    stage.storeWire.fail(({ name }) => (name.startsWith('DELETE') ? 'forbidden' : undefined));
    expect(await buyers.remove(who)).toMatchObject({ statusCode: 200, body: { pending: ['revenuecat'] } });
    for (const _ of [1, 2]) {
      expect(await reconcile()).toMatchObject({
        outcomes: { needs_review: 1, failed: 0, store_customer_deleted: 0 },
        reasons: { store_customer_remains: 1 },
      });
    }
    stage.storeWire.stopFailing();
    expect(await reconcile()).toMatchObject({ outcomes: { needs_review: 0, store_customer_deleted: 1 } });
  }, 30_000);

  it('is complete with the key of another project, which is no proof that the customer is forgotten', async () => {
    const { who, bought } = await payer();
    stage.revenuecat.deleteCustomer(who.sub);
    const { statusCode, body } = await buyers.remove(who);
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      billing_continues: [{ source: 'app_store', manage_url: bought.management_url }],
      billing_continues_known: 'last_known',
      pending: ['revenuecat'],
    });
    expect(await recordOf(who)).toMatchObject({ expected: true });
    expect(await reconcile()).toMatchObject({ outcomes: { needs_review: 1, failed: 0 } });
    expect(await recordOf(who)).toBeDefined();
    // The key of the right project finds the customer.
    stage.revenuecat.purchase({ customerId: who.sub, product: 'monthly_pro' });
    expect(await reconcile()).toMatchObject({ outcomes: { needs_review: 0, store_customer_deleted: 1 } });
    expect([await stage.hasStoreCustomer(who.sub), await recordOf(who)]).toEqual([false, undefined]);
  }, 30_000);
});
