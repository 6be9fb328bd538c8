/** What a pricing page learns of a price besides its amount. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OfferedPrice } from '../../contract/prices.ts';
import { apiEvent } from '../../tests/support/api-events.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let shop: Stage;
let product: string;

beforeAll(async () => {
  shop = await createStage();
  product = (await shop.stripe.products.create({ name: 'Pro' })).id;
});
afterAll(() => shop.close());

type Terms = Omit<Stripe.PriceCreateParams, 'product' | 'currency'>;

/** Creates a price and returns it as the route shows it, with the number of calls that this took. */
async function shown(terms: Terms, env: Readonly<Record<string, string>> = {}) {
  const monthly = { recurring: { interval: 'month' }, currency: 'usd', product } as const;
  const { id } = await shop.stripe.prices.create({ ...monthly, ...terms });
  const stage = await createStage({
    env: { CHECKOUT_PRICES: id, STRIPE_API_BASE: shop.wires.stripe.url, ...env },
  });
  shop.calm();
  const { body } = await stage.call('prices', apiEvent('http', { path: '/prices' }));
  await stage.close();
  expect(shop.wires.stripe.names()).toEqual([`GET /v1/prices/${id}`]);
  const [price] = body['prices'] as OfferedPrice[];
  return price;
}

it('A price with tiers is shown with what each of them costs', async () => {
  const price = await shown({
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: [
      { up_to: 5, flat_amount: 900, unit_amount_decimal: '0.5' as unknown as Stripe.Decimal },
      { up_to: 'inf', unit_amount: 200 },
    ],
  });
  expect(price).toMatchObject({
    unit_amount: null,
    unit_amount_decimal: null,
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers: [
      {
        up_to: 5,
        unit_amount: null,
        unit_amount_decimal: '0.5',
        flat_amount: 900,
        flat_amount_decimal: '900',
      },
      {
        up_to: null,
        unit_amount: 200,
        unit_amount_decimal: '200',
        flat_amount: null,
        flat_amount_decimal: null,
      },
    ],
    currency_options: [],
  });
});

it('A price for packages in several currencies is shown with both, and with its tax', async () => {
  const price = await shown({
    unit_amount: 990,
    tax_behavior: 'exclusive',
    transform_quantity: { divide_by: 10, round: 'up' },
    currency_options: {
      gbp: { unit_amount_decimal: '799.5' as unknown as Stripe.Decimal },
      eur: { unit_amount: 900, tax_behavior: 'inclusive' },
    },
  });
  expect(price).toMatchObject({
    unit_amount: 990,
    tiers_mode: null,
    tiers: null,
    tax_behavior: 'exclusive',
    transform_quantity: { divide_by: 10, round: 'up' },
    currency_options: [
      { currency: 'eur', unit_amount: 900, unit_amount_decimal: '900', tax_behavior: 'inclusive' },
      { currency: 'gbp', unit_amount: null, unit_amount_decimal: '799.5', tax_behavior: 'unspecified' },
    ],
  });
});

it('A price that says nothing has the terms of the settings, and an add-on has no trial of its own', async () => {
  const env = { TRIAL_DAYS: '14', CHECKOUT_MAX_QUANTITY: '25' };
  const ordinary = { trial_days: 14, max_quantity: 25, role: 'plan', access: null, unlocks: [] };
  expect(await shown({ unit_amount: 990 }, env)).toMatchObject(ordinary);
  const own = { unit_amount: 990, metadata: { predixa_trial_days: '30' } };
  expect(await shown(own, env)).toMatchObject({ trial_days: 30 });
  const unclear = { unit_amount: 990, metadata: { predixa_trial_days: 'a month', predixa_role: 'addon' } };
  expect(await shown(unclear, env)).toMatchObject(ordinary);
  const addOn = { unit_amount: 990, metadata: { predixa_role: 'add_on' } };
  expect(await shown(addOn, env)).toMatchObject({ trial_days: 0, role: 'add_on', max_quantity: 25 });
});
