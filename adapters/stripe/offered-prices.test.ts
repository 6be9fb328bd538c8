import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import { createStripe } from './client.ts';
import { offeredPrice, readOfferedPrices } from './offered-prices.ts';

const price = {
  id: 'price_1',
  object: 'price',
  currency: 'usd',
  unit_amount: 990,
  unit_amount_decimal: '990',
  billing_scheme: 'per_unit',
  lookup_key: null,
  recurring: { interval: 'month', interval_count: 3 },
  product: { id: 'prod_1', name: 'Pro', description: null, marketing_features: [], images: [] },
};

describe('A price of Stripe', () => {
  it.each<readonly [string, object, object]>([
    ['every three months', {}, { recurring: { interval: 'month', interval_count: 3 } }],
    [
      'without a count',
      { recurring: { interval: 'year' } },
      { recurring: { interval: 'year', interval_count: 1 } },
    ],
    [
      'half a cent',
      { unit_amount: null, unit_amount_decimal: '0.5' },
      { unit_amount: null, unit_amount_decimal: '0.5' },
    ],
    ['an answer without decimals', { unit_amount_decimal: undefined }, { unit_amount_decimal: '990' }],
    ['neither amount', { unit_amount: null, unit_amount_decimal: null }, { unit_amount_decimal: null }],
    [
      'tiers, whose flat amounts mean nothing alone',
      { billing_scheme: 'tiered', unit_amount: 5, unit_amount_decimal: '5' },
      { billing_scheme: 'tiered', unit_amount: null, unit_amount_decimal: null },
    ],
    [
      'a product of before marketing features',
      { product: { id: 'prod_1', name: 'Pro', features: [{ name: 'Old' }] } },
      { product: { features: [], images: [], description: null } },
    ],
    [
      'features and images that cannot be read',
      {
        product: {
          ...price.product,
          marketing_features: [{ name: 'Export' }, { name: '' }, 7],
          images: ['x', null],
        },
      },
      { product: { features: ['Export'], images: ['x'] } },
    ],
  ])('is shown with %s', (_, fields, shown) => {
    expect(offeredPrice({ ...price, ...fields })).toMatchObject(shown);
  });

  it.each<readonly [string, object]>([
    ['an id', { id: null }],
    ['a currency', { currency: '' }],
    ['a period', { recurring: null }],
    ['a known period', { recurring: { interval: 'decade' } }],
    ['its product', { product: 'prod_1' }],
    ['the name of its product', { product: { id: 'prod_1' } }],
  ])('is a fault without %s', (_, fields) => {
    expect(() => offeredPrice({ ...price, ...fields })).toThrow(Fault);
  });
});

describe('The prices for sale', () => {
  const sellable = { ...price, active: true, type: 'recurring' };
  const broken = { ...sellable, id: 'price_2', lookup_key: 'gold', recurring: { interval: 'decade' } };

  // What is for sale where Stripe answers a list with these prices.
  async function readFrom(data: readonly object[]) {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ object: 'list', has_more: false, url: '/v1/prices', data }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const base = new URL(`http://127.0.0.1:${port}`);
    const stripe = createStripe('sk_test_x', base, { timeoutMs: 5_000, maxNetworkRetries: 0 });
    try {
      return await readOfferedPrices(stripe, ['pro', 'gold']);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('do not include one that a page cannot show, which hides no other', async () => {
    expect(await readFrom([{ ...sellable, lookup_key: 'pro' }, broken])).toMatchObject([
      { kind: 'offered', price: { id: 'price_1' } },
      { kind: 'unreadable', named: 'gold' },
    ]);
  });

  it('cannot be read if a page can show none of them, which is no mistake of the settings', async () => {
    await expect(readFrom([broken])).rejects.toThrow(Fault);
  });
});
