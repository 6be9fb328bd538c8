import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { project } from '../../core/entitlement/project.ts';
import { acaciaJson, basilJson, DAY, T0 } from '../../tests/support/subscriptions.ts';
import { readSubscription } from './read-subscription.ts';

describe('reading a subscription', () => {
  it('pain 36: the shapes before and after 2025-03-31.basil give the same row', () => {
    const before = project([readSubscription(acaciaJson())]);
    const after = project([readSubscription(basilJson())]);
    expect(before).toEqual(after);
    expect(after.state).toMatchObject({
      status: 'active',
      plan: 'price_base',
      currentPeriodEnd: T0 + 30 * DAY,
    });
  });

  it('an old item with a plan and no price has the plan’s id', () => {
    const items = {
      object: 'list',
      data: [{ id: 'si_1', plan: { id: 'plan_old', amount: 100, usage_type: 'metered' } }],
    };
    const [only] = readSubscription(acaciaJson({ items })).items;
    expect(only).toMatchObject({ priceId: 'plan_old', unitAmount: 100, metered: true });
  });

  it.each([
    ['cus_a'],
    [{ id: 'cus_a', object: 'customer' }],
    [{ id: 'cus_a', object: 'customer', deleted: true }],
  ])('takes the customer as id, as object, or as what is left of a deleted one', (customer) => {
    expect(readSubscription(basilJson({ customer })).customerId).toBe('cus_a');
  });

  it('what lacks an id, a customer or a status is a fault, and nothing else is thrown', () => {
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
