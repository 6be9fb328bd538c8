/** `automatic_tax`: the rate of the customer's country, by a table instead of Stripe's calculation. */
import type { Price } from '../model/catalog.ts';
import type { Invoice, InvoiceLine } from '../model/invoice.ts';
import type { AutomaticTax, TaxRate } from '../model/tax.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { type CountryRate, countryRate } from './country-rates.ts';

/** Reads `automatic_tax[enabled]`. */
export function automaticTaxIn(params: Params): boolean | undefined {
  return params.object('automatic_tax')?.boolean('enabled');
}

export function automaticTaxRecord(enabled: boolean): AutomaticTax {
  return { disabled_reason: null, enabled, liability: enabled ? { type: 'self' } : null };
}

interface Location {
  readonly country: string;
  readonly state: string | null;
}

/** Returns where a customer pays taxes: at the address of the shipping, or at the own one. */
export function locationOf(world: World, customer: string): Location | undefined {
  const row = world.store.customers.get(customer);
  const shipping = addressIn((row?.shipping as { address?: unknown } | null)?.address);
  return shipping ?? addressIn(row?.address);
}

function addressIn(value: unknown): Location | undefined {
  const address = value as { country?: unknown; state?: unknown } | null | undefined;
  if (typeof address?.country !== 'string' || !/^[A-Za-z]{2}$/.test(address.country)) return undefined;
  const state = typeof address.state === 'string' && address.state !== '' ? address.state : null;
  return { country: address.country.toUpperCase(), state: state?.toUpperCase() ?? null };
}

/** Throws Stripe's error for a customer without an address. */
export function requireLocation(world: World, customer: string): void {
  if (locationOf(world, customer) !== undefined) return;
  throw invalidRequest({
    message:
      "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.",
    code: 'customer_tax_location_invalid',
  });
}

export function automaticTaxOf(
  world: World,
  { customer, enabled }: { readonly customer: string; readonly enabled: boolean },
): Invoice['automatic_tax'] {
  if (!enabled) {
    return { disabled_reason: null, enabled, liability: null, provider: null, status: null };
  }
  const status = locationOf(world, customer) === undefined ? 'requires_location_inputs' : 'complete';
  return { disabled_reason: null, enabled, liability: { type: 'self' }, provider: 'stripe', status };
}

/** Returns the rate that applies to a line. */
export function automaticRates(world: World, customer: string, line: InvoiceLine): readonly TaxRate[] {
  const price = world.store.prices.get(line.pricing?.price_details.price ?? '');
  const { currency } = line;
  return ratesAt(world, customer, { currency, tax_behavior: price?.tax_behavior ?? 'unspecified' });
}

/** Returns the rate where a customer is. The price says whether its amount includes tax. */
export function ratesAt(
  world: World,
  customer: string,
  { currency, tax_behavior: behavior }: Pick<Price, 'currency' | 'tax_behavior'>,
): readonly TaxRate[] {
  const location = locationOf(world, customer);
  if (location === undefined) return [];
  // Without a behavior, Stripe follows the custom of the currency: taxes are added to dollars.
  const inclusive =
    behavior === 'unspecified' ? !['usd', 'cad'].includes(currency) : behavior === 'inclusive';
  return [storedRate(world, countryRate(location.country, location.state), inclusive)];
}

/** Stripe has a tax rate for each place and behavior. It is stored when it is first needed. */
function storedRate(world: World, place: CountryRate, inclusive: boolean): TaxRate {
  const { country, state, percentage, name, type } = place;
  // The place and the behavior are the id, so that a preview, which stores it too, changes no other id.
  const id = `txr_${country}${state ?? ''}${inclusive ? 'inclusive' : 'exclusive'}`;
  const found = world.store.taxRates.get(id);
  if (found !== undefined) return found;
  return world.store.taxRates.put({
    id,
    object: 'tax_rate',
    active: false,
    country,
    created: world.seconds(),
    description: null,
    display_name: name,
    effective_percentage: percentage,
    flat_amount: null,
    inclusive,
    jurisdiction: state ?? country,
    jurisdiction_level: state === null ? 'country' : 'state',
    livemode: false,
    metadata: {},
    percentage,
    rate_type: 'percentage',
    state,
    tax_type: type,
  });
}
