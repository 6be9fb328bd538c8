/**
 * Reads the features of a user's customers. They never decide on access, so nothing about them holds up the row that lets
 * in a user who has paid: no failure, no refusal, and no time that Stripe takes.
 */
import type { SubscriptionReader } from '../billing/billing.ts';
import { hasEnded } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { Clock } from '../system/clock.ts';
import { Fault, refusalIn } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

export interface FeatureServices {
  readonly billing: Pick<SubscriptionReader, 'listFeatures'>;
  readonly clock: Pick<Clock, 'within'>;
  readonly log: Log;
  /** What failed in this sync, by customer. A sync that loses a write repeats its other reads only. */
  readonly failedFeatures: Map<string, Fault>;
}

/** Far below the time of a request, in which the row must be written. A run of reconcile waits for its turn at Stripe. */
export const featureLimitsMs = { request: 2_500, reconcile: 20_000 } as const;

/**
 * Returns what the features of these subscriptions follow from, as text to compare: which of them continue, with which status
 * and which prices. A change of a product's own features arrives as an event.
 */
export function featureBasis(subscriptions: readonly Subscription[]): string {
  return subscriptions
    .filter(({ status }) => !hasEnded(status))
    .map(({ id, status, items }) => [id, status, ...items.map(({ priceId }) => priceId).sort()].join(' '))
    .sort()
    .join(', ');
}

/** Returns the sorted keys; null if Stripe refuses to show them; the failure if a later read can succeed. */
export async function readFeatures(
  services: FeatureServices,
  request: SyncRequest,
  customerIds: readonly string[],
): Promise<readonly string[] | null | Fault> {
  const ms = request.cause.kind === 'reconcile' ? featureLimitsMs.reconcile : featureLimitsMs.request;
  const lists = await Promise.all(customerIds.map((id) => listFeatures(services, id, ms)));
  const event_id = eventIdOf(request.cause);
  const refused = lists.find((list) => refusalIn(list) !== undefined);
  if (refused !== undefined) {
    services.log.warn(
      'Stripe refuses to list entitlements; features stay unknown.',
      { metric: 'features_unavailable', event_id },
      refused,
    );
    return null;
  }
  const failure = lists.find((list) => list instanceof Fault);
  if (failure !== undefined) return failure;
  if (lists.includes('unavailable')) {
    services.log.warn('The Stripe key has no permission to read entitlements; features stay unknown.', {
      metric: 'features_unavailable',
      event_id,
    });
    return null;
  }
  const keys = lists.flatMap((list) => (list instanceof Fault || list === 'unavailable' ? [] : list));
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
}

async function listFeatures(
  { billing, clock, failedFeatures }: FeatureServices,
  customerId: string,
  ms: number,
): Promise<readonly string[] | 'unavailable' | Fault> {
  const failed = failedFeatures.get(customerId);
  if (failed !== undefined) return failed;
  try {
    return await clock.within(ms, () => billing.listFeatures(customerId));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    failedFeatures.set(customerId, error);
    return error;
  }
}
