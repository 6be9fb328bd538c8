import { expect, it } from 'vitest';
import { emptyState, neverSynced, reversals } from './row.ts';

it('A row begins without a subscription, customers and changes', () => {
  expect({ ...emptyState, ...neverSynced }).toEqual({
    status: 'none',
    plan: null,
    quantity: null,
    addOns: [],
    currentPeriodEnd: null,
    trialExpiresAt: null,
    cancelAtPeriodEnd: null,
    cancelAt: null,
    pastDueSince: null,
    subscriptionId: null,
    stripeStatus: null,
    collectionPaused: false,
    paymentPending: false,
    reversal: null,
    features: null,
    claims: [],
    unreadable: false,
    syncedAt: null,
    syncs: 0,
    featuresSyncedAt: null,
    featuresOf: null,
    featuresRead: null,
    purchasesSyncedAt: null,
    storesSyncedAt: null,
    customerIds: [],
    formerCustomerIds: [],
    billingFacts: [],
    provisional: false,
    planKeys: {},
    history: [],
  });
});

it('A payment is reversed by a refund, or by a dispute that is open or lost', () => {
  expect(reversals).toEqual(['refunded', 'dispute_open', 'dispute_lost', 'voided', 'uncollectible']);
});
