/** Cancels and refunds what was bought for a deleted user. */
import type {
  OrphanBilling,
  PurchasedSubscription,
  Sale,
  SoldSubscription,
} from '../../core/billing/billing.ts';
import { reversalOfDispute } from '../../core/subscription/period-invoice.ts';
import { Fault } from '../../core/system/fault.ts';
import { integerAt, recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { StripeError } from './error.ts';
import { idAt, listIn, objectIn, secondsAt, unknownShape } from './json.ts';
import { isFromOurCheckout, stampIn } from './metadata.ts';
import { type PageParams, readUpTo } from './pages.ts';
import { type Payment, readCharge, readPayments } from './payments.ts';

const MAX_INVOICE_PAGES = 20;
const MAX_EVENT_PAGES = 20;

export function createOrphanBilling(stripe: StripeApi): Omit<OrphanBilling, 'cancelSubscription'> {
  return {
    readPurchased: async (subscriptionId) => {
      const answer: unknown = await orMissing(
        'read subscription',
        stripe.subscriptions.retrieve(subscriptionId),
      );
      return answer === 'missing' ? 'missing' : purchasedIn(answer);
    },
    readSale: (sessionId) => readSale(stripe, sessionId),
    refundSale: async (sessionId) => {
      const session = await retrieveSession(stripe, sessionId);
      const intentId = session === null ? null : idAt(session, 'payment_intent');
      return intentId !== null && (await refund(stripe, intentId, sessionId)) ? 1 : 0;
    },
    customerDeletedAt: (customerId, since) => customerDeletedAt(stripe, customerId, since),
    listSold: (customerId) => listSold(stripe, customerId),
    readFirstPayment: async (subscriptionId) => {
      const { paidAt, payments } = await firstInvoice(stripe, subscriptionId);
      return { paidAt, refundable: payments.some(isRefundable) };
    },
    refundFirstPayment: async (subscriptionId, key) => {
      let refunds = 0;
      for (const { intentId } of (await firstInvoice(stripe, subscriptionId)).payments) {
        if (intentId !== null && (await refund(stripe, intentId, key))) refunds += 1;
      }
      return refunds;
    },
  };
}

async function retrieveSession(stripe: StripeApi, id: string): Promise<UnknownRecord | null> {
  const expand = ['payment_intent.latest_charge'];
  const call = stripe.checkout.sessions.retrieve(id, { expand });
  return recordIn(await orMissing('retrieve checkout', call));
}

async function readSale(stripe: StripeApi, sessionId: string): Promise<Sale | 'missing'> {
  const session = await retrieveSession(stripe, sessionId);
  if (session === null) return 'missing';
  const intent = recordAt(session, 'payment_intent');
  const charge = recordAt(intent, 'latest_charge');
  const isPaid = textAt(session, 'payment_status') === 'paid' && charge !== null;
  const payment = {
    intentId: textAt(intent, 'id'),
    amount: integerAt(charge, 'amount') ?? 0,
    ...(isPaid ? await readCharge(stripe, charge) : { refunded: 0, disputes: [] }),
  };
  return {
    customerId: idAt(session, 'customer'),
    stamp: stampIn(recordAt(session, 'metadata')),
    chargedAt: isPaid ? secondsAt(charge, 'created') : null,
    refundable: isPaid && isFromOurCheckout(recordAt(session, 'metadata')) && isRefundable(payment),
  };
}

/** Stripe lists its events for 30 days. The stub of a deleted customer has no time. */
async function customerDeletedAt(
  stripe: StripeApi,
  customerId: string,
  since: number,
): Promise<number | null> {
  const operation = 'list events';
  const list = (page: PageParams) =>
    stripe.events.list({ type: 'customer.deleted', created: { gte: since }, ...page });
  const { found } = await readUpTo({ operation, maxPages: MAX_EVENT_PAGES }, list);
  const event = found.find((one) => textAt(recordAt(recordAt(one, 'data'), 'object'), 'id') === customerId);
  return secondsAt(event ?? null, 'created');
}

interface FirstInvoice {
  readonly paidAt: number | null;
  readonly payments: readonly Payment[];
}

/** What the checkout sold was paid with intents. Any dispute but an inquiry, or one that was won, keeps Stripe from refunding it. */
function isRefundable({ intentId, amount, refunded, disputes }: Omit<Payment, 'chargeId'>): boolean {
  return (
    intentId !== null && refunded < amount && disputes.every((status) => reversalOfDispute(status) === null)
  );
}

async function firstInvoice(stripe: StripeApi, subscription: string): Promise<FirstInvoice> {
  const operation = 'list invoices';
  const list = (page: PageParams) => stripe.invoices.list({ subscription, status: 'paid', ...page });
  const { found } = await readUpTo({ operation, maxPages: MAX_INVOICE_PAGES }, list);
  const first = found.find((invoice) => textAt(invoice, 'billing_reason') === 'subscription_create');
  const invoice = textAt(first ?? null, 'id');
  if (first === undefined || invoice === null) return { paidAt: null, payments: [] };
  const paidAt = secondsAt(recordAt(first, 'status_transitions'), 'paid_at');
  return { paidAt, payments: await readPayments(stripe, invoice) };
}

const SESSIONS_READ = 100;

async function listSold(stripe: StripeApi, customer: string): Promise<readonly SoldSubscription[]> {
  const sessions = stripe.checkout.sessions.list({ customer, status: 'complete', limit: SESSIONS_READ });
  const operation = 'list completed checkouts';
  const answer = await orMissing(operation, sessions);
  if (answer === 'missing') return [];
  return listIn(operation, answer).entries.flatMap((session) => {
    const metadata = recordAt(session, 'metadata');
    const [sessionId, subscriptionId] = [textAt(session, 'id'), idAt(session, 'subscription')];
    if (sessionId === null || subscriptionId === null || !isFromOurCheckout(metadata)) return [];
    return [{ sessionId, subscriptionId, stamp: stampIn(metadata) }];
  });
}

const alreadyReversed: ReadonlySet<string | undefined> = new Set([
  'charge_already_refunded',
  'charge_disputed',
]);

/** Nothing is paid back. A person must find another way. */
const failed: ReadonlySet<string> = new Set(['failed', 'canceled']);

/** Returns whether the payment is refunded by this call, or by an earlier one with the same key. */
async function refund(stripe: StripeApi, payment_intent: string, key: string): Promise<boolean> {
  const options = { idempotencyKey: `refund-${key}-${payment_intent}` };
  const params = { payment_intent, metadata: { reason: 'account_deleted' } };
  const operation = 'refund';
  const call = stripe.refunds.create(params, options).then((answer: unknown) => {
    const status = textAt(objectIn(operation, answer, 'refund'), 'status');
    if (status === null || !failed.has(status)) return true;
    throw new Fault({ code: 'refused', system: 'stripe', operation, reason: `refund_${status}` });
  });
  return callStripe(
    operation,
    call.catch((cause: unknown) => {
      if (cause instanceof StripeError && alreadyReversed.has(cause.code)) return false;
      throw cause;
    }),
  );
}

function purchasedIn(json: unknown): PurchasedSubscription {
  const subscription = recordIn(json);
  const status = textAt(subscription, 'status');
  const startedAt = secondsAt(subscription, 'created');
  if (status === null || startedAt === null) {
    throw unknownShape('read subscription', 'a subscription with a status and its creation time');
  }
  return {
    status,
    startedAt,
    endedAt: secondsAt(subscription, 'ended_at'),
    customerId: idAt(subscription, 'customer'),
    stamp: stampIn(recordAt(subscription, 'metadata')),
  };
}
