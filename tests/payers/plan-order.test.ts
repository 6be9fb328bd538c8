/** Users who pay for several plans at once, in Stripe, in a store and by a grant, with an order of plans configured. */
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import { apiEvent } from '../support/api-events.ts';
import { buyersOn, type User } from '../support/buyers.ts';
import { scriptRunner } from '../support/run-script.ts';
import { createStoreStage, type StoreStage } from '../support/stores.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

const order = {
  plan_order: [
    ['prod_pro', 'pro'],
    ['prod_basic', 'basic'],
  ],
};
let stage: StoreStage;
let buyers: ReturnType<typeof buyersOn>;
let prices: { readonly pro: string; readonly basic: string; readonly basicMonthly: string };
beforeAll(async () => {
  stage = await createStoreStage({
    env: { RECONCILE_STRIPE_SHARE: '1', ACCESS_POLICY: JSON.stringify(order) },
    revenuecat: {
      products: [
        { storeIdentifier: 'yearly_basic', duration: 'P1Y', entitlements: ['basic'] },
        { storeIdentifier: 'monthly_all', duration: 'P1M', entitlements: ['basic', 'pro'] },
      ],
    },
  });
  buyers = buyersOn(stage);
  const { stripe } = stage;
  for (const id of ['prod_pro', 'prod_basic']) await stripe.products.create({ id, name: id });
  const price = async (product: string, interval: 'month' | 'year') => {
    const terms = { product, currency: 'usd', unit_amount: 900, recurring: { interval } };
    return (await stripe.prices.create(terms)).id;
  };
  prices = {
    pro: await price('prod_pro', 'month'),
    basic: await price('prod_basic', 'year'),
    basicMonthly: await price('prod_basic', 'month'),
  };
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

async function subscriber(...bought: readonly string[]): Promise<User & { readonly customer: string }> {
  const who = await buyers.user();
  const { stripe } = stage;
  const { id: customer } = await stripe.customers.create({
    metadata: { cognito_sub: who.sub, cognito_user_pool: stage.poolId },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  await stage.putProfile({ userId: who.sub, stripeCustomerId: customer });
  await stage.putEntitlement({ cognito_sub: who.sub, status: 'none' });
  for (const one of bought) await stripe.subscriptions.create({ customer, items: [{ price: one }] });
  return { ...who, customer };
}

const entitlements = async ({ sub }: User) =>
  (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;
const syncOwn = async ({ sub }: User) =>
  (
    await stage.call(
      'checkout',
      apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims: { sub } }),
    )
  ).body;
const reconcile = async () => ((await stage.invoke('reconcile', {})) as RunResult).report;
const notify = (customer: string) =>
  stage.call(
    'stripe-webhook',
    delivered(stripeEvent('customer.subscription.updated', { id: 'sub_x', customer })),
  );

/** Other code that reads the row sees one of the claims, and never has to read the order. */
const shownInRow = ({ sub }: User) => stage.entitlement(sub);

describe('A user with a monthly Pro in Stripe and a yearly Basic in the App Store', () => {
  it('has Pro, whichever payer is read first, and Basic once Pro has ended', async () => {
    const answers = [];
    for (const isStoreFirst of [true, false]) {
      const who = await subscriber(prices.pro);
      const bought = stage.revenuecat.purchase({ customerId: who.sub, product: 'yearly_basic' });
      const deliveries = [() => stage.deliver(), () => notify(who.customer)];
      for (const deliver of isStoreFirst ? deliveries : deliveries.reverse()) await deliver();
      const before = await shownInRow(who);
      const answer = await entitlements(who);
      expect(answer).toMatchObject({
        plan: prices.pro,
        source: 'stripe',
        manage_url: null,
        access_granted: true,
      });
      expect(answer['features']).toEqual(['basic']);
      expect(await shownInRow(who)).toEqual(before);
      expect(await syncOwn(who)).toMatchObject({ plan: prices.pro, source: 'stripe' });
      answers.push(answer['plan']);
      const { data } = await stage.stripe.subscriptions.list({ customer: who.customer });
      await stage.stripe.subscriptions.cancel(data[0]?.id ?? '');
      await notify(who.customer);
      expect(await entitlements(who)).toMatchObject({
        plan: 'yearly_basic',
        source: 'app_store',
        manage_url: bought.management_url,
        access_granted: true,
      });
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it('is no drift for reconcile, and its account page explains access by Pro', async () => {
    const who = await subscriber(prices.pro);
    stage.revenuecat.purchase({ customerId: who.sub, product: 'yearly_basic' });
    await stage.deliver();
    await notify(who.customer);
    const { reasons } = await reconcile();
    expect(reasons).not.toHaveProperty('row_differs');
    const account = scriptRunner(new URL('../../operations/account.ts', import.meta.url), {
      cwd: tmpdir(),
      env: stage.env,
    });
    expect((await account(who.sub)).text).toMatch(
      new RegExp(`access \\(active_subscription\\)\\s+plan ${prices.pro}\\b`),
    );
  });
});

it('A product in a store has the place of the highest plan that it unlocks', async () => {
  const who = await subscriber(prices.basic);
  stage.revenuecat.purchase({ customerId: who.sub, product: 'monthly_all' });
  await stage.deliver();
  await notify(who.customer);
  expect(await entitlements(who)).toMatchObject({ plan: 'monthly_all', source: 'app_store' });
});

it('A higher plan whose payment failed is never shown over a lower one that gives access', async () => {
  const who = await subscriber(prices.basic);
  const { id } = stage.revenuecat.purchase({ customerId: who.sub, product: 'monthly_all' });
  stage.revenuecat.billingIssue(id, { graceDays: 0 });
  await stage.deliver();
  await notify(who.customer);
  expect(await entitlements(who)).toMatchObject({
    plan: prices.basic,
    status: 'active',
    source: 'stripe',
    access_granted: true,
  });
});

it('A subscription with both plans has the higher one as its base plan, from every function that writes the row', async () => {
  const who = await subscriber();
  const items = [{ price: prices.basicMonthly, quantity: 4 }, { price: prices.pro }];
  await stage.stripe.subscriptions.create({ customer: who.customer, items });
  const expected = { plan: prices.pro, quantity: 1, add_ons: [{ price: prices.basicMonthly, quantity: 4 }] };
  await notify(who.customer);
  expect(await entitlements(who)).toMatchObject(expected);
  expect(await shownInRow(who)).toMatchObject(expected);
  expect(await syncOwn(who)).toMatchObject(expected);
  expect((await reconcile()).reasons).not.toHaveProperty('row_differs');
  await stage.putEntitlement({ cognito_sub: who.sub, status: 'none' });
  await reconcile();
  expect(await shownInRow(who)).toMatchObject(expected);
});
