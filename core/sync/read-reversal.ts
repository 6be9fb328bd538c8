/** Reads the reversal of a subscription, and warns if it stays unknown. */
import type { ReversalReading, SubscriptionReader } from '../billing/billing.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { Log } from '../system/log.ts';

export interface ReversalServices {
  readonly billing: Pick<SubscriptionReader, 'readReversal'>;
  readonly planOrder: PlanOrder;
  readonly log: Log;
}

export async function readReversal(
  { billing, planOrder, log }: ReversalServices,
  subscriptionId: string,
  known?: Subscription,
): Promise<ReversalReading> {
  const reading = await billing.readReversal(subscriptionId, { planOrder, known });
  if (reading === 'unclear') {
    log.warn('The period has too many invoices to find the one that began it; its refunds are unknown.', {
      metric: 'reversal_unclear',
      subscription_id: subscriptionId,
    });
  }
  return reading;
}
