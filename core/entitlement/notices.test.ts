import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Subscription } from '../subscription/subscription.ts';
import { type BillingFact, cardChargeOf, keptFacts, lateInvoiceOf } from './billing-facts.ts';
import { noticesOf } from './notices.ts';
import { type Claim, emptySubscriptionState } from './row.ts';

const DAY = 86_400;
const END = 100 * DAY;

function claim(fields: Partial<Claim> = {}): Claim {
  return {
    ...emptySubscriptionState,
    source: 'stripe',
    status: 'active',
    stripeStatus: 'active',
    subscriptionId: 'sub_1',
    currentPeriodEnd: END,
    cancelAtPeriodEnd: false,
    reversal: null,
    ...fields,
  };
}

const card: BillingFact = {
  kind: 'card',
  subscriptionId: 'sub_1',
  of: 'pm_1',
  at: END - 2 * DAY,
  chargeAt: END,
};
const confirmation: BillingFact = {
  kind: 'confirmation',
  subscriptionId: 'sub_1',
  of: 'in_1',
  at: null,
  chargeAt: null,
};

const kindsAt = (now: number, of: Claim, facts: readonly BillingFact[] = []) =>
  noticesOf([of], facts, now).map(({ kind }) => kind);

describe('The notices of a user', () => {
  it.each(['past_due', 'unpaid'])(
    'say that a payment failed, and since when, while it is %s',
    (stripeStatus) => {
      const late = claim({ stripeStatus, pastDueSince: 5, currentPeriodEnd: null });
      expect(noticesOf([late], [], 9)).toEqual([{ kind: 'payment_failed', since: 5, at: null }]);
      expect(noticesOf([late], [confirmation], 9)).toEqual([
        { kind: 'payment_action_required', since: 5, at: null },
      ]);
      expect(noticesOf([late], [{ ...confirmation, subscriptionId: 'sub_2' }], 9)).toMatchObject([
        { kind: 'payment_failed' },
      ]);
    },
  );

  it('announce a renewal a week before, until it is there', () => {
    expect(kindsAt(END - 7 * DAY - 1, claim())).toEqual([]);
    expect(noticesOf([claim()], [], END - 7 * DAY)).toEqual([
      { kind: 'renewal_upcoming', since: null, at: END },
    ]);
    expect(kindsAt(END - 1, claim())).toEqual(['renewal_upcoming']);
    expect(kindsAt(END, claim())).toEqual([]);
  });

  it('announce the end of a trial three days before, until it is there', () => {
    const trial = claim({ status: 'trialing', stripeStatus: 'trialing', trialExpiresAt: END - DAY });
    expect(kindsAt(END - 4 * DAY - 1, trial)).toEqual([]);
    expect(noticesOf([trial], [], END - 4 * DAY)).toEqual([
      { kind: 'trial_will_end', since: null, at: END - DAY },
    ]);
    expect(kindsAt(END - DAY, trial)).toEqual([]);
    expect(kindsAt(END - DAY, { ...trial, trialExpiresAt: null })).toEqual(['trial_will_end']);
  });

  it('say that the card expires before the charge, until that is made', () => {
    expect(noticesOf([claim()], [card], 1)).toEqual([
      { kind: 'card_expires', since: null, at: END - 2 * DAY },
    ]);
    expect(kindsAt(END, claim({ currentPeriodEnd: END + DAY }), [card])).not.toContain('card_expires');
    expect(kindsAt(1, claim({ subscriptionId: 'sub_2' }), [card])).toEqual([]);
  });

  it.each([
    [{ cancelAtPeriodEnd: true }],
    [{ cancelAt: END }],
    [{ cancelAt: END - 1 }],
    [{ collectionPaused: true }],
    [{ stripeStatus: 'paused' }],
    [{ source: 'revenuecat' }],
    [{ source: 'grant' }],
    [{ currentPeriodEnd: null }],
  ] as const)('are none about a charge that will not be made: %j', (fields) => {
    const facts = 'source' in fields || 'stripeStatus' in fields ? [] : [card];
    expect(noticesOf([claim(fields)], facts, END - 1)).toEqual([]);
  });

  it('announce the renewal of a subscription that ends later', () => {
    expect(kindsAt(END - 1, claim({ cancelAt: END + 1 }))).toEqual(['renewal_upcoming']);
  });
});

