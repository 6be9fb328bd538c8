/** Finds subscriptions by id and by the filters of the list. */

import { checkCustomerFilter } from '../customers/customers.ts';
import type { Subscription } from '../model/subscription.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

export function getSubscription(world: World, id: string): Subscription {
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined) throw notFound('subscription', id);
  return subscription;
}

const statuses: readonly string[] = [
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
];

export function listSubscriptions(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  checkCustomerFilter(world, customer);
  const price = params.string('price');
  const plan = params.string('plan');
  params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  const matches = filterOf<Subscription>(params, {
    texts: { collection_method: (row) => row.collection_method, customer: (row) => row.customer },
    times: {
      created: (row) => row.created,
      current_period_end: (row) => row.items.data[0]?.current_period_end ?? null,
      current_period_start: (row) => row.items.data[0]?.current_period_start ?? null,
    },
  });
  const isTaxed = filterOf<Subscription>(params.object('automatic_tax'), {
    flags: { enabled: (row) => row.automatic_tax.enabled },
  });
  const clock = params.string('test_clock') ?? null;
  // Subscriptions on a test clock are listed only when their clock or customer is requested.
  const onClock = (row: Subscription) =>
    row.test_clock === clock || (clock === null && customer !== undefined);
  const hasStatus = statusFilter(params.string('status'));
  return listPage(request, world.store.subscriptions, {
    noun: 'subscription',
    keep: (row) =>
      onClock(row) &&
      matches(row) &&
      isTaxed(row) &&
      [price, plan].every((id) => id === undefined || row.items.data.some((item) => item.price.id === id)) &&
      hasStatus(row),
  });
}

/** Returns the filter for a status. Without a status, canceled subscriptions are omitted. */
function statusFilter(status: string | undefined): (row: Subscription) => boolean {
  if (status === undefined) return (row) => row.status !== 'canceled';
  if (!statuses.includes(status)) {
    throw invalidRequest({
      message: `Invalid status: must be one of ${statuses.join(', ')}`,
      param: 'status',
    });
  }
  if (status === 'all') return () => true;
  if (status === 'ended') return (row) => row.status === 'canceled' || row.status === 'incomplete_expired';
  return (row) => row.status === status;
}
