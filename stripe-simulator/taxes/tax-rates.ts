/** Creates and updates tax rates, and reads those that a request names. */
import type { TaxRate } from '../model/tax.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import {
  invalidParameter,
  invalidRequest,
  missingParameter,
  noSuch,
  notFound,
} from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** How many tax rates a subscription, an invoice or an item can have. */
const MAX_RATES = 5;

export function getTaxRate(world: World, id: string): TaxRate {
  const rate = world.store.taxRates.get(id);
  if (rate === undefined) throw notFound('tax rate', id);
  return rate;
}

export function createTaxRate(world: World, { params }: ApiRequest): TaxRate {
  const displayName = params.required('display_name');
  const inclusive = params.boolean('inclusive');
  if (inclusive === undefined) throw missingParameter('inclusive');
  const percentage = percentageOf(params);
  const row: TaxRate = {
    id: world.ids.next('txr_'),
    object: 'tax_rate',
    active: params.boolean('active') ?? true,
    country: params.string('country') ?? null,
    created: world.seconds(),
    description: params.string('description') ?? null,
    display_name: displayName,
    effective_percentage: null,
    flat_amount: null,
    inclusive,
    jurisdiction: params.string('jurisdiction') ?? null,
    jurisdiction_level: null,
    livemode: false,
    metadata: mergeMetadata({}, params),
    percentage,
    rate_type: null,
    state: params.string('state') ?? null,
    tax_type: params.string('tax_type') ?? null,
  };
  return add(world, world.store.taxRates, { row, event: 'tax_rate.created' });
}

function percentageOf(params: Params): number {
  const text = params.required('percentage');
  const percentage = Number(text);
  if (/^\d+(\.\d{1,4})?$/.test(text) && percentage <= 100) return percentage;
  throw invalidParameter({
    message: 'The percentage must be between 0 and 100, with at most 4 decimal places.',
    param: 'percentage',
  });
}

/** The percentage and whether it is inclusive never change. */
export function updateTaxRate(world: World, { id, params }: ApiRequest): TaxRate {
  const current = getTaxRate(world, id);
  const patch: Partial<TaxRate> = { metadata: mergeMetadata(current.metadata, params) };
  const active = params.boolean('active');
  if (active !== undefined) patch.active = active;
  const name = params.string('display_name');
  if (name !== undefined) patch.display_name = name;
  for (const field of ['country', 'description', 'jurisdiction', 'state', 'tax_type'] as const) {
    const value = params.nullable(field);
    if (value !== undefined) patch[field] = value;
  }
  return change(world, world.store.taxRates, { id, patch, event: 'tax_rate.updated' });
}

/** Returns the rates that a parameter names. Undefined if it is absent, and none if it is empty. */
export function taxRatesOf(world: World, params: Params, name: string): readonly TaxRate[] | undefined {
  const ids = params.strings(name);
  if (ids === undefined) return undefined;
  const param = params.nameOf(name);
  if (ids.length > MAX_RATES) {
    throw invalidRequest({ message: `You can apply at most ${MAX_RATES} tax rates.`, param });
  }
  return ids.map((id) => {
    const rate = world.store.taxRates.get(id);
    if (rate === undefined) throw noSuch('tax rate', { id, param });
    if (rate.active) return rate;
    throw invalidRequest({ message: `The tax rate ${id} is archived and cannot be applied.`, param });
  });
}
