/** Ends the subscriptions of a deleted account, and refunds what the policy grants for them. */
import type {
  LeavingBilling,
  LeavingSubscription,
  LeavingSubscriptions,
  RefundAnswer,
  RefundOrder,
} from '../../core/refund/leaving.ts';
import { hasEnded } from '../../core/subscription/status.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { cancelWithComment, commentOn } from './cancellation.ts';
import { StripeError } from './error.ts';
import { objectIn, unknownShape } from './json.ts';
import { refundMetadataFor, stampIn } from './metadata.ts';
import { readPages } from './pages.ts';
import { readPaid } from './paid-invoices.ts';
import { stateOfRefund } from './payments.ts';
import { failureStoredOrThrow } from './stored-failure.ts';

/** A customer has at most 500 live subscriptions; the others have ended. */
const MAX_PAGES = 50;

export function createLeavingBilling(stripe: StripeApi): LeavingBilling {
  return {
    listLeaving: (customerId, requestedAt) => listLeaving(stripe, customerId, requestedAt),
    cancelLeaving: (subscriptionId, requestedAt) =>
      cancelWithComment(stripe, subscriptionId, commentFor(requestedAt)),
    readPaid: (subscription, requestedAt) => readPaid(stripe, subscription, requestedAt),
    refundPart: (order) => refundPart(stripe, order),
  };
}

/**
 * Says in the subscription itself that this deletion ended it, in the same call. A repeated attempt would otherwise not know
 * such a subscription from one that had ended before the request, of which nothing is refunded.
 */
function commentFor(requestedAt: number): string {
  return `Account deletion ${requestedAt}`;
}

async function listLeaving(
  stripe: StripeApi,
  customer: string,
  requestedAt: number,
): Promise<LeavingSubscriptions> {
  const operation = 'list subscriptions';
  // By default Stripe omits canceled subscriptions.
  const found = await readPages({ operation, maxPages: MAX_PAGES }, (page) =>
    orMissing<object>(
      operation,
      stripe.subscriptions.list({ customer, status: 'all', expand: ['data.customer'], ...page }),
    ),
  );
  if (found === 'missing') return { subscriptions: [], credit: null };
  const subscriptions = found.flatMap((json) => leavingIn(json, requestedAt));
  return { subscriptions, credit: creditIn(recordAt(found[0] ?? null, 'customer')) };
}

function leavingIn(json: UnknownRecord, requestedAt: number): readonly LeavingSubscription[] {
  const [id, status] = [textAt(json, 'id'), textAt(json, 'status')];
  if (id === null || status === null) throw unknownShape('list subscriptions', 'subscriptions with a status');
  const isLive = !hasEnded(status);
  if (!isLive && commentOn(json) !== commentFor(requestedAt)) return [];
  const currency = textAt(json, 'currency') ?? '';
  return [{ id, isLive, currency, stamp: stampIn(recordAt(json, 'metadata')) }];
}

/** A negative balance is what the customer has to its credit. */
function creditIn(customer: UnknownRecord | null): LeavingSubscriptions['credit'] {
  const currency = textAt(customer, 'currency');
  const balance = integerAt(customer, 'balance') ?? 0;
  return currency === null || balance >= 0 ? null : { amount: -balance, currency };
}

/** Stripe cannot refund it any more: someone else has, or the customer's bank has taken the payment back. */
const refusals: Readonly<Record<string, RefundAnswer>> = {
  charge_already_refunded: { kind: 'refused', reason: 'returned' },
  charge_disputed: { kind: 'refused', reason: 'disputed' },
};

async function refundPart(stripe: StripeApi, order: RefundOrder): Promise<RefundAnswer> {
  const { source, amount, subscriptionId, invoiceId, requestedAt, generation } = order;
  const operation = 'refund';
  const metadata = refundMetadataFor(order);
  const idempotencyKey = `deletion-${requestedAt}-${subscriptionId}-${invoiceId}-${source.id}-${generation}`;
  const params = { [source.kind]: source.id, amount, metadata };
  const call = stripe.refunds.create(params, { idempotencyKey }).then((answer: unknown): RefundAnswer => {
    return { kind: 'answered', state: stateOfRefund(objectIn(operation, answer, 'refund')) };
  });
  return callStripe(
    operation,
    call.catch((cause: unknown) => {
      const refusal = cause instanceof StripeError ? refusals[cause.code ?? ''] : undefined;
      if (refusal !== undefined) return refusal;
      // A part of it was refunded in the meantime.
      if (cause instanceof StripeError && cause.param === 'amount') return { kind: 'outdated' } as const;
      failureStoredOrThrow(cause);
      return { kind: 'outdated' } as const;
    }),
  );
}
