/** The routes of subscriptions. */

import type { Subscription } from '../model/subscription.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { anchorOf } from './change-params.ts';
import { billOutstanding, creditUnused } from './final-invoice.ts';
import { billProrations } from './renewal.ts';
import { pauseSubscription, resumeSubscription } from './resumption.ts';
import { createSubscription } from './subscription-create.ts';
import { endSubscription } from './subscription-end.ts';
import { getSubscription, listSubscriptions } from './subscription-lookup.ts';
import { isEnded } from './subscription-record.ts';
import { updateSubscription } from './subscription-update.ts';

function cancelSubscription(world: World, { id, params }: ApiRequest): Subscription {
  const current = getSubscription(world, id);
  // Stripe returns 404 when an ended subscription is canceled again.
  if (isEnded(current)) throw notFound('subscription', id);
  const details = params.object('cancellation_details');
  const isBilled = current.status !== 'trialing' && current.status !== 'incomplete';
  if (isBilled && params.boolean('prorate') === true) creditUnused(world, current);
  if (isBilled && params.boolean('invoice_now') === true) billOutstanding(world, current);
  return endSubscription(world, getSubscription(world, id), {
    comment: details?.string('comment') ?? null,
    feedback: details?.string('feedback') ?? null,
    reason: 'cancellation_requested',
  });
}

function pauseOperation(world: World, { id, params }: ApiRequest): Subscription {
  const current = getSubscription(world, id);
  requireStatus(current, ['active', 'past_due', 'trialing', 'unpaid'], 'paused');
  if (current.billing_mode.type !== 'flexible') {
    throw invalidRequest({ message: 'Only subscriptions with billing_mode flexible can be paused.' });
  }
  const unused = params.object('bill_for')?.object('unused_time_from');
  const credits = unused !== undefined && unused.string('type') !== 'none';
  if (credits) creditUnused(world, current);
  const paused = pauseSubscription(world, current);
  if (credits && params.string('invoicing_behavior') === 'invoice') billProrations(world, paused);
  return getSubscription(world, id);
}

function resumeOperation(world: World, { id, params }: ApiRequest): Subscription {
  const current = getSubscription(world, id);
  requireStatus(current, ['paused'], 'resumed');
  const behaviors = ['resume_on_payment_attempt', 'resume_on_payment_success'] as const;
  return resumeSubscription(world, current, {
    anchor: anchorOf(params) ?? 'now',
    behavior: params.oneOf('payment_behavior', behaviors) ?? 'resume_on_payment_attempt',
  });
}

function requireStatus(current: Subscription, statuses: readonly string[], action: string): void {
  if (statuses.includes(current.status)) return;
  throw invalidRequest({
    message: `A subscription with the status \`${current.status}\` cannot be ${action}.`,
  });
}

export const subscriptionRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/subscriptions', operation: createSubscription },
  { method: 'GET', path: '/v1/subscriptions', operation: listSubscriptions },
  searchRoute('/v1/subscriptions', (world) => world.store.subscriptions, {
    canceled_at: (row) => row.canceled_at,
    created: (row) => row.created,
    status: (row) => row.status,
  }),
  {
    method: 'GET',
    path: '/v1/subscriptions/:subscription',
    operation: (world, { id }) => getSubscription(world, id),
  },
  { method: 'POST', path: '/v1/subscriptions/:subscription', operation: updateSubscription },
  { method: 'DELETE', path: '/v1/subscriptions/:subscription', operation: cancelSubscription },
  { method: 'POST', path: '/v1/subscriptions/:subscription/pause', operation: pauseOperation },
  { method: 'POST', path: '/v1/subscriptions/:subscription/resume', operation: resumeOperation },
];
