/** A plan is bought together with add-ons, in one subscription. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pay } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let plan: string;
let seats: string;

beforeAll(async () => {
  const env = { CHECKOUT_PRICES: 'team,seats,pro_monthly', CHECKOUT_MAX_QUANTITY: '5' };
  stage = await createStage({ env });
  buyers = buyersOn(stage);
  const product = (await stage.stripe.products.create({ name: 'Team' })).id;
  const terms = { product, currency: 'usd', recurring: { interval: 'month' } } as const;
  const create = (lookup_key: string, unit_amount: number, metadata: Record<string, string>) =>
    stage.stripe.prices.create({ ...terms, lookup_key, unit_amount, metadata });
  plan = (await create('team', 1_000, {})).id;
  await create('pro_monthly', 990, {});
  seats = (await create('seats', 5_000, { predixa_role: 'add_on' })).id;
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

describe('A checkout with add-ons', () => {
  it('opens one subscription, whose add-ons the app sees', async () => {
    const who = await buyers.user();
    const order = { price: 'team', quantity: 2, add_ons: [{ price: 'seats', quantity: 3 }] };
    const answer = await buyers.checkout(who, order);
    expect(answer.statusCode).toBe(200);
    expect(await pay(answer.body['url'])).toBe(303);
    const claims = { sub: who.sub };
    const { body } = await stage.call(
      'checkout',
      apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims }),
    );
    expect(body).toMatchObject({ plan, quantity: 2, add_ons: [{ price: seats, quantity: 3 }] });
  });

  it('is equal only to one with the same add-ons', async () => {
    const who = await buyers.user();
    const open = async (add_ons: readonly object[]) =>
      (await buyers.checkout(who, { price: 'team', add_ons })).body['id'];
    const first = await open([{ price: 'seats', quantity: 1 }]);
    expect(await open([{ price: seats }])).toBe(first);
    const other = await open([{ price: 'seats', quantity: 2 }]);
    expect(other).not.toBe(first);
    expect(await open([])).not.toBe(other);
    expect(await buyers.openSessions(who)).toHaveLength(1);
  });

  it.each<readonly [object, string]>([
    [{ price: 'seats' }, 'price_not_allowed'],
    [{ price: 'team', add_ons: [{ price: 'gold' }] }, 'add_on_not_allowed'],
    [{ price: 'team', add_ons: [{ price: 'pro_monthly' }] }, 'add_on_not_allowed'],
    [{ price: 'team', add_ons: [{ price: 'seats', quantity: 6 }] }, 'quantity_not_allowed'],
    [{ price: 'team', add_ons: [{ price: 'seats' }, { price: 'seats' }] }, 'malformed_request'],
  ])('is refused without a session: %j', async (order, code) => {
    const who = await buyers.user();
    expect(await buyers.checkout(who, order)).toMatchObject({ statusCode: 400, body: { code } });
    expect(stage.wires.stripe.names()).not.toContain('POST /v1/checkout/sessions');
  });
});
