/** Reads the reversal of a subscription, and warns if it stays unknown. */
import type { ReversalReading, SubscriptionReader } from '../billing/billing.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { Log } from '../system/log.ts';

export async function readReversal(
  { billing, log }: { readonly billing: Pick<SubscriptionReader, 'readReversal'>; readonly log: Log },
  subscriptionId: string,
  known?: Subscription,
): Promise<ReversalReading> {
  const reading = await billing.readReversal(subscriptionId, known);
  if (reading === 'unclear') {
    log.warn('The period has too many invoices to find the one that began it; its refunds are unknown.', {
      metric: 'reversal_unclear',
      subscription_id: subscriptionId,
    });
  }
  return reading;
}
