import { expect, it } from 'vitest';
import { unsellableTexts, whyUnsellable } from './sellable.ts';

const monthly = { active: true, type: 'recurring', recurring: { interval: 'month', usage_type: 'licensed' } };

it.each([
  ['an active, recurring, licensed price', monthly, undefined],
  ['a tiered price', { ...monthly, billing_scheme: 'tiered' }, undefined],
  ['a price of before the usage types', { ...monthly, recurring: { interval: 'month' } }, undefined],
  ['an archived price', { ...monthly, active: false }, 'inactive'],
  ['a price that does not say', {}, 'inactive'],
  ['a one-time price', { active: true, type: 'one_time', recurring: null }, 'one_time'],
  ['a price without a period', { active: true }, 'one_time'],
  ['a price whose product is archived', { ...monthly, product: { active: false } }, 'product_inactive'],
  ['a price with its product', { ...monthly, product: { active: true } }, undefined],
  ['a metered price', { ...monthly, recurring: { usage_type: 'metered' } }, 'metered'],
  [
    'an amount that the customer chooses',
    { ...monthly, custom_unit_amount: { minimum: 100 } },
    'custom_amount',
  ],
])('The checkout sells what it can: %s', (_, price, reason) => {
  expect(whyUnsellable(price)).toBe(reason);
});

it('Every reason has a text that ends a sentence about the price', () => {
  for (const text of Object.values(unsellableTexts))
    expect(text).toMatch(/^(?:is|does|has|lets|belongs) .*[^.]$/);
});
