import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noPlanOrder } from '../entitlement/plan-order.ts';
import { directionOf, directionOfPlans, type RatedItem, type RatedPrice } from './direction.ts';

function price(priceId: string, amount: number | null, fields: Partial<RatedPrice> = {}): RatedPrice {
  return { priceId, keys: [], currency: 'eur', amount, interval: 'month', intervalCount: 1, ...fields };
}

function item(priceId: string, amount: number, quantity = 1): RatedItem {
  return { ...price(priceId, amount), quantity };
}

const order = new Map([
  ['prod_team', 0],
  ['pro', 1],
  ['price_pro_2', 1],
  ['price_basic', 2],
]);

describe('The direction between two plans', () => {
  it.each([
    ['is none to the plan itself', price('a', 5), price('a', 5), 'same'],
    [
      'is up to a higher place, although it costs less',
      price('price_basic', 90),
      price('p', 5, { keys: ['pro'] }),
      'upgrade',
    ],
    [
      'is down to a lower place, although it costs more',
      price('t', 5, { keys: ['prod_team'] }),
      price('price_basic', 90),
      'downgrade',
    ],
    ['follows the amount if one plan has no place', price('price_basic', 5), price('other', 6), 'upgrade'],
    ['follows the amount if neither has a place', price('x', 6), price('y', 5), 'downgrade'],
    [
      'is up to a longer interval of one place',
      price('price_pro_2', 900),
      price('p', 9_000, { keys: ['pro'], interval: 'year' }),
      'upgrade',
    ],
    [
      'is up to a longer interval of one product',
      price('m', 900, { keys: ['prod_x'] }),
      price('y', 9_000, { keys: ['prod_x'], interval: 'year' }),
      'upgrade',
    ],
    [
      'is down to a shorter interval of one product',
      price('y', 9_000, { keys: ['prod_x'], interval: 'year' }),
      price('m', 900, { keys: ['prod_x'] }),
      'downgrade',
    ],
    [
      'compares months of 3 with a year',
      price('q', 300, { intervalCount: 3 }),
      price('y', 1_100, { interval: 'year' }),
      'downgrade',
    ],
    [
      'follows the amount of one product and interval',
      price('a', 5, { keys: ['prod_x'] }),
      price('b', 6, { keys: ['prod_x'] }),
      'upgrade',
    ],
    ['is unknown in another currency', price('a', 5), price('b', 6, { currency: 'usd' }), 'switch'],
    ['is unknown without an amount', price('a', 5), price('b', null), 'switch'],
    ['is unknown from a price without an amount', price('a', null), price('b', 5), 'switch'],
    ['is unknown at one amount', price('a', 500), price('b', 500), 'switch'],
    [
      'is unknown at one amount per month',
      price('a', 1_000),
      price('b', 12_000, { interval: 'year' }),
      'switch',
    ],
  ] as const)('%s', (_, from, to, direction) => {
    expect(directionOfPlans(from, to, order)).toBe(direction);
  });

  it('turns around with the change', () => {
    const prices = fc.record({
      priceId: fc.constantFrom('price_basic', 'price_pro_2', 'a', 'b'),
      keys: fc.subarray(['prod_team', 'prod_x', 'pro']),
      currency: fc.constantFrom('eur', 'usd'),
      amount: fc.option(fc.nat(9), { nil: null }),
      interval: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
      intervalCount: fc.integer({ min: 1, max: 6 }),
    });
    const opposite = { upgrade: 'downgrade', downgrade: 'upgrade', same: 'same', switch: 'switch' } as const;
    fc.assert(
      fc.property(prices, prices, (from, to) => {
        expect(directionOfPlans(to, from, order)).toBe(opposite[directionOfPlans(from, to, order)]);
      }),
    );
  });
});

describe('The direction of a change of a subscription', () => {
  const plan = item('plan', 1_000);
  const addOn = item('seatmap', 100);
  it.each([
    ['is none if nothing changes', [addOn], plan, [addOn], plan, 'same'],
    ['is up with more seats', [], plan, [], item('plan', 1_000, 2), 'upgrade'],
    ['is down with fewer seats', [], item('plan', 1_000, 3), [], item('plan', 1_000, 2), 'downgrade'],
    ['is up with an add-on', [], plan, [addOn], plan, 'upgrade'],
    ['is down without an add-on', [addOn], plan, [], plan, 'downgrade'],
    ['is up with more of an add-on', [addOn], plan, [item('seatmap', 100, 4)], plan, 'upgrade'],
    [
      'follows the sum if one rises and another falls',
      [],
      item('plan', 1_000, 2),
      [addOn],
      plan,
      'downgrade',
    ],
    ['follows the plan before the add-ons', [addOn], item('small', 500), [], plan, 'upgrade'],
  ] as const)('%s', (_, addOnsBefore, planBefore, addOnsAfter, planAfter, direction) => {
    const from = { plan: planBefore, addOns: addOnsBefore };
    expect(directionOf(from, { plan: planAfter, addOns: addOnsAfter }, noPlanOrder)).toBe(direction);
  });

  it('is unknown if one rises and another falls, and an amount is not known', () => {
    const from = { plan: { ...price('plan', null), quantity: 2 }, addOns: [] };
    const to = { plan: { ...price('plan', null), quantity: 1 }, addOns: [addOn] };
    expect(directionOf(from, to, noPlanOrder)).toBe('switch');
  });
});
