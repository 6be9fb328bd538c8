import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleIn, termsIn, unclearTerms } from './terms.ts';

const none = { trialDays: null, access: null, features: [] };
const priceWith = (metadata: object) => ({ id: 'price_1', metadata });

describe('The terms of a price', () => {
  it.each<readonly [object, object]>([
    [{}, none],
    [{ predixa_trial_days: '14' }, { ...none, trialDays: 14 }],
    [{ predixa_trial_days: ' 0 ' }, { ...none, trialDays: 0 }],
    [{ predixa_trial_days: '730' }, { ...none, trialDays: 730 }],
    [{ predixa_access: 'lifetime' }, { ...none, access: { kind: 'lifetime' } }],
    [{ predixa_access: '30_days' }, { ...none, access: { kind: 'days', days: 30 } }],
    [{ predixa_access: '1_day' }, { ...none, access: { kind: 'days', days: 1 } }],
    [{ predixa_access: '3650_days' }, { ...none, access: { kind: 'days', days: 3_650 } }],
    [{ predixa_features: 'export, sso,export' }, { ...none, features: ['export', 'sso'] }],
  ])('are what its metadata say: %j', (metadata, terms) => {
    expect(termsIn(priceWith(metadata))).toEqual(terms);
    expect(unclearTerms(priceWith(metadata))).toEqual([]);
  });

  it.each<readonly [string, string]>([
    ['predixa_trial_days', '731'],
    ['predixa_trial_days', '-1'],
    ['predixa_trial_days', '1.5'],
    ['predixa_trial_days', '1e2'],
    ['predixa_trial_days', '14 days'],
    ['predixa_access', 'forever'],
    ['predixa_access', 'Lifetime'],
    ['predixa_access', '0_days'],
    ['predixa_access', '3651_days'],
    ['predixa_access', '30'],
    ['predixa_features', 'export,,sso'],
    ['predixa_features', 'x'.repeat(81)],
    ['predixa_role', 'addon'],
  ])('do not hold for a text that is not understood: %s=%s', (name, text) => {
    const price = priceWith({ [name]: text });
    expect(termsIn(price)).toEqual(none);
    expect(roleIn(price)).toBeNull();
    expect(unclearTerms(price)).toEqual([name]);
  });

  it('are absent for a blank text, other types, and a price without metadata', () => {
    const texts = { predixa_trial_days: ' ', predixa_access: 30, predixa_features: ['export'] };
    for (const price of [priceWith(texts), {}, { metadata: null }, { metadata: 'x' }]) {
      expect(termsIn(price)).toEqual(none);
      expect(unclearTerms(price)).toEqual([]);
    }
    expect(termsIn(null)).toEqual(none);
  });

  it('never give access or a trial beyond their limits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (text) => {
        const price = priceWith({ predixa_trial_days: text, predixa_access: `${text}_days` });
        const { trialDays, access } = termsIn(price);
        expect(trialDays ?? 0).toBeLessThanOrEqual(730);
        expect(trialDays ?? 0).toBeGreaterThanOrEqual(0);
        const days = access?.kind === 'days' ? access.days : 1;
        expect(days).toBeLessThanOrEqual(3_650);
        expect(days).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });
});
