/** Early fraud warnings, which nothing here brings about, for programs that read everything. */
import { pageOf } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';

const PATH = '/v1/radar/early_fraud_warnings';
const NOUN = 'early fraud warning';

export const emptyListRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: PATH,
    operation: (_world, request) => {
      // Whatever a filter says, nothing passes it.
      for (const name of ['charge', 'created', 'payment_intent']) request.params.raw(name);
      return pageOf(request, [], NOUN);
    },
  },
  {
    method: 'GET',
    path: `${PATH}/:id`,
    operation: (_world, { id }) => {
      throw notFound(NOUN, id);
    },
  },
];
