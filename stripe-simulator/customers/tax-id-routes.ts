/** The routes of a customer's tax ids. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { createTaxId, deleteTaxId, getTaxId } from './tax-ids.ts';

const PATH = '/v1/customers/:customer/tax_ids';

export const taxIdRoutes: readonly Route[] = [
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
