import { describe, expect, it } from 'vitest';
import { historyWith } from '../../../core/entitlement/history.ts';
import { defaultRules } from '../../../core/entitlement/policy.ts';
import { emptyState } from '../../../core/entitlement/row.ts';
import { row } from '../../../tests/support/rows.ts';
import { DAY, T0 } from '../../../tests/support/subscriptions.ts';
import { sentenceAt } from './access.ts';

const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const active = { ...emptyState, status: 'active', plan: 'price_a', currentPeriodEnd: T0 + 30 * DAY } as const;
const history = historyWith(row(), active, { at: T0, by: 'evt_1' });
const query = (nowSeconds: number) => ({ row: { ...row(), ...active, history }, nowSeconds, policy });

describe('The sentence about what the app sees', () => {
  it('is in the present only if no moment is chosen, also in the second of the change', () => {
    for (const now of [T0, T0 + 1, T0 + DAY]) {
      expect(sentenceAt(query(now), null).text).toMatch(/^The app lets the user in: /);
      expect(sentenceAt(query(now), T0)).toMatchObject({
        atSeconds: T0,
        granted: true,
        by: 'evt_1',
        text: expect.stringMatching(/^The app let the user in: /),
      });
    }
    expect(sentenceAt(query(T0 + 1), T0 - 1).granted).toBe(null);
    expect(sentenceAt(query(T0), T0 + 1).text).toMatch(/^The app will let the user in if nothing changes: /);
  });
});
