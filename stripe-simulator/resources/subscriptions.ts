/** The routes of subscriptions and their items. */
import { endSubscription } from '../billing/subscription-end.ts';
import { isEnded } from '../billing/subscription-record.ts';
import type { ApiRequest, Route } from '../http/route.ts';
import { searchPage } from '../http/search-page.ts';
import { notFound } from '../http/stripe-error.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import type { World } from '../world.ts';
import { createSubscription } from './subscription-create.ts';
import { listSubscriptions, subscriptionAt } from './subscription-lookup.ts';
import { updateSubscription } from './subscription-update.ts';

function cancelSubscription(world: World, { id, params }: ApiRequest): Subscription {
  const current = subscriptionAt(world, id);
  // Gone is gone: canceling twice finds nothing.
  if (isEnded(current)) throw notFound('subscription', id);
  const details = params.object('cancellation_details');
  return endSubscription(world, current, {
    comment: details?.string('comment') ?? null,
    feedback: details?.string('feedback') ?? null,
    reason: 'cancellation_requested',
  });
}

function listItems(world: World, { params, path }: ApiRequest): object {
  const subscription = subscriptionAt(world, params.required('subscription'));
  return { ...subscription.items, url: path };
}

function retrieveItem(world: World, { id }: ApiRequest): SubscriptionItem {
  for (const subscription of world.store.subscriptions.oldestFirst()) {
    const found = subscription.items.data.find((item) => item.id === id);
    if (found !== undefined) return found;
  }
  throw notFound('subscription_item', id);
}

export const subscriptionRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/subscriptions', operation: createSubscription },
  { method: 'GET', path: '/v1/subscriptions', operation: listSubscriptions },
  {
    method: 'GET',
    path: '/v1/subscriptions/search',
    operation: (world, request) =>
      searchPage(request, world.store.subscriptions, {
        created: (row) => row.created,
        status: (row) => row.status,
      }),
  },
  {
    method: 'GET',
    path: '/v1/subscriptions/:subscription',
    operation: (world, { id }) => subscriptionAt(world, id),
  },
  { method: 'POST', path: '/v1/subscriptions/:subscription', operation: updateSubscription },
  { method: 'DELETE', path: '/v1/subscriptions/:subscription', operation: cancelSubscription },
  { method: 'GET', path: '/v1/subscription_items', operation: listItems },
  { method: 'GET', path: '/v1/subscription_items/:item', operation: retrieveItem },
];
