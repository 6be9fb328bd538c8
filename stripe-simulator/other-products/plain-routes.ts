/** The routes of the objects that are kept as the request describes them. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { deauthorizeAccount } from './accounts.ts';
import { emptyListRoutes } from './empty-lists.ts';
import { accountKind, plainKinds } from './plain-kinds.ts';
import { createPlain, getPlain, type PlainKind, plainFilter, updatePlain } from './plain-objects.ts';
import { reverseTransfer } from './transfers.ts';
import { cancelVerification, redactVerification } from './verifications.ts';

function routesOf(kind: PlainKind): readonly Route[] {
  const { path, object } = kind;
  const routes: Route[] = [
    { method: 'POST', path, operation: (world, request) => createPlain(world, kind, request) },
    {
      method: 'GET',
      path,
      operation: (world, request) =>
        listPage(request, world.store.plainObjects, {
          noun: object,
          keep: plainFilter(kind, request.params),
        }),
    },
    { method: 'GET', path: `${path}/:id`, operation: (world, { id }) => getPlain(world, kind, id) },
  ];
  if (kind.updated !== undefined)
    routes.push({
      method: 'POST',
      path: `${path}/:id`,
      operation: (world, request) => updatePlain(world, kind, request),
    });
  return routes;
}

export const plainRoutes: readonly Route[] = [
  ...emptyListRoutes,
  ...plainKinds.flatMap(routesOf),
  { method: 'DELETE', path: `${accountKind.path}/:id`, operation: deauthorizeAccount },
  { method: 'POST', path: '/v1/transfers/:id/reversals', operation: reverseTransfer },
  {
    method: 'POST',
    path: '/v1/identity/verification_sessions/:id/cancel',
    operation: cancelVerification,
  },
  {
    method: 'POST',
    path: '/v1/identity/verification_sessions/:id/redact',
    operation: redactVerification,
  },
];
