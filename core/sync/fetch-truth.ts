/** How things stand at Stripe for one user, over all of the user's customers. */
import type { SubscriptionList, SubscriptionReader } from '../billing/billing.ts';
import { type Found, type ProjectionAlarm, project } from '../entitlement/project.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { Hint } from './hint.ts';

export interface Truth {
  readonly found: Found;
  /** The earliest of the answers' times, in unix seconds by Stripe's clock; null if any of them had none. */
  readonly asOf: number | null;
}

export interface TruthServices {
  readonly billing: SubscriptionReader;
  readonly log: Log;
}

export interface Question {
  readonly customerIds: readonly string[];
  /** Whether to look for money that went back: it costs several calls, and seldom is any. */
  readonly looksForReversal: (subscriptionId: string) => boolean;
}

export async function fetchTruth(services: TruthServices, hint: Hint, question: Question): Promise<Truth> {
  const lists = await Promise.all(question.customerIds.map((id) => subscriptionsOf(services, hint, id)));
  const answers = lists.filter((list) => list !== undefined);
  const { state, alarms } = project(answers.flatMap((list) => list.subscriptions));
  for (const alarm of alarms) raise(services.log, hint, alarm);
  const customers = answers.flatMap(({ subscriptions }) => ownersOfLive(subscriptions));
  const { subscriptionId } = state;
  const asked = subscriptionId !== null && state.plan !== null && question.looksForReversal(subscriptionId);
  const [features, reversal] = await Promise.all([
    featuresOf(services, hint, customers),
    asked ? services.billing.readReversal(subscriptionId) : ('not_asked' as const),
  ]);
  return { found: { subscriptions: state, features, reversal }, asOf: earliest(answers) };
}

/** Who has nothing that lives is entitled to nothing, and need not be asked for. */
function ownersOfLive(subscriptions: readonly Subscription[]): readonly string[] {
  const live = subscriptions.filter(({ status }) => meaningOf(status).alive);
  return [...new Set(live.map(({ customerId }) => customerId))];
}

async function featuresOf(
  services: TruthServices,
  hint: Hint,
  customerIds: readonly string[],
): Promise<readonly string[] | null> {
  const lists = await Promise.all(customerIds.map((id) => services.billing.listFeatures(id)));
  if (lists.includes('unavailable')) {
    services.log.warn('The key may not read what customers are entitled to; features stay unknown.', {
      metric: 'features_unavailable',
      event_id: hint.eventId,
    });
    return null;
  }
  const keys = lists.flatMap((list) => (list === 'unavailable' ? [] : list));
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
}

async function subscriptionsOf(
  services: TruthServices,
  hint: Hint,
  customerId: string,
): Promise<SubscriptionList | undefined> {
  const list = await services.billing.listSubscriptions(customerId);
  if (list !== 'missing') return list;
  // Gone customers have no subscriptions; but one that was never there means that the key and the webhook secret
  // are of different accounts, and believing it would lock everybody out.
  const ours = customerId === hint.customerId && !hint.customerDeleted;
  if (ours && (await services.billing.retrieveCustomer(customerId)).kind === 'missing') {
    throw new Fault({
      code: 'refused',
      system: 'stripe',
      operation: 'list subscriptions',
      reason: 'customer_not_in_account',
    });
  }
  return undefined;
}

function raise(log: Log, hint: Hint, alarm: ProjectionAlarm): void {
  const fields = { event_id: hint.eventId, subscription_id: alarm.subscriptionId, metric: alarm.kind };
  switch (alarm.kind) {
    case 'unknown_status':
      log.error('Stripe has a subscription status that is not known here; it gives no access.', {
        ...fields,
        stripe_status: alarm.status,
      });
      return;
    case 'missing_period':
      log.error('A live subscription carries no period end.', fields);
      if (alarm.fatal) {
        throw new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'read subscription' });
      }
  }
}

function earliest(lists: readonly SubscriptionList[]): number | null {
  const times = lists.map((list) => list.asOf);
  return times.reduce<number | null>(
    (a, b) => (a === null || b === null ? null : Math.min(a, b)),
    times[0] ?? null,
  );
}
