/** Ends what a checkout replaces: the user's own sessions and incomplete subscriptions, before anyone has paid. */
import type { IncompleteCanceler, SubscriptionEnder } from '../billing/billing.ts';
import { endIncomplete, expireSession, scheduleEnd } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { StripeState } from './decide.ts';
import { endsUnbilled, nextBillAt } from './returned.ts';
import type { CheckoutSessions } from './sessions.ts';

export interface ReplaceServices {
  readonly billing: IncompleteCanceler & SubscriptionEnder;
  readonly sessions: Pick<CheckoutSessions, 'expire'>;
}

const replaced: Evidence = { ownership: 'own', basis: { kind: 'own_work' } };

export function expire({ sessions }: Pick<ReplaceServices, 'sessions'>, sessionId: string) {
  return expireSession(sessions, { sessionId, evidence: replaced });
}

/** Returns whether every session expired. A session that was completed in the meantime cannot. */
export async function expireAll(
  services: Pick<ReplaceServices, 'sessions'>,
  ids: readonly string[],
): Promise<boolean> {
  const results = await Promise.all(ids.map((id) => expire(services, id)));
  return results.every((result) => result === 'expired');
}

/** Returns whether every incomplete subscription was canceled. One that was paid in the meantime is kept. */
export async function cancelAll(
  { billing }: Pick<ReplaceServices, 'billing'>,
  ids: readonly string[],
): Promise<boolean> {
  const results = await Promise.all(
    ids.map((subscriptionId) => endIncomplete(billing, { subscriptionId, evidence: replaced })),
  );
  return results.every((result) => result === 'canceled');
}

/** Lets what was returned end before it bills again, so that the user does not pay twice. Returns whether all of it will. */
export async function endReturned(
  { billing }: Pick<ReplaceServices, 'billing'>,
  { subscriptions, returned }: StripeState,
): Promise<boolean> {
  const continuing = subscriptions.filter((one) => returned?.has(one.id) === true && !endsUnbilled(one));
  const results = await Promise.all(
    continuing.map((one) => {
      const hasOnePeriod = new Set(one.items.map(({ periodEnd }) => periodEnd)).size <= 1;
      const at = hasOnePeriod ? null : nextBillAt(one);
      return scheduleEnd(billing, { subscriptionId: one.id, at, evidence: replaced });
    }),
  );
  return results.every((result) => result === 'scheduled');
}
