import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { access } from './access.ts';
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

/** A row in each situation, in which all else would give access. */
const rowsIn: Readonly<Record<Situation, EntitlementRow>> = {
  past_due: row({ ...paid, status: 'past_due', stripeStatus: 'past_due', pastDueSince: T0 }),
  unpaid: row({ ...paid, status: 'past_due', stripeStatus: 'unpaid', pastDueSince: T0 }),
  paused: row({ ...paid, status: 'canceled', stripeStatus: 'paused' }),
  collection_paused: { ...active, collectionPaused: true },
  refunded: { ...active, reversal: 'refunded' },
  dispute_open: { ...active, reversal: 'dispute_open' },
  dispute_lost: { ...active, reversal: 'dispute_lost' },
};

describe('the policy’s table', () => {
  it.each(situations)('%s: granted lets in, denied does not', (situation) => {
    const asked = (rule: Rule) =>
      access(rowsIn[situation], T0 + 1, policyOf({ rules: { [situation]: rule } }));
    expect(asked('granted').granted).toBe(true);
    expect(asked('denied').granted).toBe(false);
  });

  it.each(situations)('%s: the rule of the plan goes before the rule of all', (situation) => {
    const policy = policyOf({
      rules: { [situation]: 'denied' },
      plans: { price_a: { [situation]: 'granted' }, price_b: { [situation]: 'denied' } },
    });
    expect(access(rowsIn[situation], T0 + 1, policy).granted).toBe(true);
    expect(access({ ...rowsIn[situation], plan: 'price_b' }, T0 + 1, policy).granted).toBe(false);
  });

  it.each([
    ['past_due', false],
    ['unpaid', false],
    ['paused', false],
    ['collection_paused', true],
    ['refunded', false],
    ['dispute_open', true],
    ['dispute_lost', false],
  ] as const)('%s: without a word of configuration, access is %s', (situation, granted) => {
    expect(access(rowsIn[situation], T0 + 1, policyOf()).granted).toBe(granted);
  });

  it.each(['past_due', 'unpaid'] as const)('%s: a grace ends at its fixed instant', (situation) => {
    const policy = policyOf({ rules: { [situation]: { graceSeconds: 5 * DAY } } });
    expect(access(rowsIn[situation], T0 + 5 * DAY - 1, policy)).toEqual({
      granted: true,
      reason: 'past_due_grace',
    });
    expect(access(rowsIn[situation], T0 + 5 * DAY, policy)).toEqual({ granted: false, reason: 'past_due' });
  });

  it('failure mode 52: a refund of the whole period ends access, and says so as time that is no longer paid for', () => {
    expect(access(rowsIn.refunded, T0, policyOf())).toEqual({ granted: false, reason: 'lapsed' });
  });

  it('grants nothing beyond the time paid for, whatever it says of refunds, disputes and collection', () => {
    const rules = { collection_paused: 'granted', refunded: 'granted', dispute_lost: 'granted' } as const;
    const over = paid.currentPeriodEnd + 3 * DAY;
    for (const situation of ['collection_paused', 'refunded', 'dispute_lost'] as const) {
      expect(access(rowsIn[situation], over, policyOf({ rules })).granted).toBe(false);
    }
  });
});

describe('the table as it is written', () => {
  it('is read, for all plans and for one', () => {
    const written = {
      past_due: 'grace 3 days',
      plans: { price_a: { refunded: 'granted', unpaid: 'grace 1 day' } },
    };
    expect(parsePolicyTable(written)).toEqual({
      rules: { past_due: { graceSeconds: 3 * DAY } },
      plans: { price_a: { refunded: 'granted', unpaid: { graceSeconds: DAY } } },
    });
    expect(parsePolicyTable({})).toEqual({ rules: {}, plans: {} });
  });

  it.each<[unknown, string]>([
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
  ])('%j is refused, and why is told', (written, why) => {
    expect(parsePolicyTable(written)).toMatchObject({ wrong: expect.stringContaining(why) });
  });

  it('never throws, and yields rules that are rules, whatever is written', () => {
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
