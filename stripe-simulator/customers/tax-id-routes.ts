/** The routes of a customer's tax ids, and of those of the account, which has none. */
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { createTaxId, deleteTaxId, getTaxId } from './tax-ids.ts';

const PATH = '/v1/customers/:customer/tax_ids';

/** Lists the tax ids of the account, unless the owner is a customer. */
function listOwned({ store }: World, request: ApiRequest): object {
  const owner = request.params.object('owner');
  const type = owner?.oneOf('type', ['account', 'application', 'customer', 'self']);
  const customer = type === 'customer' ? owner?.required('customer') : undefined;
  return listPage(request, store.taxIds, {
    noun: 'tax_id',
    keep: (row) => customer !== undefined && row.customer === customer,
  });
}

export const taxIdRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/tax_ids', operation: listOwned },
  {
    method: 'GET',
    path: '/v1/tax_ids/:tax_id',
    operation: ({ store }, { id }) => {
      const found = store.taxIds.get(id);
      if (found === undefined) throw notFound('tax_id', id);
      return found;
    },
  },
  { method: 'POST', path: PATH, operation: createTaxId },
  {
    method: 'GET',
    path: PATH,
    operation: (world, request) => {
      if (world.store.customers.get(request.id) === undefined) throw notFound('customer', request.id);
      return listPage(request, world.store.taxIds, {
        noun: 'tax_id',
        keep: (row) => row.customer === request.id,
      });
    },
  },
  { method: 'GET', path: `${PATH}/:tax_id`, operation: getTaxId },
  { method: 'DELETE', path: `${PATH}/:tax_id`, operation: deleteTaxId },
];
