/** The routes of charges. */
import { checkCustomerFilter } from '../customers/customers.ts';
import type { Charge } from '../model/payment.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { type SearchIndex, searchRoute } from '../protocol/search-page.ts';
import type { World } from '../world/world.ts';
import { captureCharge, createCharge, updateCharge } from './charge-operations.ts';
import { getCharge } from './charges.ts';

function listCharges(world: World, request: ApiRequest): object {
  checkCustomerFilter(world, request.params.string('customer'));
  return listPage(request, world.store.charges, {
    noun: 'charge',
    keep: filterOf(request.params, {
      texts: {
        customer: (row) => row.customer,
        payment_intent: (row) => row.payment_intent,
        transfer_group: (row) => row.transfer_group,
      },
      times: { created: (row) => row.created },
    }),
  });
}

/** `payment_method_details.card.last4` and its like. */
function cardFields(names: readonly string[]): SearchIndex<Charge>['fields'] {
  const read = (name: string) => (row: Charge) => {
    const { card } = row.payment_method_details as { readonly card?: Readonly<Record<string, unknown>> };
    const value = card?.[name];
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  };
  return Object.fromEntries(names.map((name) => [`payment_method_details.card.${name}`, read(name)]));
}

function update(world: World, { id, params }: ApiRequest): Charge {
  const charge = getCharge(world, id);
  return updateCharge(world, charge, {
    description: params.has('description') ? (params.string('description') ?? null) : charge.description,
    metadata: mergeMetadata(charge.metadata, params),
    receipt_email: params.has('receipt_email')
      ? (params.string('receipt_email') ?? null)
      : charge.receipt_email,
    shipping: params.has('shipping') ? params.raw('shipping') : charge.shipping,
    transfer_group: params.string('transfer_group') ?? charge.transfer_group,
  });
}

export const chargeRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/charges', operation: createCharge },
  { method: 'GET', path: '/v1/charges', operation: listCharges },
  searchRoute<Charge>('/v1/charges', (world) => world.store.charges, {
    amount: (row) => row.amount,
    created: (row) => row.created,
    currency: (row) => row.currency,
    customer: (row) => row.customer,
    disputed: (row) => String(row.disputed),
    ...cardFields(['brand', 'exp_month', 'exp_year', 'fingerprint', 'last4']),
    refunded: (row) => String(row.refunded),
    status: (row) => row.status,
  }),
  { method: 'GET', path: '/v1/charges/:charge', operation: (world, { id }) => getCharge(world, id) },
  { method: 'POST', path: '/v1/charges/:charge', operation: update },
  {
    method: 'POST',
    path: '/v1/charges/:charge/capture',
    operation: (world, { id, params }) =>
      captureCharge(world, getCharge(world, id), params.integer('amount')),
  },
];
