import { describe, expect, it } from 'vitest';
import { emptyState, neverSynced } from '../../core/entitlement/row.ts';
import { attributesOf, rowOf } from './entitlement-item.ts';

const state = { ...emptyState, ...neverSynced, status: 'active', plan: 'price_a' } as const;

describe('The keys of plans in the item of a row', () => {
  it('are read as they were written', () => {
    const planKeys = { price_a: ['pro_monthly', 'prod_pro'], 'monthly.pro': ['pro'] };
    const item = attributesOf({ ...state, planKeys });
    expect(item['plan_keys']).toEqual(planKeys);
    expect(rowOf('user-1', { ...item }).planKeys).toEqual(planKeys);
  });

  it('take no attribute if there are none', () => {
    expect(attributesOf(state)['plan_keys']).toBeNull();
  });

  it.each([undefined, null, 'pro', ['pro'], {}, 5])('are none if the attribute is %j', (value) => {
    expect(rowOf('user-1', { plan_keys: value }).planKeys).toEqual({});
  });

  it('are read without what is no text', () => {
    const { planKeys } = rowOf('user-1', { plan_keys: { price_a: ['pro', 5, null], price_b: 'x' } });
    expect(planKeys).toEqual({ price_a: ['pro'], price_b: [] });
  });
});
