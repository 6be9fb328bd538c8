import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf, row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import {
  type AccessPolicy,
  defaultRules,
  type PolicyTable,
  parsePolicyTable,
  type Rule,
  ruleFor,
  type Situation,
  situations,
} from './policy.ts';
import type { EntitlementRow } from './row.ts';

function policyOf(table: Partial<PolicyTable> = {}): AccessPolicy {
  return {
    renewalGraceSeconds: 3 * DAY,
    rules: { ...defaultRules, ...table.rules },
    plans: table.plans ?? {},
  };
}

const paid = { plan: 'price_a', currentPeriodEnd: T0 + 30 * DAY, subscriptionId: 'sub_a' };
const active = row({ ...paid, status: 'active', stripeStatus: 'active' });

/** For each situation, a row that would otherwise give access. */
const rowsIn: Readonly<Record<Situation, EntitlementRow>> = {
  past_due: row({ ...paid, status: 'past_due', stripeStatus: 'past_due', pastDueSince: T0 }),
  unpaid: row({ ...paid, status: 'past_due', stripeStatus: 'unpaid', pastDueSince: T0 }),
  paused: row({ ...paid, status: 'canceled', stripeStatus: 'paused' }),
  collection_paused: { ...active, collectionPaused: true },
  payment_pending: { ...active, paymentPending: true },
  refunded: { ...active, reversal: 'refunded' },
  dispute_open: { ...active, reversal: 'dispute_open' },
  dispute_lost: { ...active, reversal: 'dispute_lost' },
  voided: { ...active, reversal: 'voided' },
  uncollectible: { ...active, reversal: 'uncollectible' },
};

describe('The access policy', () => {
  it.each(situations)(
    'gives access to a %s subscription under granted, and none under denied',
    (situation) => {
      const asked = (rule: Rule) =>
        accessOf(rowsIn[situation], T0 + 1, policyOf({ rules: { [situation]: rule } }));
      expect(asked('granted').granted).toBe(true);
      expect(asked('denied').granted).toBe(false);
    },
  );

  it('can give access to a paused subscription, and then to no other that Stripe reports as canceled', () => {
    const policy = policyOf({ rules: { paused: 'granted' } });
    expect(accessOf(rowsIn.paused, T0 + 1, policy)).toEqual({ granted: true, reason: 'active_subscription' });
    const ended = { ...rowsIn.paused, stripeStatus: 'canceled' };
    expect(accessOf(ended, T0 + 1, policy)).toEqual({ granted: false, reason: 'canceled' });
  });

  it.each(situations)('prefers the rule of the plan to the rule of all plans, for %s', (situation) => {
    const policy = policyOf({
      rules: { [situation]: 'denied' },
      plans: { price_a: { [situation]: 'granted' }, price_b: { [situation]: 'denied' } },
    });
    expect(accessOf(rowsIn[situation], T0 + 1, policy).granted).toBe(true);
    expect(accessOf({ ...rowsIn[situation], plan: 'price_b' }, T0 + 1, policy).granted).toBe(false);
  });

  it.each([
    ['past_due', false],
    ['unpaid', false],
    ['paused', false],
    ['collection_paused', true],
    ['refunded', false],
    ['dispute_open', true],
    ['dispute_lost', false],
  ] as const)('has a default for %s: access is %s', (situation, granted) => {
    expect(accessOf(rowsIn[situation], T0 + 1, policyOf()).granted).toBe(granted);
  });

  it.each(['past_due', 'unpaid'] as const)(
    'ends the grace of a %s subscription at a fixed moment',
    (situation) => {
      const policy = policyOf({ rules: { [situation]: { graceSeconds: 5 * DAY } } });
      expect(accessOf(rowsIn[situation], T0 + 5 * DAY - 1, policy)).toEqual({
        granted: true,
        reason: 'past_due_grace',
      });
      expect(accessOf(rowsIn[situation], T0 + 5 * DAY, policy)).toEqual({
        granted: false,
        reason: 'past_due',
      });
    },
  );

  it('failure mode 52: ends access after a full refund of the period, with the reason lapsed', () => {
    expect(accessOf(rowsIn.refunded, T0, policyOf())).toEqual({ granted: false, reason: 'lapsed' });
  });

  it('never gives access after the paid time, whatever it says about refunds, disputes and collection', () => {
    const rules = { collection_paused: 'granted', refunded: 'granted', dispute_lost: 'granted' } as const;
    const over = paid.currentPeriodEnd + 3 * DAY;
    for (const situation of ['collection_paused', 'refunded', 'dispute_lost'] as const) {
      expect(accessOf(rowsIn[situation], over, policyOf({ rules })).granted).toBe(false);
    }
  });
});

describe('The policy table as people write it', () => {
  it('holds rules for all plans and for single plans', () => {
    const written = {
      past_due: 'grace 3 days',
      dispute_open: 'denied',
      plans: { price_a: { refunded: 'granted', unpaid: 'grace 1 day' } },
    };
    expect(parsePolicyTable(written)).toEqual({
      rules: { past_due: { graceSeconds: 3 * DAY }, dispute_open: 'denied' },
      plans: { price_a: { refunded: 'granted', unpaid: { graceSeconds: DAY } } },
    });
    expect(parsePolicyTable({})).toEqual({ rules: {}, plans: {} });
  });

  it.each([1, 30, 9_999])('gives a grace of %i days', (days) => {
    const rules = { past_due: { graceSeconds: days * DAY } };
    expect(parsePolicyTable({ past_due: `grace ${days} days` })).toEqual({ rules, plans: {} });
  });

  it('is refused with the list of all that it may name if it names another', () => {
    expect(parsePolicyTable({ odd: 'granted' })).toEqual({
      wrong:
        'odd is not one of past_due, unpaid, paused, collection_paused, payment_pending, refunded, dispute_open, dispute_lost, voided, uncollectible, plans, plan_order',
    });
  });

  it.each<[unknown, string]>([
    [{ past_due: 'grace 10000 days' }, 'past_due must be granted, denied'],
    [{ past_due: 'no grace 3 days' }, 'past_due must be granted, denied'],
    [{ past_due: 'grace 3 days or more' }, 'past_due must be granted, denied'],
    [{ past_due: ['grace 3 days'] }, 'past_due must be granted, denied'],
    [undefined, 'not an object'],
    [[], 'not an object'],
    ['granted', 'not an object'],
    [{ pastdue: 'granted' }, 'pastdue is not one of'],
    [{ past_due: 'maybe' }, 'past_due must be granted, denied'],
    [{ past_due: 'grace -1 days' }, 'past_due must be granted, denied'],
    [{ past_due: true }, 'past_due must be granted, denied'],
    [{ refunded: 'grace 3 days' }, 'refunded has no grace'],
    [{ plans: [] }, 'plans is not an object'],
    [{ plans: { price_a: 'granted' } }, 'price_a: not an object'],
    [{ plans: { price_a: { odd: 'granted' } } }, 'price_a: odd is not one of'],
  ])('is refused with the reason when it is %j', (written, reason) => {
    expect(parsePolicyTable(written)).toMatchObject({ wrong: expect.stringContaining(reason) });
  });

  it('never makes the parser throw or return an invalid rule', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...situations), (written, situation) => {
        const table = parsePolicyTable(written);
        const policy = policyOf('wrong' in table ? {} : table);
        const rule = ruleFor(policy, situation, 'price_a');
        expect(rule === 'granted' || rule === 'denied' || rule.graceSeconds >= 0).toBe(true);
      }),
    );
  });
});
