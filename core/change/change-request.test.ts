import { describe, expect, it } from 'vitest';
import { readChange, readOrder } from './change-request.ts';

const rules = { maxQuantity: 10 };
const ordered = (body: object) => readOrder({ ...body }, rules);
const changed = (body: object) => readChange({ ...body }, rules);
const malformed = (detail: string) => ({ kind: 'refused', code: 'malformed_request', detail });
const addOns = (count: number) => Array.from({ length: count }, (_, index) => ({ price: `add_on_${index}` }));

const mark = { prorationAt: 1_795_858_200, amountDue: 1_934, digest: '0f343b0931126a20f133d67c' };
const text = `${mark.prorationAt}-${mark.amountDue}-${mark.digest}`;

describe('The body of a change', () => {
  it.each([
    [{}],
    [{ change: { price: 'pro' }, cancel: {} }],
    [{ resume: {}, cancel: {} }],
    [{ upgrade: { price: 'pro' } }],
    [{ toString: {} }],
  ])('asks for exactly one thing: %j', (body) => {
    expect(ordered(body)).toEqual(malformed('The body must have exactly one of change, cancel, resume.'));
  });

  it.each([['change'], ['cancel'], ['resume']])('has an object in %s', (action) => {
    for (const value of [null, 'now', []]) {
      expect(ordered({ [action]: value })).toEqual(malformed(`${action} must be an object.`));
    }
  });

  it.each([
    ['change', { change: { price: 'pro', coupon: 'free' } }, 'coupon'],
    ['cancel', { cancel: { at: 'now' } }, 'at'],
    ['resume', { resume: { plan: 'pro' } }, 'plan'],
    ['change', { change: { ['x'.repeat(50)]: 1 } }, 'x'.repeat(40)],
    ['add_ons[0]', { change: { add_ons: [{ price: 'seat', trial: 1 }] } }, 'trial'],
  ])('has no field in %s that no one reads', (place, body, field) => {
    expect(ordered(body)).toEqual(malformed(`Unknown field in ${place}: ${field}.`));
  });

  it('changes something', () => {
    const detail = 'change must have at least one of price, quantity, add_ons.';
    expect(ordered({ change: {} })).toEqual(malformed(detail));
    expect(ordered({ change: { when: 'now', preview: text } })).toEqual(malformed(detail));
  });

  it('names what the user was shown', () => {
    const order = { kind: 'change', request: { price: 'pro' } };
    expect(ordered({ change: { price: 'pro', preview: text } })).toEqual({ ...order, preview: mark });
    expect(ordered({ change: { price: 'pro' } })).toEqual(order);
    for (const preview of [null, 7, 'shown', `${text}0`]) {
      expect(ordered({ change: { price: 'pro', preview } })).toEqual(
        malformed('change.preview must be the preview of an answer of POST /me/subscription/preview.'),
      );
    }
  });

  it('has a preview only where it orders the change', () => {
    expect(changed({ price: 'pro', preview: text })).toEqual(malformed('Unknown field in change: preview.'));
  });
});

describe('What to change', () => {
  it('is only what the body names', () => {
    expect(changed({})).toStrictEqual({ request: {} });
    expect(changed({ price: 'pro' })).toStrictEqual({ request: { price: 'pro' } });
    expect(changed({ quantity: 1, when: 'now' })).toEqual({ request: { quantity: 1 }, when: 'now' });
    expect(changed({ add_ons: [], when: 'period_end' })).toEqual({
      request: { addOns: [] },
      when: 'period_end',
    });
  });

  it('has one of each add-on unless the body says how many', () => {
    expect(changed({ add_ons: [{ price: 'seat' }, { price: 'storage', quantity: 10 }] })).toEqual({
      request: {
        addOns: [
          { price: 'seat', quantity: 1 },
          { price: 'storage', quantity: 10 },
        ],
      },
    });
  });

  it.each([[null], [''], [7], ['p'.repeat(256)]])('has no price %j', (price) => {
    expect(changed({ price })).toEqual(malformed('price must be a price id or a lookup key.'));
    expect(changed({ add_ons: [{ price }] })).toEqual(
      malformed('add_ons[0].price must be a price id or a lookup key.'),
    );
  });

  it('may have a price of 255 characters', () => {
    const price = 'p'.repeat(255);
    expect(changed({ price })).toEqual({ request: { price } });
  });

  it.each([[0], [-1], [1.5], ['2'], [null], [2 ** 53]])('has no quantity %j', (quantity) => {
    expect(changed({ quantity })).toEqual(malformed('quantity must be a whole number of at least 1.'));
    expect(changed({ add_ons: [{ price: 'seat', quantity }] })).toEqual(
      malformed('add_ons[0].quantity must be a whole number of at least 1.'),
    );
  });

  it('has no quantity above the limit of the stage', () => {
    const refused = { kind: 'refused', code: 'quantity_not_allowed' };
    expect(changed({ quantity: 10 })).toEqual({ request: { quantity: 10 } });
    expect(changed({ quantity: 11 })).toEqual({ ...refused, detail: 'quantity must be at most 10.' });
    expect(changed({ add_ons: [{ price: 'a' }, { price: 'b', quantity: 11 }] })).toEqual({
      ...refused,
      detail: 'add_ons[1].quantity must be at most 10.',
    });
  });

  it.each([['later'], [null], [1]])('does not begin %j', (when) => {
    expect(changed({ price: 'pro', when })).toEqual(malformed('when must be now or period_end.'));
  });

  it('has at most as many add-ons as a subscription has room for', () => {
    expect(changed({ add_ons: addOns(19) })).toMatchObject({ request: { addOns: { length: 19 } } });
    for (const add_ons of [addOns(20), 'seat', null, { length: 0 }]) {
      expect(changed({ add_ons })).toEqual(malformed('add_ons must be a list of at most 19 items.'));
    }
    expect(changed({ add_ons: ['seat'] })).toEqual(malformed('add_ons[0] must be an object.'));
  });
});

describe('A cancellation', () => {
  it('needs no reason', () => {
    const none = { kind: 'cancel', feedback: null, comment: null };
    expect(ordered({ cancel: {} })).toEqual(none);
    expect(ordered({ cancel: { feedback: null, comment: null } })).toEqual(none);
    expect(ordered({ cancel: { comment: '' } })).toEqual(none);
  });

  it('carries the reason', () => {
    const comment = 'c'.repeat(1_000);
    const reason = { feedback: 'too_expensive', comment };
    expect(ordered({ cancel: reason })).toEqual({ kind: 'cancel', ...reason });
  });

  it('has a feedback that Stripe knows', () => {
    const known = 'customer_service, low_quality, missing_features, other, switched_service, ';
    for (const feedback of ['bored', 'toString', 7]) {
      expect(ordered({ cancel: { feedback } })).toEqual(
        malformed(`feedback must be one of ${known}too_complex, too_expensive, unused.`),
      );
    }
  });

  it('has a comment of at most 1,000 characters', () => {
    for (const comment of ['c'.repeat(1_001), 7]) {
      expect(ordered({ cancel: { comment } })).toEqual(
        malformed('comment must be a text of at most 1000 characters.'),
      );
    }
  });
});

describe('A resumption', () => {
  it('says nothing more', () => {
    expect(ordered({ resume: {} })).toEqual({ kind: 'resume' });
  });
});
