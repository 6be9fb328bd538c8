/** Reads whether the payment for a subscription's current period was refunded or disputed. It takes several calls. */
import type { Stripe } from 'stripe';
import type { Reversal } from '../../core/entitlement/row.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe, orMissing } from './call.ts';
import { entriesAt, idAt, listIn, objectIn } from './json.ts';

/** Between the newest invoice and the current period's invoice there are only those of changes within the period. */
const INVOICES_READ = 20;
const PAYMENTS_READ = 20;
const DISPUTES_READ = 10;

export async function readReversal(stripe: Stripe, subscriptionId: string): Promise<Reversal | null> {
  // Stripe returns invoices in any status, newest first. Filtering by `paid` would be wrong: a renewal invoice is a
  // draft for an hour, so the newest paid invoice may belong to the previous period.
  const invoices = await callStripe(
    'list invoices',
    stripe.invoices.list({ subscription: subscriptionId, limit: INVOICES_READ }),
  );
  const ofPeriod = listIn('list invoices', invoices).entries.find(startsPeriod);
  const invoiceId = textAt(ofPeriod ?? null, 'id');
  if (ofPeriod === undefined || invoiceId === null || !collectedPayment(ofPeriod)) return null;
  const intents = await paymentsOf(stripe, invoiceId);
  return mostSevere(await Promise.all(intents.map((id) => reversalOfPayment(stripe, id))));
}

/** Returns the ids of the payment intents that paid the invoice. */
export async function paymentsOf(stripe: Stripe, invoice: string): Promise<readonly string[]> {
  const payments = await callStripe(
    'list invoice payments',
    stripe.invoicePayments.list({ invoice, status: 'paid', limit: PAYMENTS_READ }),
  );
  return listIn('list invoice payments', payments)
    .entries.map((payment) => idAt(recordAt(payment, 'payment'), 'payment_intent'))
    .filter((id) => id !== null);
}

/**
 * Returns whether the invoice starts a billing period: the first invoice, a renewal, or a change that restarts the
 * period (another interval, a trial ended early). Invoices of other changes only bill a difference.
 */
function startsPeriod(invoice: UnknownRecord): boolean {
  const reason = textAt(invoice, 'billing_reason');
  if (reason === 'subscription_create' || reason === 'subscription_cycle') return true;
  return reason === 'subscription_update' && entriesAt(invoice, 'lines').some(billsWholePeriod);
}

function billsWholePeriod(line: UnknownRecord): boolean {
  const item = recordAt(recordAt(line, 'parent'), 'subscription_item_details');
  return item !== null && item['proration'] === false;
}

/** Returns whether the invoice took money, as opposed to a free period or one paid from the customer's balance. */
function collectedPayment(invoice: UnknownRecord): boolean {
  return textAt(invoice, 'status') === 'paid' && (integerAt(invoice, 'amount_paid') ?? 0) > 0;
}

/** Returns null for a payment that was refunded in part only, and for one whose dispute was won. */
export async function reversalOfPayment(stripe: Stripe, intentId: string): Promise<Reversal | null> {
  const [intent, disputes] = await Promise.all([
    callStripe('retrieve payment', stripe.paymentIntents.retrieve(intentId, { expand: ['latest_charge'] })),
    callStripe('list disputes', stripe.disputes.list({ payment_intent: intentId, limit: DISPUTES_READ })),
  ]);
  const charge = recordIn(intent.latest_charge);
  const refunded = charge?.['refunded'] === true ? ('refunded' as const) : null;
  return mostSevere([refunded, ...listIn('list disputes', disputes).entries.map(reversalOfDispute)]);
}

/** Returns the reversal of a dispute. A status `warning_…` is an inquiry, in which no money has moved. */
function reversalOfDispute(dispute: UnknownRecord): Reversal | null {
  const status = textAt(dispute, 'status') ?? '';
  if (status === 'lost') return 'dispute_lost';
  const resolved = status === 'won' || status === 'prevented' || status.startsWith('warning_');
  return resolved ? null : 'dispute_open';
}

const bySeverity: readonly Reversal[] = ['dispute_lost', 'refunded', 'dispute_open'];

/** Returns the most severe reversal. Partial refunds do not count: Stripe sets `refunded` only for full refunds. */
function mostSevere(found: readonly (Reversal | null)[]): Reversal | null {
  return bySeverity.find((kind) => found.includes(kind)) ?? null;
}

export async function customerOfCharge(stripe: Stripe, chargeId: string): Promise<string | null> {
  const charge: unknown = await orMissing('retrieve charge', stripe.charges.retrieve(chargeId));
  return charge === 'missing' ? null : idAt(objectIn('retrieve charge', charge, 'charge'), 'customer');
}