function subscription(fields: Partial<Subscription> = {}): Subscription {
  const item = {
    id: 'si_1',
    priceId: 'price_1',
    keys: [],
    metered: false,
    role: null,
    quantity: 1,
    createdAt: 0,
  };
  return {
    id: 'sub_1',
    customerId: 'cus_1',
    status: 'active',
    createdAt: 0,
    items: [{ ...item, periodStart: 0, periodEnd: END }],
    periodStart: null,
    periodEnd: null,
    trialEnd: null,
    cancelAtPeriodEnd: false,
    cancelAt: null,
    endedAt: null,
    collectionPaused: false,
    paymentMethodId: 'pm_1',
    latestInvoiceId: 'in_1',
    ...fields,
  };
}

describe('What a sync keeps of what the row shows', () => {
  it('is a card that still pays the charge for which it was read', () => {
    expect(keptFacts([card], [subscription()])).toEqual([card]);
  });

  it.each([
    ['another card pays', { paymentMethodId: 'pm_2' }],
    ['nothing pays', { paymentMethodId: null }],
    ['the next period has begun', { items: [], periodEnd: END + 1 }],
    ['it ends', { cancelAtPeriodEnd: true }],
    ['it ends at that time', { cancelAt: END }],
    ['it has ended', { status: 'canceled' }],
    ['nothing is collected', { collectionPaused: true }],
    ['it is another subscription', { id: 'sub_2' }],
  ])('is no card once %s', (_, fields) => {
    expect(keptFacts([card], [subscription(fields)])).toEqual([]);
  });

  it('is a payment to confirm of the same invoice, while it is late', () => {
    expect(keptFacts([confirmation], [subscription({ status: 'past_due' })])).toEqual([confirmation]);
    expect(keptFacts([confirmation], [subscription({ status: 'unpaid' })])).toEqual([confirmation]);
    expect(keptFacts([confirmation], [subscription()])).toEqual([]);
    const later = subscription({ status: 'past_due', latestInvoiceId: 'in_2' });
    expect(keptFacts([confirmation], [later])).toEqual([]);
    expect(lateInvoiceOf(subscription({ status: 'past_due', latestInvoiceId: null }))).toBeUndefined();
  });

  it('is never more than before, and nothing of a subscription that is not there', () => {
    const fact = fc.record({
      kind: fc.constantFrom('card' as const, 'confirmation' as const),
      subscriptionId: fc.constantFrom('sub_1', 'sub_2'),
      of: fc.constantFrom('pm_1', 'in_1', 'pm_2'),
      at: fc.constant(1),
      chargeAt: fc.constantFrom(END, END + 1, null),
    });
    const status = fc.constantFrom('active', 'past_due', 'unpaid', 'paused', 'canceled');
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 4 }), status, (facts, current) => {
        const kept = keptFacts(facts, [subscription({ status: current })]);
        expect(facts).toEqual(expect.arrayContaining([...kept]));
        expect(kept.every(({ subscriptionId }) => subscriptionId === 'sub_1')).toBe(true);
        expect(keptFacts(kept, [subscription({ status: current })])).toEqual(kept);
      }),
      { numRuns: 60 },
    );
  });
});

describe('The charge for which a card is read', () => {
  it.each([
    ['the end of the period', {}, END],
    ['the end of the trial', { status: 'trialing', trialEnd: 7 }, 7],
    ['the end of a period that an older answer shows', { items: [], periodEnd: 9 }, 9],
  ])('is at %s', (_, fields, chargeAt) => {
    expect(cardChargeOf(subscription(fields))).toMatchObject({ chargeAt, paymentMethodId: 'pm_1' });
  });

  it.each([[{ status: 'unpaid' }], [{ status: 'incomplete' }], [{ items: [] }]])(
    'is none of %j',
    (fields) => {
      expect(cardChargeOf(subscription(fields))).toBeUndefined();
    },
  );
});
