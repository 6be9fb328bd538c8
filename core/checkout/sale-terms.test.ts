import { describe, expect, it } from 'vitest';
import { type BillingDetails, collectionOf, needsBillingDetails, plainTerms } from './sale-terms.ts';

const ann = { givenName: 'Ann', familyName: 'Lee' };
const blank: BillingDetails = { name: null, hasAddress: false, hasTaxId: false };
const taxed = { ...plainTerms, automaticTax: true };
const business = { ...taxed, taxIds: true };

describe('What a checkout writes into the customer', () => {
  it.each<readonly [string, BillingDetails, readonly string[]]>([
    ['no address', blank, ['address']],
    ['an address', { ...blank, hasAddress: true }, []],
    ['a name', { ...blank, name: 'Ann Ltd' }, ['address']],
  ])('is only what is missing, for a customer with %s', (_, details, saves) => {
    expect(collectionOf(taxed, details, ann)).toEqual({ taxIds: false, saves });
  });

  it.each<readonly [string, Partial<BillingDetails>, boolean]>([
    ['no name', {}, true],
    ['the name from the sign-up', { name: 'Ann Lee' }, true],
    ['another name', { name: 'Ann Ltd' }, false],
    ['a tax id', { hasTaxId: true }, false],
  ])('includes a name only where it asks for a tax id, for a customer with %s', (_, details, asks) => {
    const { taxIds, saves } = collectionOf(business, { ...blank, ...details }, ann);
    expect(taxIds).toBe(asks);
    expect(saves.includes('name')).toBe(asks);
  });

  it('is not known without the settings for taxes, and is not asked for', () => {
    expect([plainTerms, taxed, { ...plainTerms, taxIds: true }].map(needsBillingDetails)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('does not depend on a name that the user does not have', () => {
    const nameless = { givenName: null, familyName: null };
    expect(collectionOf(business, { ...blank, name: 'Ann' }, nameless).taxIds).toBe(false);
    expect(collectionOf(business, blank, nameless).taxIds).toBe(true);
  });
});
