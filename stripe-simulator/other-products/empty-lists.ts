/** Lists of what nothing here brings about, for programs that read everything: tax IDs, and early fraud warnings. */
import { pageOf } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';

/** Whatever a filter says, nothing passes it. */
function emptyList(
  path: string,
  { noun, filters }: { noun: string; filters: readonly string[] },
): readonly Route[] {
  return [
    {
      method: 'GET',
      path,
      operation: (_world, request: ApiRequest) => {
        for (const name of filters) request.params.raw(name);
        return pageOf(request, [], noun);
      },
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      operation: (_world, { id }) => {
        throw notFound(noun, id);
      },
    },
  ];
}

export const emptyListRoutes: readonly Route[] = [
  ...emptyList('/v1/tax_ids', { noun: 'tax_id', filters: ['owner'] }),
  ...emptyList('/v1/radar/early_fraud_warnings', {
    noun: 'early fraud warning',
    filters: ['charge', 'created', 'payment_intent'],
  }),
];
