import { describe, expect, it } from 'vitest';
import { entryOf } from '../../tests/support/offered-prices.ts';
import { Fault } from '../system/fault.ts';
import type { CatalogueEntry, Listing } from './entry.ts';
import { type RequestedItem, readItems, resolveOrder } from './order.ts';

const entry = (id: string, fields: Partial<CatalogueEntry> = {}) =>
  entryOf(id, { currency: 'eur', ...fields });
const addOn = (id: string, fields: Partial<CatalogueEntry> = {}) => entry(id, { role: 'add_on', ...fields });
const plan = entry('price_plan', { lookupKey: 'pro' });
const seats = addOn('price_seats', { lookupKey: 'seats' });
const others = [
  entry('price_other'),
  addOn('price_usd', { currency: 'usd' }),
  addOn('price_yearly', { recurring: { interval: 'year', interval_count: 1 } }),
  addOn('price_quarterly', { recurring: { interval: 'month', interval_count: 3 } }),
  addOn('price_once', { recurring: null }),
  addOn('price_usage', { metered: true }),
];
const catalogue = new Map<string, Listing>([
  ...[plan, seats, ...others].flatMap((one): [string, Listing][] => {
    const listing = { kind: 'sold', entry: one } as const;
    return [one.id, ...(one.lookupKey === null ? [] : [one.lookupKey])].map((name) => [name, listing]);
  }),
  ['price_archived', { kind: 'unsellable', reason: 'inactive', entry: null }],
]);
const item = (price: string, quantity: number | null = null): RequestedItem => ({ price, quantity });
const resolve = (price: string, addOns: readonly RequestedItem[] = [], quantity: number | null = null) =>
  resolveOrder({ price, quantity, addOns }, catalogue);
const read = (body: Record<string, unknown>) => readItems(body, { maxQuantity: 5 });
const refused = (code: string, detail: string) => ({ kind: 'refused', code, detail });

describe('The items of a request', () => {
  it('are a plan, and add-ons where the client sends some', () => {
    expect(read({ price: 'pro' })).toEqual({ kind: 'items', items: { ...item('pro'), addOns: [] } });
    for (const add_ons of [undefined, null, []]) {
      expect(read({ price: 'pro', quantity: 5, add_ons })).toEqual({
        kind: 'items',
        items: { ...item('pro', 5), addOns: [] },
      });
    }
    expect(read({ price: 'pro', add_ons: [{ price: 'seats', quantity: 2 }, { price: 'x' }] })).toEqual({
      kind: 'items',
      items: { ...item('pro'), addOns: [item('seats', 2), item('x')] },
    });
  });

  it.each<readonly [object, string, string]>([
    [{ add_ons: {} }, 'malformed_request', 'add_ons must be a list of at most 19 items.'],
    [
      { add_ons: Array.from({ length: 20 }, () => ({})) },
      'malformed_request',
      'add_ons must be a list of at most 19 items.',
    ],
    [{ add_ons: ['seats'] }, 'malformed_request', 'add_ons[0] must be an object.'],
    [{ add_ons: [{ price: 'seats', trial: 9 }] }, 'malformed_request', 'Unknown field: add_ons[0].trial.'],
    [
      { add_ons: [{ price: 'a' }, { quantity: 1 }] },
      'malformed_request',
      'add_ons[1].price must be a price id or a lookup key.',
    ],
    [
      { add_ons: [{ price: 'a', quantity: 0 }] },
      'malformed_request',
      'add_ons[0].quantity must be a whole number of at least 1.',
    ],
    [
      { add_ons: [{ price: 'a', quantity: 6 }] },
      'quantity_not_allowed',
      'add_ons[0].quantity must be at most 5.',
    ],
    [{ price: '' }, 'malformed_request', 'price must be a price id or a lookup key.'],
    [{ quantity: 6 }, 'quantity_not_allowed', 'quantity must be at most 5.'],
  ])('are refused for %j', (fields, code, detail) => {
    expect(read({ price: 'pro', ...fields })).toEqual(refused(code, detail));
  });
});

describe('An order', () => {
  it('names each price by its id or lookup key, and buys one without a quantity', () => {
    expect(resolve('pro')).toEqual({
      kind: 'order',
      order: { plan: { entry: plan, quantity: 1 }, addOns: [] },
    });
    expect(resolve('price_plan', [item('seats', 3)], 2)).toEqual({
      kind: 'order',
      order: { plan: { entry: plan, quantity: 2 }, addOns: [{ entry: seats, quantity: 3 }] },
    });
  });

  it('has no quantity of what bills usage', () => {
    expect(resolve('pro', [item('price_usage')])).toMatchObject({
      order: { addOns: [{ entry: { id: 'price_usage' }, quantity: null }] },
    });
    expect(resolve('pro', [item('price_usage', 1)])).toEqual(
      refused('quantity_not_allowed', 'This price bills usage, so it has no quantity.'),
    );
  });

  it.each<readonly [string, string, string]>([
    ['gold', 'price_not_allowed', 'The catalogue has no such price.'],
    ['seats', 'price_not_allowed', 'This price is an add-on. Order it in add_ons, with a plan.'],
  ])('never has the plan %s', (named, code, detail) => {
    expect(resolve(named)).toEqual(refused(code, detail));
  });

  it.each<readonly [string, string, string]>([
    ['gold', 'add_on_not_allowed', 'The catalogue has no such add-on.'],
    ['price_other', 'add_on_not_allowed', 'This price is no add-on.'],
    ['price_usd', 'add_on_not_allowed', 'This add-on has another currency than the plan.'],
    ['price_yearly', 'add_on_not_allowed', 'This add-on is billed in another interval than the plan.'],
    ['price_quarterly', 'add_on_not_allowed', 'This add-on is billed in another interval than the plan.'],
    ['price_once', 'add_on_not_allowed', 'This add-on is billed in another interval than the plan.'],
    ['pro', 'malformed_request', 'No price may be ordered twice. Order a quantity of it.'],
  ])('never has the add-on %s', (named, code, detail) => {
    expect(resolve('price_plan', [item(named)])).toEqual(refused(code, detail));
  });

  it('has no price twice, whatever its name', () => {
    expect(resolve('pro', [item('seats'), item('price_seats')])).toMatchObject({ code: 'malformed_request' });
  });

  it('is a fault that names the setting for a price that is listed but cannot be sold', () => {
    for (const order of [() => resolve('price_archived'), () => resolve('pro', [item('price_archived')])]) {
      expect(order).toThrow(Fault);
      expect(order).toThrow(
        expect.objectContaining({
          details: expect.objectContaining({
            reason: 'price_inactive',
            refusal: expect.objectContaining({ setting: 'CHECKOUT_PRICES' }),
          }),
        }),
      );
    }
  });
});
