/** The routes of a customer's balance. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { createBalanceTransaction, getBalanceTransaction, updateBalanceTransaction } from './balance.ts';

const PATH = '/v1/customers/:customer/balance_transactions';

export const balanceRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, operation: createBalanceTransaction },
  {
    method: 'GET',
    path: PATH,
    operation: (world, request) => {
      if (world.store.customers.get(request.id) === undefined) throw notFound('customer', request.id);
      return listPage(request, world.store.balanceTransactions, {
        noun: 'customer balance transaction',
        keep: (row) => row.customer === request.id,
      });
    },
  },
  { method: 'GET', path: `${PATH}/:transaction`, operation: getBalanceTransaction },
  { method: 'POST', path: `${PATH}/:transaction`, operation: updateBalanceTransaction },
];
