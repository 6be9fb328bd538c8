/** The routes of subscription items. */

import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { pageOf } from '../protocol/list.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { changeTerms, itemEdit } from './change-params.ts';
import { changeItems } from './subscription-change.ts';
import { getSubscription } from './subscription-lookup.ts';
import { isEnded } from './subscription-record.ts';

function listItems(world: World, request: ApiRequest): object {
  const { items } = getSubscription(world, request.params.required('subscription'));
  return pageOf(request, items.data, 'subscription_item');
}

function retrieveItem(world: World, { id }: ApiRequest): SubscriptionItem {
  return itemIn(ownerOf(world, id), id);
}

function createItem(world: World, { params }: ApiRequest): SubscriptionItem {
  const id = params.required('subscription');
  const before = world.store.subscriptions.get(id);
  if (before === undefined) throw noSuch('subscription', { id, param: 'subscription' });
  if (!params.has('price') && !params.has('price_data')) throw missingParameter('price');
  edit(world, before, { params, id: undefined, deleted: false });
  const existing = new Set(before.items.data.map((item) => item.id));
  const after = getSubscription(world, id);
  const pending = after.pending_update?.subscription_items ?? [];
  const added = [...after.items.data, ...pending].find((item) => !existing.has(item.id));
  if (added === undefined) throw new Error(`The subscription ${id} has no new item after the change.`);
  return added;
}

function updateItem(world: World, { id, params }: ApiRequest): SubscriptionItem {
  const before = ownerOf(world, id);
  edit(world, before, { params, id, deleted: false });
  return itemIn(getSubscription(world, before.id), id);
}

function deleteItem(world: World, { id, params }: ApiRequest): object {
  const before = ownerOf(world, id);
  edit(world, before, { params, id, deleted: true });
  return { id, object: 'subscription_item', deleted: true };
}

function edit(
  world: World,
  subscription: Subscription,
  request: { params: Params; id: string | undefined; deleted: boolean },
): void {
  if (isEnded(subscription)) {
    throw invalidRequest({
      message: `The subscription ${subscription.id} has ended, so its items cannot be changed.`,
    });
  }
  const { params, id, deleted } = request;
  const edits = [{ ...itemEdit(world, params), id, deleted }];
  changeItems(world, subscription, { ...changeTerms(params), edits, endsTrial: false });
}

function ownerOf(world: World, item: string): Subscription {
  const [owner] = world.store.subscriptions.where('item', item);
  if (owner === undefined) throw notFound('subscription_item', item);
  return owner;
}

function itemIn(subscription: Subscription, id: string): SubscriptionItem {
  const item = subscription.items.data.find((candidate) => candidate.id === id);
  if (item === undefined) throw notFound('subscription_item', id);
  return item;
}

export const subscriptionItemRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/subscription_items', operation: createItem },
  { method: 'GET', path: '/v1/subscription_items', operation: listItems },
  { method: 'GET', path: '/v1/subscription_items/:item', operation: retrieveItem },
  { method: 'POST', path: '/v1/subscription_items/:item', operation: updateItem },
  { method: 'DELETE', path: '/v1/subscription_items/:item', operation: deleteItem },
];
