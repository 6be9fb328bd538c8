import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import type { ReversalReading } from '../billing/billing.ts';
import { defaultRules } from '../entitlement/policy.ts';
import { endsUnbilled, nextBillAt, returnedSubscriptions } from './returned.ts';

const policy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
const shown = row({
  status: 'active',
  stripeStatus: 'active',
  subscriptionId: 'sub_a',
  plan: 'price_base',
  currentPeriodEnd: T0 + 30 * DAY,
  reversal: 'refunded',
});
const paid = subscription();

async function returned(
  {
    shows = shown,
    bought = [paid],
    rules = defaultRules,
  }: {
    readonly shows?: typeof shown;
    readonly bought?: readonly ReturnType<typeof subscription>[];
    readonly rules?: typeof defaultRules;
  },
  reading: ReversalReading = 'refunded',
) {
  const asked: string[] = [];
  const services = {
    billing: { readReversal: async (id: string) => (asked.push(id), reading) },
    policy: { ...policy, rules },
    clock: { nowMs: () => T0 * 1000 },
  };
  const found = await returnedSubscriptions(services, shows, bought);
  return { found: [...found], asked };
}

describe('A subscription whose payment went back', () => {
  it.each(['refunded', 'dispute_lost'] as const)('is found if Stripe confirms it as %s', async (reading) => {
    expect(await returned({}, reading)).toEqual({ found: ['sub_a'], asked: ['sub_a'] });
  });

  it.each([null, 'dispute_open', 'voided', 'uncollectible', 'unclear'] as const)(
    'is none if Stripe says %s by now',
    async (reading) => {
      expect(await returned({}, reading)).toEqual({ found: [], asked: ['sub_a'] });
    },
  );

  it.each([
    ['the row does not show it', { shows: { ...shown, reversal: null } }],
    ['the row shows another subscription', { shows: { ...shown, subscriptionId: 'sub_b' } }],
    ['its payment is late', { bought: [subscription({ status: 'past_due' })] }],
    ['the policy grants access', { rules: { ...defaultRules, refunded: 'granted' as const } }],
    ['another one continues', { bought: [paid, subscription({ id: 'sub_b' })] }],
  ])('is none, without a question, if %s', async (_, given) => {
    expect(await returned(given)).toEqual({ found: [], asked: [] });
  });

  it('does not depend on subscriptions that have ended, or of another product', async () => {
    const others = [
      subscription({ id: 'sub_b', status: 'canceled' }),
      subscription({ id: 'sub_c', items: [item({ role: 'other_product' })] }),
    ];
    expect((await returned({ bought: [paid, ...others] })).found).toEqual(['sub_a']);
  });
});

describe('A subscription', () => {
  const end = T0 + 30 * DAY;
  const mixed = [item({ periodEnd: end }), item({ id: 'si_2', periodEnd: T0 + 365 * DAY })];

  it('bills again when the first of its items does', () => {
    expect(nextBillAt(subscription({ items: mixed }))).toBe(end);
    expect(nextBillAt(subscription({ items: [item({ periodEnd: null })], periodEnd: end }))).toBe(end);
    expect(nextBillAt(subscription({ items: [] }))).toBeNull();
  });

  it.each([
    ['it continues', {}, false],
    ['it ends with its period', { cancelAtPeriodEnd: true }, true],
    ['it ends at that moment', { cancelAt: end }, true],
    ['it ends after another period', { cancelAt: end + 1 }, false],
    ['it ends with the longest of several periods', { cancelAtPeriodEnd: true, items: mixed }, false],
    ['it ends with the first of several periods', { cancelAt: end, items: mixed }, true],
    ['nothing says when it bills', { cancelAt: end, items: [] }, false],
  ] as const)('knows whether it ends before it bills again: %s', (_, fields, expected) => {
    expect(endsUnbilled(subscription(fields))).toBe(expected);
  });
});
