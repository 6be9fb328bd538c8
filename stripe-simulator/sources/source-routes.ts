/** The routes of card sources, tokens and confirmation tokens. */
import type { Route } from '../protocol/route.ts';
import {
  addSource,
  createConfirmationToken,
  createToken,
  deleteSource,
  getSource,
  getToken,
  listSources,
  updateSource,
} from './source-operations.ts';

const SOURCES = '/v1/customers/:customer/sources';

export const sourceRoutes: readonly Route[] = [
  { method: 'POST', path: SOURCES, operation: addSource },
  { method: 'GET', path: SOURCES, operation: listSources },
  { method: 'GET', path: `${SOURCES}/:source`, operation: getSource },
  { method: 'POST', path: `${SOURCES}/:source`, operation: updateSource },
  { method: 'DELETE', path: `${SOURCES}/:source`, operation: deleteSource },
  { method: 'POST', path: '/v1/tokens', operation: createToken, publishable: 'open' },
  { method: 'GET', path: '/v1/tokens/:token', operation: getToken, publishable: 'open' },
  {
    method: 'POST',
    path: '/v1/confirmation_tokens',
    operation: createConfirmationToken,
    publishable: 'open',
  },
  {
    method: 'POST',
    path: '/v1/test_helpers/confirmation_tokens',
    operation: createConfirmationToken,
  },
];
