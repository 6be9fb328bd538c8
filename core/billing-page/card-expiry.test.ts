import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardExpiresAt, expiresBefore } from './card-expiry.ts';

const at = (iso: string) => Date.parse(iso) / 1000;

describe('A card', () => {
  it.each([
    [11, 2026, '2026-12-01T00:00:00Z'],
    [12, 2026, '2027-01-01T00:00:00Z'],
    [2, 2028, '2028-03-01T00:00:00Z'],
    [1, 2027, '2027-02-01T00:00:00Z'],
  ] as const)('of %i/%i is valid until the month is over', (month, year, end) => {
    const expiresAt = cardExpiresAt(month, year);
    expect(expiresAt).toBe(at(end));
    expect(expiresBefore(expiresAt, at(end) - 1)).toBe(false);
    expect(expiresBefore(expiresAt, at(end))).toBe(true);
  });

  it.each([
    [0, 2026],
    [13, 2026],
    [1.5, 2026],
    [12, 26],
    [12, 10_000],
    [12, 2026.5],
    [null, 2026],
    [12, null],
  ])('of %j/%j expires at no known time', (month, year) => {
    expect(cardExpiresAt(month, year)).toBeNull();
    expect(expiresBefore(cardExpiresAt(month, year), 0)).toBeNull();
  });

  it('expires in the second after the last one of its month, whatever month that is', () => {
    const months = fc.record({
      month: fc.integer({ min: 1, max: 12 }),
      year: fc.integer({ min: 2020, max: 2099 }),
    });
    fc.assert(
      fc.property(months, ({ month, year }) => {
        const expiresAt = cardExpiresAt(month, year) ?? 0;
        const last = new Date((expiresAt - 1) * 1000);
        expect([last.getUTCMonth() + 1, last.getUTCFullYear()]).toEqual([month, year]);
        expect(new Date(expiresAt * 1000).getUTCDate()).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  it('says nothing about a charge that will not be made', () => {
    expect(expiresBefore(at('2026-12-01T00:00:00Z'), null)).toBeNull();
  });
});
