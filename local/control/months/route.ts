/** The route of the picture of months. */
import { rowOf } from '../../../adapters/dynamodb/entitlement-item.ts';
import type { ControlRoute } from '../routes.ts';
import { readRevenueCat, readStripe } from '../users/payers.ts';
import { readUser } from '../users/pool.ts';
import type { UserRoutesDeps } from '../users/user-routes.ts';
import { monthsOf } from './months.ts';
import { readEvents } from './read.ts';

export type MonthsDeps = Pick<UserRoutesDeps, 'clients' | 'policy' | 'facts' | 'nowSeconds'>;

export function monthsRoutes({ clients, policy, facts, nowSeconds }: MonthsDeps): readonly ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/users/:sub/months',
      run: async ({ params: { sub = '' } }) => {
        const stored = await readUser(clients, facts(), sub);
        const [{ subscriptions, invoices }, { purchases }, events] = await Promise.all([
          readStripe(clients, stored),
          readRevenueCat(clients, { projectId: facts().projectId, sub }),
          readEvents(clients),
        ]);
        return monthsOf({
          nowSeconds: nowSeconds(),
          policy,
          row: stored.row === undefined ? undefined : rowOf(sub, stored.row),
          subscriptions,
          invoices,
          purchases,
          ...events,
        });
      },
    },
  ];
}
