/** Adds tax ids to customers, verifies them as Stripe's test mode does, and removes them. */
import type { TaxId } from '../model/tax-id.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import { add, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { taxIdTypes, verifiedTypes } from './tax-id-types.ts';

/** Stripe stores no more for one customer. */
const MAX_TAX_IDS = 5;

/** The numbers of Stripe's test mode, whatever the country before them. */
const testNumbers: Readonly<Record<string, TaxId['verification']['status']>> = {
  '000000000': 'verified',
  '111111111': 'unverified',
  '222222222': 'pending',
};

export function createTaxId(world: World, { id: customer, params }: ApiRequest): TaxId {
  if (world.store.customers.get(customer) === undefined) throw notFound('customer', customer);
  const type = params.required('type');
  params.oneOf('type', taxIdTypes);
  const value = params.required('value');
  checkForm(type, value);
  if (world.store.taxIds.where('customer', customer).length >= MAX_TAX_IDS) {
    throw invalidRequest({ message: `A customer can have at most ${MAX_TAX_IDS} tax IDs.` });
  }
  const row: TaxId = {
    id: world.ids.next('txi_'),
    object: 'tax_id',
    country: countryOf(type, value),
    created: world.seconds(),
    customer,
    customer_account: null,
    livemode: false,
    owner: { customer, customer_account: null, type: 'customer' },
    type,
    value,
    verification: { status: statusOf(type, value), verified_address: null, verified_name: null },
  };
  return add(world, world.store.taxIds, { row, event: 'customer.tax_id.created' });
}

/** Only the forms that an app is likely to send are checked. */
function checkForm(type: string, value: string): void {
  const isRight = type === 'eu_vat' ? /^[A-Z]{2}[0-9A-Z+*]{2,12}$/.test(value) : value.trim() !== '';
  if (isRight) return;
  throw invalidRequest({ message: `Invalid value for ${type}.`, code: 'tax_id_invalid', param: 'value' });
}

function countryOf(type: string, value: string): string | null {
  const country = type.startsWith('eu_') ? value.slice(0, 2) : type.slice(0, 2).toUpperCase();
  return /^[A-Z]{2}$/.test(country) ? country : null;
}

function statusOf(type: string, value: string): TaxId['verification']['status'] {
  if (!verifiedTypes.has(type)) return 'unavailable';
  return testNumbers[value.replace(/^[A-Z]{2}/, '')] ?? 'pending';
}

export function getTaxId(world: World, { id: customer, subId: id }: ApiRequest): TaxId {
  const found = world.store.taxIds.get(id);
  if (found === undefined || found.customer !== customer) throw notFound('tax_id', id);
  return found;
}

export function deleteTaxId(world: World, request: ApiRequest): object {
  const found = getTaxId(world, request);
  world.store.taxIds.delete(found.id);
  emit(world, 'customer.tax_id.deleted', { object: found });
  return { id: found.id, object: 'tax_id', deleted: true };
}
