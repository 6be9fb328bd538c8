/** The routes of tax rates. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { createTaxRate, getTaxRate, updateTaxRate } from './tax-rates.ts';

function listTaxRates(world: World, request: ApiRequest): object {
  const { params } = request;
  const active = params.boolean('active');
  const inclusive = params.boolean('inclusive');
  const created = timeFilter(params, 'created');
  return listPage(request, world.store.taxRates, {
    noun: 'tax rate',
    keep: (row) =>
      (active === undefined || row.active === active) &&
      (inclusive === undefined || row.inclusive === inclusive) &&
      created(row.created),
  });
}

export const taxRateRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/tax_rates', operation: createTaxRate },
  { method: 'GET', path: '/v1/tax_rates', operation: listTaxRates },
  { method: 'GET', path: '/v1/tax_rates/:rate', operation: (world, { id }) => getTaxRate(world, id) },
  { method: 'POST', path: '/v1/tax_rates/:rate', operation: updateTaxRate },
];
