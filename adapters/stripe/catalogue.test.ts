import { describe, expect, it } from 'vitest';
import type { StripeApi } from './api.ts';
import { createCatalogue, entryIn } from './catalogue.ts';

const price = {
  id: 'price_1',
  object: 'price',
  active: true,
  type: 'recurring',
  currency: 'usd',
  unit_amount: 990,
  unit_amount_decimal: '990',
  billing_scheme: 'per_unit',
  lookup_key: 'pro',
  recurring: { interval: 'month', interval_count: 3, usage_type: 'licensed' },
  product: 'prod_1',
  tax_behavior: 'exclusive',
  metadata: { predixa_role: 'plan', predixa_trial_days: '7' },
};
const once = { ...price, id: 'price_2', lookup_key: 'pass', type: 'one_time', recurring: null };

describe('An entry of the catalogue', () => {
  it('is what a sale needs to know of a price', () => {
    expect(entryIn(price)).toEqual({
      id: 'price_1',
      lookupKey: 'pro',
      productId: 'prod_1',
      currency: 'usd',
      recurring: { interval: 'month', interval_count: 3 },
      metered: false,
      unitAmount: '990',
      taxBehavior: 'exclusive',
      role: 'plan',
      trialDays: 7,
      access: null,
      features: [],
    });
  });

  it.each<readonly [string, object, object]>([
    ['an expanded product', { product: { id: 'prod_2' } }, { productId: 'prod_2' }],
    ['half a cent', { unit_amount: null, unit_amount_decimal: '0.5' }, { unitAmount: '0.5' }],
    ['an amount without decimals', { unit_amount_decimal: undefined }, { unitAmount: '990' }],
    ['tiers', { billing_scheme: 'tiered' }, { unitAmount: null }],
    ['packages', { transform_quantity: { divide_by: 10, round: 'up' } }, { unitAmount: null }],
    ['an amount that the customer chooses', { custom_unit_amount: {} }, { unitAmount: null }],
    ['usage', { recurring: { interval: 'month', usage_type: 'metered' } }, { metered: true }],
    ['an unknown tax behavior', { tax_behavior: 'both' }, { taxBehavior: 'unspecified' }],
    ['one charge', { recurring: null, metadata: { predixa_access: '30_days' } }, { recurring: null }],
  ])('is read from a price with %s', (_, fields, shown) => {
    expect(entryIn({ ...price, ...fields })).toMatchObject(shown);
  });

  it.each([{ id: '' }, { currency: null }, { recurring: { interval: 'decade' } }])(
    'is none without what a sale needs: %j',
    (fields) => {
      expect(entryIn({ ...price, ...fields })).toBeNull();
    },
  );
});

describe('The catalogue', () => {
  it('lists every name of what is sold, and why the rest is not', async () => {
    const prices: readonly object[] = [
      price,
      once,
      { ...price, id: 'price_3', lookup_key: 'era', currency: '' },
    ];
    const keys: unknown[] = [];
    let nowMs = 0;
    const list = (params: { readonly lookup_keys: readonly string[] }) => {
      keys.push(params.lookup_keys);
      return Promise.resolve({ object: 'list', data: prices, has_more: false });
    };
    const stripe = { prices: { list } } as unknown as StripeApi;
    const listed = ['pro', 'pass', 'era', 'gone'];
    const catalogue = createCatalogue(listed, { stripe: async () => stripe, nowMs: () => nowMs });
    const view = await catalogue.read();
    expect([...view.keys()].sort()).toEqual([...listed, 'price_1', 'price_2', 'price_3'].sort());
    expect(view.get('price_1')).toEqual({ kind: 'sold', entry: entryIn(price) });
    expect(view.get('pass')).toEqual({ kind: 'unsellable', reason: 'one_time', entry: entryIn(once) });
    expect(view.get('era')).toEqual({ kind: 'unsellable', reason: 'unreadable', entry: null });
    expect(view.get('gone')).toEqual({ kind: 'unsellable', reason: 'missing', entry: null });
    nowMs = 5 * 60_000 - 1;
    await catalogue.read();
    expect(keys).toEqual([listed]);
    nowMs += 1;
    await catalogue.read();
    expect(keys).toEqual([listed, listed]);
  });
});
