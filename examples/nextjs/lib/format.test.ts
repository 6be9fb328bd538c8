import type { Price } from '@predixa/client';
import { describe, expect, it } from 'vitest';
import { intervalText, priceText, trialText } from './format';

const price = (currency: string, decimal: string | null): Price => ({
  id: 'price_1',
  lookup_key: null,
  product: { id: 'prod_1', name: 'Pro', description: null, features: [], images: [] },
  currency,
  unit_amount: decimal === null || decimal.includes('.') ? null : Number(decimal),
  unit_amount_decimal: decimal,
  billing_scheme: decimal === null ? 'tiered' : 'per_unit',
  tiers_mode: null,
  tiers: null,
  transform_quantity: null,
  tax_behavior: 'unspecified',
  currency_options: [],
  recurring: { interval: 'month', interval_count: 1 },
  role: 'plan',
  trial_days: 14,
  access: null,
  unlocks: [],
  max_quantity: 1,
});

describe('The terms of a price', () => {
  it('say how often it is paid, and how long it can be tried', () => {
    const monthly = price('usd', '990');
    expect(intervalText(monthly)).toBe('a month');
    expect(intervalText({ ...monthly, recurring: { interval: 'month', interval_count: 3 } })).toBe(
      'every 3 months',
    );
    expect(intervalText({ ...monthly, recurring: null })).toBe('once');
    expect(trialText(monthly)).toBe('With 14 days to try it');
    expect(trialText({ ...monthly, trial_days: 1 })).toBe('With a day to try it');
  });
});

describe('The amount of a price', () => {
  // Stripe counts forints in hundredths, which no one writes, and yen as they are.
  it.each([
    ['usd', '990', '$9.90'],
    ['usd', '9900', '$99.00'],
    ['usd', '0.5', '$0.005'],
    ['usd', null, 'By quantity'],
    ['jpy', '990', '¥990'],
    ['bhd', '9900', 'BHD 9.900'],
    ['huf', '199000', 'HUF 1,990'],
    ['huf', '199050', 'HUF 1,990.5'],
    ['idr', '4900000', 'IDR 49,000'],
    ['isk', '50000', 'ISK 500'],
    ['ugx', '50000', 'UGX 500'],
  ])('in %s of %s is %s', (currency, decimal, text) => {
    expect(priceText(price(currency, decimal)).replaceAll('\u00a0', ' ')).toBe(text);
  });
});
