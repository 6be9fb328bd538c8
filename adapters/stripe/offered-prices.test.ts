import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import { createStripe } from './client.ts';
import { offeredPrice, readOfferedPrices } from './offered-prices.ts';

const terms = { trialDays: 7, maxQuantity: 5 };
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
      'tiers, each with what it costs',
      {
        billing_scheme: 'tiered',
        tiers_mode: 'graduated',
        tiers: [
          { up_to: 5, unit_amount: null, unit_amount_decimal: '0.5', flat_amount: 900 },
          { up_to: null, unit_amount: 200, unit_amount_decimal: '200', flat_amount: null },
        ],
        currency_options: { eur: { unit_amount: null, unit_amount_decimal: null } },
      },
      {
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
      },
    ],
    ['tiers that Stripe does not show', { billing_scheme: 'tiered' }, { tiers_mode: null, tiers: null }],
    [
      'tiers that are left over from something else',
      { tiers_mode: 'volume', tiers: [{ up_to: 1 }] },
      { tiers_mode: null, tiers: null },
    ],
    [
      'packages',
      { transform_quantity: { divide_by: 10, round: 'up' } },
      { transform_quantity: { divide_by: 10, round: 'up' } },
    ],
    [
      'packages that cannot be read',
      { transform_quantity: { divide_by: 10, round: 'half' } },
      { transform_quantity: null },
    ],
    [
      'its other currencies, in the order of their codes',
      {
        currency_options: {
          usd: { unit_amount: 990 },
          gbp: { unit_amount: 790, tax_behavior: 'inclusive' },
          eur: { unit_amount: null, unit_amount_decimal: '899.5', tax_behavior: 'other' },
          chf: { custom_unit_amount: { minimum: 1 } },
          sek: null,
        },
      },
      {
        currency_options: [
          { currency: 'eur', unit_amount: null, unit_amount_decimal: '899.5', tax_behavior: 'unspecified' },
          { currency: 'gbp', unit_amount: 790, unit_amount_decimal: '790', tax_behavior: 'inclusive' },
        ],
      },
    ],
    ['tax that is included', { tax_behavior: 'inclusive' }, { tax_behavior: 'inclusive' }],
    ['no word about tax', {}, { tax_behavior: 'unspecified' }],
    ['the trial of the settings, as a plan', {}, { trial_days: 7, role: 'plan', max_quantity: 5 }],
    ['a trial of its own', { metadata: { predixa_trial_days: '0' } }, { trial_days: 0 }],
    [
      'no trial as an add-on, which has that of its plan',
      { metadata: { predixa_role: 'add_on', predixa_trial_days: '30' } },
      { trial_days: 0, role: 'add_on' },
    ],
    [
      'what it gives, if it is charged once',
      {
        recurring: null,
        type: 'one_time',
        metadata: { predixa_access: '30_days', predixa_features: 'export,sso', predixa_trial_days: '9' },
      },
      {
        recurring: null,
        access: { kind: 'days', days: 30 },
        unlocks: ['export', 'sso'],
        trial_days: 0,
      },
    ],
    [
      'access without an end',
      { recurring: null, metadata: { predixa_access: 'lifetime' } },
      { access: { kind: 'lifetime', days: null }, unlocks: [] },
    ],
    [
      'nothing of a single purchase, if it recurs',
      { metadata: { predixa_access: 'lifetime', predixa_features: 'export' } },
      { access: null, unlocks: [] },
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
    expect(offeredPrice({ ...price, ...fields }, terms).price).toMatchObject(shown);
  });

  it.each<readonly [string, object]>([
    ['an id', { id: null }],
    ['a currency', { currency: '' }],
    ['a known period', { recurring: { interval: 'decade' } }],
    ['its product', { product: 'prod_1' }],
    ['the name of its product', { product: { id: 'prod_1' } }],
  ])('is a fault without %s', (_, fields) => {
    expect(() => offeredPrice({ ...price, ...fields }, terms)).toThrow(Fault);
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
      return await readOfferedPrices(stripe, ['pro', 'gold'], terms);
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
