import { describe, expect, it } from 'vitest';
import { type EntitlementState, emptyState } from './row.ts';
import { accessStateOf, stateDiffers, stateFields } from './state-fields.ts';

/** For each field, a value that the empty state does not have. */
const others: { readonly [Field in keyof EntitlementState]: EntitlementState[Field] } = {
  status: 'active',
  plan: 'price_a',
  quantity: 5,
  addOns: [{ price: 'price_b', quantity: 1 }],
  currentPeriodEnd: 1,
  trialExpiresAt: 1,
  cancelAtPeriodEnd: true,
  cancelAt: 1,
  pastDueSince: 1,
  subscriptionId: 'sub_a',
  stripeStatus: 'active',
  collectionPaused: true,
  paymentPending: true,
  unreadable: true,
  reversal: 'refunded',
  features: ['pro'],
  claims: [{ ...emptyState, source: 'stripe' }],
};

describe('The table of state fields', () => {
  it('lists every field of the state', () => {
    expect(Object.keys(stateFields).sort()).toEqual(Object.keys(emptyState).sort());
  });

  it.each(Object.entries(stateFields))(
    'makes a difference in %s count exactly where its entry says so',
    (name, use) => {
      const changed = {
        ...emptyState,
        [name]: Object.entries(others).find(([field]) => field === name)?.[1],
      };
      expect(changed).not.toEqual(emptyState);
      expect(stateDiffers(emptyState, changed, 'access')).toBe(use.access);
      expect(stateDiffers(emptyState, changed, 'listing')).toBe(use.listing);
    },
  );

  it('leaves out what does not decide on access, and what a listing does not show', () => {
    const left = (use: 'access' | 'listing') =>
      Object.entries(stateFields).flatMap(([name, uses]) => (uses[use] ? [] : [name]));
    expect(left('access')).toEqual(['quantity', 'addOns', 'cancelAtPeriodEnd', 'features', 'claims']);
    expect(left('listing')).toEqual(['reversal', 'features', 'claims']);
  });

  it('gives the state that decides on access exactly the fields marked for it', () => {
    const marked = Object.entries(stateFields).filter(([, use]) => use.access);
    expect(Object.keys(accessStateOf(emptyState)).sort()).toEqual(marked.map(([name]) => name).sort());
  });
});
