import type { Stripe } from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buyersOn } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let product: string;
let meter: string;
beforeAll(async () => {
  stage = await createStage();
  product = (await stage.stripe.products.create({ name: 'Pro' })).id;
  const counting = {
    display_name: 'Calls',
    event_name: 'call',
    default_aggregation: { formula: 'sum' as const },
  };
  meter = (await stage.stripe.billing.meters.create(counting)).id;
});
afterAll(() => stage.close());

async function soldAt(id: string) {
  const env = { CHECKOUT_PRICES: id, STRIPE_API_BASE: stage.wires.stripe.url };
  const shop = await createStage({ env });
  const buyers = buyersOn(shop);
  const answer = await buyers.checkout(await buyers.user(), { price: id });
  const alarms = shop.logs.filter(({ metric }) => metric === 'misconfigured');
  await shop.close();
  return { answer, alarms };
}

const monthly = { interval: 'month' } as const;

it.each<readonly [string, string, () => Partial<Stripe.PriceCreateParams>]>([
  ['metered', 'is metered', () => ({ recurring: { ...monthly, usage_type: 'metered', meter } })],
  ['charged once', 'is charged once', () => ({})],
])(
  'A price that is %s is refused before a session is opened, and the answer names the setting',
  async (_, why, terms) => {
    const { id } = await stage.stripe.prices.create({
      product,
      currency: 'usd',
      unit_amount: 990,
      ...terms(),
    });
    stage.calm();
    const { answer, alarms } = await soldAt(id);
    expect(answer).toMatchObject({
      statusCode: 500,
      body: {
        code: 'misconfigured',
        detail: expect.stringContaining(`CHECKOUT_PRICES: The price ${id} ${why}`),
      },
    });
    expect(alarms).toMatchObject([{ level: 'error', settings: ['CHECKOUT_PRICES'] }]);
    expect(stage.wires.stripe.names()).not.toContain('POST /v1/checkout/sessions');
  },
);

it('A price whose product is archived is refused by Stripe, and the answer names the setting', async () => {
  const archived = (await stage.stripe.products.create({ name: 'Old' })).id;
  const terms = { product: archived, currency: 'usd', unit_amount: 990, recurring: monthly };
  const { id } = await stage.stripe.prices.create(terms);
  await stage.stripe.products.update(archived, { active: false });
  const { answer, alarms } = await soldAt(id);
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(alarms).toMatchObject([{ settings: ['CHECKOUT_PRICES'] }]);
});
