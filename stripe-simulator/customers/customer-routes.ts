/** The routes of customers. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
import { createCustomer, deleteCustomer, retrieveCustomer, updateCustomer } from './customers.ts';

export const customerRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/customers', operation: createCustomer },
  {
    method: 'GET',
    path: '/v1/customers',
    operation: (world, request) => {
      const email = request.params.string('email');
      const clock = request.params.string('test_clock') ?? null;
      const created = timeFilter(request.params, 'created');
      return listPage(request, world.store.customers, {
        noun: 'customer',
        // Stripe's email filter is case-sensitive.
        keep: (row) =>
          row.test_clock === clock && (email === undefined || row.email === email) && created(row.created),
      });
    },
  },
  searchRoute('/v1/customers', (world) => world.store.customers, {
    created: (row) => row.created,
    email: (row) => row.email,
    name: (row) => row.name,
    phone: (row) => row.phone,
  }),
  { method: 'GET', path: '/v1/customers/:customer', operation: retrieveCustomer },
  { method: 'POST', path: '/v1/customers/:customer', operation: updateCustomer },
  { method: 'DELETE', path: '/v1/customers/:customer', operation: deleteCustomer },
];
