/** Reads what the user must confirm or pay: the open invoices of a customer, and why they are open. */
import type { DuePayment } from '../../contract/billing.ts';
import { duePayment } from './due-payment.ts';
import type { BilledCustomer, BillingReader, OpenInvoice } from './ports.ts';

/** Invoices of which the payment is read. The oldest are those that the user waits for. */
const MAX_PAYMENTS = 5;

export interface Due {
  readonly payments: readonly DuePayment[];
  /** Why the payment of an invoice failed is not known, if that could not be read. */
  readonly unread: unknown;
}

export async function readDue(
  billing: Pick<BillingReader, 'listOpenInvoices' | 'readPaymentStatus'>,
  { id, subscriptions }: Pick<BilledCustomer, 'id' | 'subscriptions'>,
): Promise<Due> {
  const waiting = new Set(subscriptions.filter(({ status }) => status === 'incomplete').map((one) => one.id));
  const oldestFirst = [...(await billing.listOpenInvoices(id))].sort((a, b) => a.createdAt - b.createdAt);
  let unread: unknown;
  const payments = oldestFirst.map(async (invoice, index) => {
    const isFirst = invoice.subscriptionId !== null && waiting.has(invoice.subscriptionId);
    const asks = index < MAX_PAYMENTS && (isFirst || mayBeUnderWay(invoice));
    const paymentStatus = asks
      ? await billing.readPaymentStatus(invoice.id).catch((cause: unknown) => {
          unread = cause;
          return null;
        })
      : null;
    return duePayment({ invoice, paymentStatus, isFirst });
  });
  const found = (await Promise.all(payments)).filter((payment) => payment !== null);
  return { payments: found, unread };
}

/** Stripe is about to charge an invoice that it has not attempted, so its payment says nothing yet. */
function mayBeUnderWay({ attempts, isSent, autoAdvance }: OpenInvoice): boolean {
  return attempts > 0 || isSent || !autoAdvance;
}
