/** Reads whether the payment for a subscription's current period was refunded or disputed. It takes several calls. */
import type { ReversalContext, ReversalReading } from '../../core/billing/billing.ts';
import { billedPeriodOf, reversalOf } from '../../core/subscription/period-invoice.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { recordIn } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { findPeriodInvoice } from './invoices.ts';
import { idAt, objectIn } from './json.ts';
import { creditedBy, readPayments } from './payments.ts';
import { readWhole } from './subscriptions.ts';

/** Two calls where nothing was returned, and one more for a subscription that the caller has not read. */
export async function readReversal(
  stripe: StripeApi,
  subscriptionId: string,
  { known, planOrder }: ReversalContext,
): Promise<ReversalReading> {
  const subscription = known ?? (await retrieve(stripe, subscriptionId));
  const period = subscription && billedPeriodOf(subscription, planOrder);
  if (subscription === undefined || period === undefined) return null;
  const invoice = await findPeriodInvoice(stripe, subscriptionId, period);
  if (invoice === 'bound') return 'unclear';
  if (invoice === 'none') return null;
  if (invoice.status !== 'paid') {
    // The rule about a paused collection decides about the invoices that it closes.
    return subscription.collectionPaused ? null : reversalOf(invoice, nothing);
  }
  if (invoice.total <= 0 && invoice.amountPaid === 0) return null;
  const payments = await readPayments(stripe, invoice.id);
  const refunded = payments.reduce((sum, payment) => sum + payment.refunded, 0);
  const credited = await creditedBy(stripe, invoice, refunded);
  return reversalOf(invoice, { refunded, credited, disputes: payments.flatMap(({ disputes }) => disputes) });
}

const nothing = { refunded: 0, credited: 0, disputes: [] };

async function retrieve(stripe: StripeApi, subscriptionId: string): Promise<Subscription | undefined> {
  const answer: unknown = await orMissing('read subscription', stripe.subscriptions.retrieve(subscriptionId));
  const json = recordIn(answer);
  return json === null ? undefined : readWhole(stripe, json);
}

export async function customerOfCharge(stripe: StripeApi, chargeId: string): Promise<string | null> {
  const charge: unknown = await orMissing('retrieve charge', stripe.charges.retrieve(chargeId));
  return charge === 'missing' ? null : idAt(objectIn('retrieve charge', charge, 'charge'), 'customer');
}
