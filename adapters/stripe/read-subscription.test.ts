import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { project } from '../../core/entitlement/project.ts';
import { acaciaJson, basilJson, DAY, T0 } from '../../tests/support/subscriptions.ts';
import { readSubscription } from './read-subscription.ts';

describe('The subscription reader', () => {
  it('failure mode 36: reads the formats before and since 2025-03-31.basil to the same row', () => {
    const before = project([readSubscription(acaciaJson())]);
    const after = project([readSubscription(basilJson())]);
    expect(before).toEqual(after);
    expect(after.states[0]).toMatchObject({
      status: 'active',
      plan: 'price_base',
      currentPeriodEnd: T0 + 30 * DAY,
    });
  });

  it('reads the plan’s id from an old item without a price', () => {
    const items = {
      object: 'list',
      data: [{ id: 'si_1', plan: { id: 'plan_old', amount: 100, usage_type: 'metered' } }],
    };
    const [only] = readSubscription(acaciaJson({ items })).items;
    expect(only).toMatchObject({ priceId: 'plan_old', metered: true });
  });

  it.each([
    [{ lookup_key: 'pro_monthly', product: 'prod_pro' }, ['pro_monthly', 'prod_pro']],
    [{ lookup_key: null, product: { id: 'prod_pro', object: 'product' } }, ['prod_pro']],
    [{ lookup_key: '', product: { id: 'prod_pro', deleted: true } }, ['prod_pro']],
    [{}, []],
  ])('reads the lookup key and the product of a price, and of an old plan: %j', (fields, keys) => {
    const itemsWith = (own: object) => ({ object: 'list', data: [{ id: 'si_1', ...own }] });
    for (const own of [{ price: { id: 'price_a', ...fields } }, { plan: { id: 'plan_a', ...fields } }]) {
      const [only] = readSubscription(basilJson({ items: itemsWith(own) })).items;
      expect(only).toMatchObject({ keys });
    }
  });

  it.each([
    ['cus_a'],
    [{ id: 'cus_a', object: 'customer' }],
    [{ id: 'cus_a', object: 'customer', deleted: true }],
  ])('reads the customer from %j', (customer) => {
    expect(readSubscription(basilJson({ customer })).customerId).toBe('cus_a');
  });

  it('throws a fault for a subscription without id, customer or status, and throws nothing else', () => {
    for (const name of ['id', 'customer', 'status']) {
      expect(() => readSubscription(basilJson({ [name]: undefined }))).toThrow('unknown_shape');
    }
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(acaciaJson())), fc.jsonValue()),
        (overrides) => {
          const json = { ...acaciaJson(overrides), id: 'sub_a', customer: 'cus_a', status: 'active' };
          expect(readSubscription(json).id).toBe('sub_a');
        },
      ),
    );
  });
});
