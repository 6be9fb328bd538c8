/** Tests of products, prices, features and entitlements. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCustomer, createMonthlyPrice, idOf, type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
});
afterAll(() => rig.close());

test('A lookup key belongs to one price and moves only with `transfer_lookup_key`', async () => {
  const first = await createMonthlyPrice(stripe, { lookup_key: 'pro' });
  await expect(createMonthlyPrice(stripe, { lookup_key: 'pro' })).rejects.toMatchObject({ statusCode: 400 });

  const second = await createMonthlyPrice(stripe, { lookup_key: 'pro', transfer_lookup_key: true });

  const { data } = await stripe.prices.list({ lookup_keys: ['pro'] });
  expect(data.map(({ id }) => id)).toEqual([second.id]);
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull();
});

test('An inactive price cannot be used for new subscriptions', async () => {
  const price = await createMonthlyPrice(stripe);
  const customer = await createCustomer(stripe);
  await stripe.prices.update(price.id, { active: false });

  await expect(
    stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] }),
  ).rejects.toMatchObject({ statusCode: 400, param: 'items[0][price]' });
  expect((await stripe.prices.list({ active: true })).data).toEqual([]);
});

test('A product can be deleted only while it has no price', async () => {
  const price = await createMonthlyPrice(stripe);
  await expect(stripe.products.del(idOf(price.product))).rejects.toMatchObject({ statusCode: 400 });

  const bare = await stripe.products.create({ name: 'Bare' });
  expect(await stripe.products.del(bare.id)).toMatchObject({ deleted: true });
});

test('A subscription grants the features of its product until it ends', async () => {
  const price = await createMonthlyPrice(stripe);
  const feature = await stripe.entitlements.features.create({ name: 'Export', lookup_key: 'export' });
  await stripe.products.createFeature(idOf(price.product), { entitlement_feature: feature.id });
  const customer = await createCustomer(stripe);
  const activeFeatures = async () =>
    (await stripe.entitlements.activeEntitlements.list({ customer: customer.id })).data.map(
      (row) => row.lookup_key,
    );
  expect(await activeFeatures()).toEqual([]);

  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  expect(await activeFeatures()).toEqual(['export']);

  await stripe.subscriptions.cancel(id);
  expect(await activeFeatures()).toEqual([]);
  const summaries = (await rig.events()).filter(
    ({ type }) => type === 'entitlements.active_entitlement_summary.updated',
  );
  expect(
    summaries.map(
      (event) => (event.data.object as Stripe.Entitlements.ActiveEntitlementSummary).entitlements.data.length,
    ),
  ).toEqual([1, 0]);
  expect(summaries[0]?.data.object).toMatchObject({ customer: customer.id });
  expect(summaries[0]?.data.object).not.toHaveProperty('id');
});

test('A product lists at most fifteen marketing features, and an update replaces them', async () => {
  const { id } = await stripe.products.create({ name: 'Pro', marketing_features: [{ name: 'Export' }] });
  const update = (marketing_features: Stripe.ProductUpdateParams['marketing_features']) =>
    stripe.products.update(id, marketing_features === undefined ? {} : { marketing_features });
  expect((await update(undefined)).marketing_features).toEqual([{ name: 'Export' }]);
  expect((await update([{ name: 'A' }, { name: 'B' }])).marketing_features).toHaveLength(2);
  expect((await update('')).marketing_features).toEqual([]);
  await expect(update(Array.from({ length: 16 }, () => ({ name: 'A' })))).rejects.toMatchObject({
    statusCode: 400,
    param: 'marketing_features',
  });
  await expect(update([{ name: 'A'.repeat(81) }])).rejects.toMatchObject({
    statusCode: 400,
    param: 'marketing_features[0][name]',
  });
});

test('A price shows its currencies only when they are expanded, with its own among them', async () => {
  const { id } = await createMonthlyPrice(stripe, {
    currency_options: { EUR: { unit_amount: 900, tax_behavior: 'inclusive' } },
  });
  await stripe.prices.update(id, {
    currency_options: { gbp: { unit_amount_decimal: '799.5' as unknown as Stripe.Decimal } },
  });
  expect(await stripe.prices.retrieve(id)).not.toHaveProperty('currency_options');
  // One that has no tiers can be listed among those that have.
  const { data } = await stripe.prices.list({ expand: ['data.currency_options', 'data.tiers'] });
  expect(data[0]).not.toHaveProperty('tiers');
  expect(data[0]?.currency_options).toMatchObject({
    eur: { unit_amount: 900, tax_behavior: 'inclusive' },
    gbp: { unit_amount: null, tax_behavior: 'unspecified' },
    usd: { unit_amount: data[0]?.unit_amount },
  });
});

test('A currency of a price is priced as the price itself', async () => {
  const { id, product } = await createMonthlyPrice(stripe);
  const update = (currency_options: Stripe.PriceUpdateParams['currency_options']) =>
    stripe.prices.update(id, currency_options === undefined ? {} : { currency_options });
  await expect(update({ usd: { unit_amount: 1 } })).rejects.toMatchObject({ param: 'currency_options[usd]' });
  await expect(update({ euro: { unit_amount: 1 } })).rejects.toMatchObject({ statusCode: 400 });
  await expect(update({ eur: { tax_behavior: 'inclusive' } })).rejects.toMatchObject({
    param: 'currency_options[eur][unit_amount]',
  });
  const tiered = (eur: Stripe.PriceCreateParams.CurrencyOptions) =>
    stripe.prices.create({
      product: idOf(product),
      currency: 'usd',
      recurring: { interval: 'month' },
      billing_scheme: 'tiered',
      tiers_mode: 'volume',
      tiers: [{ up_to: 'inf', unit_amount: 500 }],
      currency_options: { eur },
      expand: ['currency_options'],
    });
  await expect(tiered({ unit_amount: 1 })).rejects.toMatchObject({ param: 'currency_options[eur][tiers]' });
  const made = await tiered({ tiers: [{ up_to: 'inf', unit_amount: 400 }] });
  expect(made.currency_options?.['eur']).toMatchObject({ unit_amount: null });
  expect(made.currency_options?.['eur']).not.toHaveProperty('tiers');
});
