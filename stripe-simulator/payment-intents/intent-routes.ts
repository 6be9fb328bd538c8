/** The routes of payment intents. */
import { checkCustomerFilter } from '../customers/customers.ts';
import type { PaymentIntent } from '../model/payment.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
import type { World } from '../world/world.ts';
import { cashBalance, fundOperation } from './bank-transfer.ts';
import { verifyOperation } from './intent-authentication.ts';
import { cancelOperation, captureOperation, incrementOperation } from './intent-capture.ts';
import { confirmOperation } from './intent-confirm.ts';
import { createOperation, updateOperation } from './intent-create.ts';
import { checkSecret, getIntent } from './intent-lookup.ts';

function retrieve(world: World, request: ApiRequest): PaymentIntent {
  return checkSecret(request, getIntent(world, request.id));
}

function listIntents(world: World, request: ApiRequest): object {
  checkCustomerFilter(world, request.params.string('customer'));
  return listPage(request, world.store.paymentIntents, {
    noun: 'payment_intent',
    keep: filterOf(request.params, {
      texts: { customer: (row) => row.customer },
      times: { created: (row) => row.created },
    }),
  });
}

const PATH = '/v1/payment_intents';

export const intentRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, operation: createOperation },
  { method: 'GET', path: PATH, operation: listIntents },
  searchRoute<PaymentIntent>(PATH, (world) => world.store.paymentIntents, {
    amount: (row) => row.amount,
    created: (row) => row.created,
    currency: (row) => row.currency,
    customer: (row) => row.customer,
    status: (row) => row.status,
  }),
  { method: 'GET', path: `${PATH}/:intent`, operation: retrieve, publishable: 'client_secret' },
  { method: 'POST', path: `${PATH}/:intent`, operation: updateOperation },
  {
    method: 'POST',
    path: `${PATH}/:intent/confirm`,
    operation: confirmOperation,
    publishable: 'client_secret',
  },
  { method: 'POST', path: `${PATH}/:intent/capture`, operation: captureOperation },
  { method: 'POST', path: `${PATH}/:intent/cancel`, operation: cancelOperation },
  { method: 'POST', path: `${PATH}/:intent/increment_authorization`, operation: incrementOperation },
  {
    method: 'POST',
    path: `${PATH}/:intent/verify_microdeposits`,
    operation: verifyOperation,
    publishable: 'client_secret',
  },
  {
    method: 'GET',
    path: '/v1/customers/:customer/cash_balance',
    operation: (world, { id }) => cashBalance(world, id),
  },
  {
    method: 'POST',
    path: '/v1/test_helpers/customers/:customer/fund_cash_balance',
    operation: fundOperation,
  },
];
