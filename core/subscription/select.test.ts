import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { MAX_SUBSCRIPTIONS, selectPlanItem, selectSubscription, selectSubscriptions } from './select.ts';
import type { SubscriptionItem } from './subscription.ts';

describe('The subscription that decides', () => {
  it('has the best status, however old it is and whatever its id', () => {
    const paid = subscription({ id: 'sub_a', status: 'active', createdAt: T0 });
    const trial = subscription({ id: 'sub_b', status: 'trialing', createdAt: T0 + 1 });
    expect(selectSubscription([paid, trial])).toBe(paid);
    expect(selectSubscription([trial, paid])).toBe(paid);
  });

  it('is the newest of the same status, whatever its id', () => {
    const older = subscription({ id: 'sub_b', createdAt: T0 });
    const newer = subscription({ id: 'sub_a', createdAt: T0 + 1 });
    expect(selectSubscription([older, newer])).toBe(newer);
    expect(selectSubscription([newer, older])).toBe(newer);
  });

  it('has the greater id of two from the same second', () => {
    const lesser = subscription({ id: 'sub_a' });
    const greater = subscription({ id: 'sub_b' });
    expect(selectSubscription([lesser, greater])).toBe(greater);
    expect(selectSubscription([greater, lesser])).toBe(greater);
  });

  it('does not exist without subscriptions', () => {
    expect(selectSubscription([])).toBeUndefined();
  });
});

describe('The subscriptions that count', () => {
  it('are at most ten that continue, or one that has ended', () => {
    const many = Array.from({ length: 12 }, (_, n) => subscription({ id: `sub_${n}`, createdAt: T0 + n }));
    expect(selectSubscriptions(many)).toHaveLength(MAX_SUBSCRIPTIONS);
    expect(selectSubscriptions(many.map((one) => ({ ...one, status: 'canceled' })))).toHaveLength(1);
  });
});

describe('The item of the base plan', () => {
  it.each([
    ['licensed before metered', { metered: false, createdAt: T0 + 1 }, { metered: true, createdAt: T0 }],
    ['older before newer', { createdAt: T0, priceId: 'price_b' }, { createdAt: T0 + 1, priceId: 'price_a' }],
  ])('is %s', (_, better, worse) => {
    const [chosen, other] = [item(better), item(worse)];
    expect(selectPlanItem([chosen, other])).toBe(chosen);
    expect(selectPlanItem([other, chosen])).toBe(chosen);
  });

  it.each([
    ['called a plan before one that says nothing', { role: 'plan', metered: true }, { role: null }],
    ['older of two called plans', { role: 'plan' }, { role: 'plan', createdAt: T0 + 1 }],
    ['that says nothing before an add-on', { role: null, createdAt: T0 + 1 }, { role: 'add_on' }],
  ] as const)('is one %s', (_, better, worse) => {
    const [chosen, other] = [item(better), item(worse)];
    expect(selectPlanItem([chosen, other])).toBe(chosen);
    expect(selectPlanItem([other, chosen])).toBe(chosen);
  });

  const order = new Map([
    ['prod_pro', 0],
    ['basic_monthly', 1],
  ]);
  const pro = item({ keys: ['prod_pro'], createdAt: T0 + 2 });
  const basic = item({ priceId: 'price_basic', keys: ['basic_monthly', 'prod_basic'], createdAt: T0 + 1 });
  const other = item({ priceId: 'price_other', keys: ['prod_other'] });

  it('is the highest in the order of plans, in whatever order Stripe lists the items', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([pro, basic, other], { minLength: 3 }), (items) => {
        expect(selectPlanItem(items, order)).toBe(pro);
        expect(
          selectPlanItem(
            items.filter((one) => one !== pro),
            order,
          ),
        ).toBe(basic);
        expect(selectPlanItem(items)).toBe(other);
        expect(selectPlanItem(items, new Map())).toBe(other);
      }),
    );
  });

  it.each<[string, Partial<SubscriptionItem>]>([
    ['an add-on', { role: 'add_on' }],
    ['of another product', { role: 'other_product' }],
    ['a metered price next to a licensed one', { metered: true }],
  ])('is never one that is %s because of the order', (_, fields) => {
    expect(selectPlanItem([{ ...pro, ...fields }, other], order)).toBe(other);
  });

  it('is one that is called a plan before a higher one whose price says nothing', () => {
    const called = { ...other, role: 'plan' } as const;
    expect(selectPlanItem([pro, called], order)).toBe(called);
    expect(selectPlanItem([{ ...pro, role: 'plan' }, called], order)).toMatchObject({ keys: pro.keys });
  });

  it('does not exist among add-ons and items of another product', () => {
    expect(selectPlanItem([item({ role: 'add_on' }), item({ role: 'other_product' })])).toBeUndefined();
  });

  it('is the first of two items that differ in nothing that counts', () => {
    const [one, two] = [item({ id: 'si_1' }), item({ id: 'si_2' })];
    expect(selectPlanItem([one, two])).toBe(one);
    expect(selectPlanItem([two, one])).toBe(two);
  });

  it('does not exist without items', () => {
    expect(selectPlanItem([])).toBeUndefined();
  });

  it('never changes the list that it is chosen from', () => {
    const items = fc.array(fc.record({ createdAt: fc.nat(3) }).map((fields) => item(fields)));
    fc.assert(
      fc.property(items, (list) => {
        const before = [...list];
        selectPlanItem(list);
        expect(list).toEqual(before);
      }),
    );
  });
});
