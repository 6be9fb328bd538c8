/** The routes of setup intents. */
import { checkCustomerFilter } from '../customers/customers.ts';
import { checkSecret, getSetupIntent } from '../payment-intents/intent-lookup.ts';
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { cancelSetup, confirmSetup, createSetup, updateSetup, verifySetup } from './setup-operations.ts';

function listSetups(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  const method = params.string('payment_method');
  const created = timeFilter(params, 'created');
  checkCustomerFilter(world, customer);
  return listPage(request, world.store.setupIntents, {
    noun: 'setupintent',
    keep: (row) =>
      (customer === undefined || row.customer === customer) &&
      (method === undefined || row.payment_method === method) &&
      created(row.created),
  });
}

const PATH = '/v1/setup_intents';

export const setupRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, operation: createSetup },
  { method: 'GET', path: PATH, operation: listSetups },
  {
    method: 'GET',
    path: `${PATH}/:intent`,
    operation: (world, request) => checkSecret(request, getSetupIntent(world, request.id)),
    publishable: 'client_secret',
  },
  { method: 'POST', path: `${PATH}/:intent`, operation: updateSetup },
  {
    method: 'POST',
    path: `${PATH}/:intent/confirm`,
    operation: confirmSetup,
    publishable: 'client_secret',
  },
  { method: 'POST', path: `${PATH}/:intent/cancel`, operation: cancelSetup },
  {
    method: 'POST',
    path: `${PATH}/:intent/verify_microdeposits`,
    operation: verifySetup,
    publishable: 'client_secret',
  },
];
