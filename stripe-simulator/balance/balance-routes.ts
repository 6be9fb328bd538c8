/** The routes of the balance, its transactions and payouts. */
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { asOfNow, balanceOf } from './balance-transactions.ts';
import { cancelPayout, createPayout, getPayout, updatePayout } from './payouts.ts';

function getTransaction(world: World, { id }: ApiRequest): object {
  const row = world.store.accountTransactions.get(id);
  if (row === undefined) throw notFound('balance_transaction', id);
  return asOfNow(world, row);
}

function listTransactions(world: World, request: ApiRequest): object {
  const page = listPage(request, world.store.accountTransactions, {
    noun: 'balance_transaction',
    keep: filterOf(request.params, {
      texts: { currency: (row) => row.currency, source: (row) => row.source, type: (row) => row.type },
      times: { created: (row) => row.created },
    }),
  });
  return { ...page, data: page.data.map((row) => asOfNow(world, row)) };
}

function listPayouts(world: World, request: ApiRequest): object {
  return listPage(request, world.store.payouts, {
    noun: 'payout',
    keep: filterOf(request.params, {
      texts: { destination: (row) => row.destination, status: (row) => row.status },
      times: { arrival_date: (row) => row.arrival_date, created: (row) => row.created },
    }),
  });
}

export const accountBalanceRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/balance', operation: balanceOf },
  { method: 'GET', path: '/v1/balance_transactions', operation: listTransactions },
  { method: 'GET', path: '/v1/balance_transactions/:transaction', operation: getTransaction },
  { method: 'POST', path: '/v1/payouts', operation: createPayout },
  { method: 'GET', path: '/v1/payouts', operation: listPayouts },
  { method: 'GET', path: '/v1/payouts/:payout', operation: (world, { id }) => getPayout(world, id) },
  { method: 'POST', path: '/v1/payouts/:payout', operation: updatePayout },
  { method: 'POST', path: '/v1/payouts/:payout/cancel', operation: cancelPayout },
];
