/** Properties of the arithmetic: nothing is lost in rounding, and a credit is as large as its charge. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placesOf } from './currencies.ts';
import { includedPercentOf, percentOf, portionOf, splitBy, timesDecimal } from './decimal.ts';
import { type DiscountTerms, discountShares } from './discount-shares.ts';
import { amountFor, chargesFor, type PriceTerms } from './price-charges.ts';
import { taxShares } from './tax-shares.ts';

const perUnit = (unit_amount_decimal: string): PriceTerms => ({
  tiers_mode: null,
  transform_quantity: null,
  unit_amount_decimal,
});

const tiered = (mode: 'graduated' | 'volume'): PriceTerms => ({
  tiers_mode: mode,
  transform_quantity: null,
  unit_amount_decimal: null,
  tiers: [
    {
      flat_amount: 1000,
      flat_amount_decimal: '1000',
      unit_amount: 500,
      unit_amount_decimal: '500',
      up_to: 5,
    },
    { flat_amount: null, flat_amount_decimal: null, unit_amount: 400, unit_amount_decimal: '400', up_to: 10 },
    {
      flat_amount: null,
      flat_amount_decimal: null,
      unit_amount: null,
      unit_amount_decimal: '0.5',
      up_to: null,
    },
  ],
});

const amounts = fc.integer({ min: 0, max: 1_000_000 });
const percentages = fc.integer({ min: 0, max: 1_000_000 }).map((value) => value / 10_000);

describe('Decimals', () => {
  test('A decimal price is rounded once for the whole quantity', () => {
    expect(amountFor(perUnit('0.5'), 1000)).toBe(500);
    expect(amountFor(perUnit('0.5'), 1)).toBe(1);
    expect(amountFor(perUnit('0.000000000001'), 999)).toBe(0);
    expect(timesDecimal('1.1', 10)).toBe(11);
  });

  test('A portion and the rest of it add up to the amount', () => {
    fc.assert(
      fc.property(amounts, fc.nat(2_678_400), (amount, part) => {
        const whole = 2_678_400;
        const sum = portionOf(amount, part, whole) + portionOf(amount, whole - part, whole);
        // Both are rounded, a half upwards.
        expect(sum - amount).toBeGreaterThanOrEqual(0);
        expect(sum - amount).toBeLessThanOrEqual(1);
        expect(portionOf(-amount, part, whole) + 0).toBe(0 - portionOf(amount, part, whole));
      }),
    );
  });

  test('The parts of an amount add up to it', () => {
    fc.assert(
      fc.property(amounts, fc.array(amounts, { minLength: 1, maxLength: 20 }), (amount, weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        const parts = splitBy(amount, weights);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(amount);
        expect(parts.every((part) => part >= 0)).toBe(true);
      }),
    );
  });
});

describe('Prices', () => {
  test('Packages are rounded up or down', () => {
    const price = { ...perUnit('500'), transform_quantity: { divide_by: 10, round: 'up' as const } };
    expect([1, 10, 11].map((quantity) => amountFor(price, quantity))).toEqual([500, 500, 1000]);
    const down = { ...price, transform_quantity: { divide_by: 10, round: 'down' as const } };
    expect([9, 10, 19].map((quantity) => amountFor(down, quantity))).toEqual([0, 500, 500]);
  });

  test('Graduated tiers charge each unit at the price of its tier', () => {
    const price = tiered('graduated');
    expect([0, 5, 7, 10, 12].map((quantity) => amountFor(price, quantity))).toEqual([
      1000, 3500, 4300, 5500, 5501,
    ]);
    expect(chargesFor(price, 7).map(({ quantity, tier, isFlat }) => [quantity, tier, isFlat])).toEqual([
      [5, 1, false],
      [0, 1, true],
      [2, 2, false],
    ]);
  });

  test('A volume charges all units at the price of one tier', () => {
    const price = tiered('volume');
    expect([5, 6, 10, 1000].map((quantity) => amountFor(price, quantity))).toEqual([3500, 2400, 4000, 500]);
  });

  test('A graduated price never falls as the quantity rises', () => {
    fc.assert(
      fc.property(fc.nat(1000), (quantity) => {
        const price = tiered('graduated');
        expect(amountFor(price, quantity + 1)).toBeGreaterThanOrEqual(amountFor(price, quantity));
        const units = chargesFor(price, quantity).reduce((sum, charge) => sum + charge.quantity, 0);
        expect(units).toBe(quantity);
      }),
    );
  });
});

describe('Discounts', () => {
  const termsOf = fc
    .record({
      percentOff: fc.option(fc.integer({ min: 1, max: 100 })),
      amountOff: fc.integer({ min: 1, max: 100_000 }),
      products: fc.option(fc.subarray(['a', 'b'])),
    })
    .map(
      ({ percentOff, amountOff, products }): Omit<DiscountTerms, 'id'> => ({
        percentOff,
        amountOff: percentOff === null ? amountOff : null,
        products,
      }),
    );
  const lines = fc.array(
    fc.record({
      amount: fc.integer({ min: -10_000, max: 100_000 }),
      isDiscountable: fc.boolean(),
      product: fc.constantFrom('a', 'b'),
    }),
    { maxLength: 8 },
  );

  test('Discounts never take off more than a line has, and leave what they do not apply to', () => {
    fc.assert(
      fc.property(lines, fc.array(termsOf, { maxLength: 3 }), (bare, terms) => {
        const all = bare.map((line) => ({ ...line, discounts: [] }));
        const discounts = terms.map((one, index) => ({ ...one, id: `di_${index}` }));
        const shares = discountShares(all, discounts);
        for (const [index, line] of bare.entries()) {
          const off = (shares[index] ?? []).reduce((sum, share) => sum + share.amount, 0);
          expect(off).toBeGreaterThanOrEqual(0);
          expect(off).toBeLessThanOrEqual(Math.max(0, line.amount));
          expect(line.isDiscountable || off === 0).toBe(true);
        }
        for (const { id, amountOff } of discounts) {
          if (amountOff === null) continue;
          const given = shares.flat().filter(({ discount }) => discount === id);
          const sum = given.reduce((total, share) => total + share.amount, 0);
          expect(sum).toBeLessThanOrEqual(amountOff);
        }
      }),
    );
  });

  test('An amount is taken off completely when the lines have as much', () => {
    const line = { isDiscountable: true, product: 'a', discounts: [] };
    const shares = discountShares(
      [1000, 1000, 1000].map((amount) => ({ ...line, amount })),
      [{ id: 'di_1', percentOff: null, amountOff: 1000, products: null }],
    );
    expect(shares.flat().map(({ amount }) => amount)).toEqual([333, 334, 333]);
  });

  test('The second discount applies to what the first one leaves', () => {
    const line = { amount: 1000, isDiscountable: true, product: 'a', discounts: [] };
    const half = { id: 'di_1', percentOff: 50, amountOff: null, products: null };
    const shares = discountShares([line], [half, { ...half, id: 'di_2' }]);
    expect(shares[0]?.map(({ amount }) => amount)).toEqual([500, 250]);
  });
});

describe('Taxes', () => {
  test('Inclusive tax and the amount without it add up to the amount', () => {
    fc.assert(
      fc.property(amounts, percentages, (amount, percentage) => {
        const [share] = taxShares(amount, [{ id: 'txr', inclusive: true, percentage }]);
        expect((share?.amount ?? 0) + (share?.taxable ?? 0)).toBe(amount);
        expect(share?.amount).toBe(includedPercentOf(amount, percentage));
      }),
    );
  });

  test('Exclusive tax is the percentage of the amount, and of a credit as much', () => {
    fc.assert(
      fc.property(amounts, percentages, (amount, percentage) => {
        const rates = [{ id: 'txr', inclusive: false, percentage }];
        const [tax] = taxShares(amount, rates);
        const [credit] = taxShares(-amount, rates);
        expect(tax?.amount).toBe(percentOf(amount, percentage));
        expect((credit?.amount ?? 0) + (tax?.amount ?? 0)).toBe(0);
      }),
    );
  });

  test('19 % are added to 10.00, or are 1.60 of it', () => {
    const rate = { id: 'txr', percentage: 19 };
    expect(taxShares(1000, [{ ...rate, inclusive: false }])[0]?.amount).toBe(190);
    expect(taxShares(1000, [{ ...rate, inclusive: true }])[0]?.amount).toBe(160);
  });
});

test('Currencies have the decimal places that Stripe gives them', () => {
  expect(['usd', 'jpy', 'kwd', 'isk', 'ugx', 'mga', 'huf'].map(placesOf)).toEqual([2, 0, 3, 2, 2, 0, 2]);
});
