/** The routes of setup intents. */
import { checkCustomerFilter } from '../customers/customers.ts';
import { checkSecret, getSetupIntent } from '../payment-intents/intent-lookup.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { cancelSetup, confirmSetup, createSetup, updateSetup, verifySetup } from './setup-operations.ts';

function listSetups(world: World, request: ApiRequest): object {
  checkCustomerFilter(world, request.params.string('customer'));
  return listPage(request, world.store.setupIntents, {
    noun: 'setupintent',
    keep: filterOf(request.params, {
      texts: { customer: (row) => row.customer, payment_method: (row) => row.payment_method },
      times: { created: (row) => row.created },
    }),
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
