/** Parses the item changes of a request and their terms. */

import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { type PlannedDiscount, planDiscounts, readDiscounts } from '../discounts/redemption.ts';
import type { Price } from '../model/catalog.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';
import type { ItemEdit } from './item-edit.ts';
import type { ChangeInput } from './subscription-change.ts';
import { paymentBehaviors, prorationBehaviors } from './subscription-create.ts';
import { quantityIn } from './subscription-items.ts';

export function itemEdit(world: World, params: Params): ItemEdit {
  const id = params.string('id');
  const requested = requestedPrice(world, params);
  const owner = id === undefined ? undefined : world.store.subscriptions.where('item', id)[0];
  const price = requested ?? owner?.items.data.find((item) => item.id === id)?.price;
  return {
    id,
    deleted: params.boolean('deleted') === true,
    price: requested,
    quantity: quantityIn(params, price),
    taxRates: taxRatesOf(world, params, 'tax_rates'),
    discounts: plannedDiscounts(world, params),
    metadataAfter: (current) => mergeMetadata(current, params),
    nameOf: (name) => params.nameOf(name),
  };
}

/** The discounts of an item are stored once the change is carried out. */
function plannedDiscounts(world: World, params: Params): readonly PlannedDiscount[] | undefined {
  const redeemables = readDiscounts(world, params, { customer: null });
  return redeemables && planDiscounts(world, redeemables, { customer: null });
}

function requestedPrice(world: World, params: Params): Price | undefined {
  const data = params.object('price_data');
  if (data !== undefined) return createPrice(world, data);
  const id = params.string('price');
  return id === undefined ? undefined : resolvePrice(world, id, params.nameOf('price'));
}

/** Returns the terms of a change, which requests for subscriptions and for single items share. */
export function changeTerms(params: Params): Omit<ChangeInput, 'edits' | 'endsTrial'> {
  return {
    prorationBehavior: params.oneOf('proration_behavior', prorationBehaviors) ?? 'create_prorations',
    prorationDate: params.integer('proration_date') ?? null,
    paymentBehavior: params.oneOf('payment_behavior', paymentBehaviors) ?? 'allow_incomplete',
    anchorNow: anchorOf(params) === 'now',
  };
}

/** Returns the billing cycle anchor, which is an object since 2026-09-30 and a string before. */
export function anchorOf(params: Params): 'now' | 'unchanged' | undefined {
  const value = params.raw('billing_cycle_anchor');
  if (value === undefined) return undefined;
  const anchors = ['now', 'unchanged'] as const;
  const holder = typeof value === 'string' ? params : params.object('billing_cycle_anchor');
  const anchor = holder?.oneOf(typeof value === 'string' ? 'billing_cycle_anchor' : 'type', anchors);
  if (anchor !== undefined) return anchor;
  throw invalidRequest({ message: 'Invalid billing_cycle_anchor', param: 'billing_cycle_anchor' });
}
