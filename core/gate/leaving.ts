/**
 * Ends the subscriptions of a customer whose user deletes the account, and refunds what the policy grants. First all are
 * canceled, so that no renewal and no change of the plan follows what is then read. Each attempt calculates the amount again,
 * up to the moment of the request, and leaves out what an earlier one has refunded.
 */
import { isOfAnother, ownershipOf } from '../account/ownership.ts';
import { type RefundAmount, refundAmount } from '../refund/amount.ts';
import type {
  LeavingBilling,
  LeavingSubscription,
  LeavingSubscriptions,
  NoRefundReason,
  RefundOutcome,
  RefundRecord,
} from '../refund/leaving.ts';
import type { PaidSubscription, RefundState } from '../refund/paid.ts';
import { Fault, refusalIn } from '../system/fault.ts';
import type { Log } from '../system/log.ts';

export interface LeavingServices {
  readonly billing: LeavingBilling;
  readonly log: Log;
}

/** The customer is proven to be the user's, and its end is permitted. */
export interface LeavingCustomer {
  readonly customerId: string;
  readonly sub: string;
  readonly poolId: string;
  readonly record: RefundRecord;
}

export async function endWithRefunds(services: LeavingServices, customer: LeavingCustomer): Promise<void> {
  const { requestedAt } = customer.record.terms;
  const listed = await services.billing.listLeaving(customer.customerId, requestedAt);
  // What names another user ends with its customer, and nothing of it is refunded.
  const [own, others] = ownFirst(listed.subscriptions, customer);
  const ended = await cancelAll(services.billing, own, requestedAt);
  for (const one of others) report(services, customer, { ...nothingOf(one), reason: 'owner_contradiction' });
  let { credit } = listed;
  for (const subscription of ended) {
    report(services, customer, await refundOne(services, subscription, { ...customer, credit }));
    // Another subscription must not count the same credit again.
    if (credit?.currency === subscription.currency) credit = null;
  }
}

function ownFirst(
  all: readonly LeavingSubscription[],
  { sub, poolId }: LeavingCustomer,
): readonly [readonly LeavingSubscription[], readonly LeavingSubscription[]] {
  const isOthers = ({ stamp }: LeavingSubscription) =>
    isOfAnother(ownershipOf({ stamp, sub, poolId, recorded: true }));
  return [all.filter((one) => !isOthers(one)), all.filter(isOthers)];
}

/**
 * Attempts every cancellation, so that one failure does not leave the other subscriptions billed. Returns the subscriptions that
 * this deletion has ended.
 */
async function cancelAll(
  billing: LeavingBilling,
  subscriptions: readonly LeavingSubscription[],
  requestedAt: number,
): Promise<readonly LeavingSubscription[]> {
  const attempts = await Promise.allSettled(
    subscriptions.map(async (one) =>
      one.isLive && (await billing.cancelLeaving(one.id, requestedAt)) === 'had_ended' ? [] : [one],
    ),
  );
  return attempts.flatMap((attempt) => {
    if (attempt.status === 'rejected') throw attempt.reason;
    return attempt.value;
  });
}

type Context = LeavingCustomer & Pick<LeavingSubscriptions, 'credit'>;

/** What is read can be outdated by the time of the refund, such as by a person who refunds in the dashboard. */
const MAX_ROUNDS = 4;

async function refundOne(
  services: LeavingServices,
  subscription: LeavingSubscription,
  { record: { terms }, credit }: Context,
): Promise<RefundOutcome> {
  const { id, currency } = subscription;
  for (let generation = 0; generation < MAX_ROUNDS; generation += 1) {
    const read = await services.billing.readPaid(subscription, terms.requestedAt);
    if (read === 'unclear') return { ...nothingOf(subscription), reason: 'unclear' };
    const paid = { ...read, credit: credit?.currency === currency ? credit.amount : 0 };
    const granted = refundAmount(paid, terms);
    const states = await refundParts(services, granted, { subscriptionId: id, ...terms, generation });
    if (states !== 'outdated') return outcomeOf(subscription, { paid, granted, states });
  }
  throw new Fault({ code: 'contention', system: 'stripe', operation: 'refund' });
}

interface PartResult {
  readonly amount: number;
  readonly result: RefundState | NoRefundReason;
}

async function refundParts(
  { billing, log }: LeavingServices,
  { parts }: RefundAmount,
  of: { readonly subscriptionId: string; readonly requestedAt: number; readonly generation: number },
): Promise<readonly PartResult[] | 'outdated'> {
  const { subscriptionId, requestedAt, generation } = of;
  const results: PartResult[] = [];
  for (const { source, invoiceId, amount } of parts) {
    const order = { subscriptionId, requestedAt, generation, invoiceId, amount, source };
    try {
      const answer = await billing.refundPart(order);
      if (answer.kind === 'outdated') return 'outdated';
      results.push({ amount, result: answer.kind === 'answered' ? answer.state : answer.reason });
    } catch (cause) {
      if (!isFinal(cause)) throw cause;
      log.warn('Stripe refuses a refund of a deleted account.', { subscription_id: subscriptionId }, cause);
      results.push({ amount, result: 'refused' });
    }
  }
  return results;
}

/** Another attempt cannot change it. Without the permission an operator can, and the deletion waits for that. */
function isFinal(cause: unknown): boolean {
  const refusal = refusalIn(cause);
  return refusal !== undefined && cause instanceof Fault && !isAboutKey(cause);
}

function isAboutKey({ details: { statusCode } }: Fault): boolean {
  return statusCode === 401 || statusCode === 403;
}

interface Refunded {
  readonly paid: PaidSubscription;
  readonly granted: RefundAmount;
  readonly states: readonly PartResult[];
}

function outcomeOf(subscription: LeavingSubscription, refunded: Refunded): RefundOutcome {
  const { paid, granted, states } = refunded;
  const earlier = paid.invoices.flatMap(({ payments }) => payments.flatMap(({ ours }) => ours ?? []));
  const all: readonly PartResult[] = [
    ...states,
    ...earlier.map(({ amount, state }) => ({ amount, result: state })),
    ...(granted.outside > 0 ? [{ amount: granted.outside, result: 'paid_outside' } as const] : []),
  ];
  const sum = (keep: (one: PartResult) => boolean) =>
    all.filter(keep).reduce((total, { amount }) => total + amount, 0);
  const isGranted = ({ result }: PartResult) => result === 'refunded' || result === 'pending';
  const missing = all.map(({ result }) => reasonOf(result));
  const reason = severest.find((one) => missing.includes(one)) ?? null;
  return {
    subscriptionId: subscription.id,
    currency: subscription.currency,
    amount: sum(isGranted),
    pending: all.some(({ result }) => result === 'pending'),
    unrefunded: sum(({ result }) => forPerson.has(reasonOf(result))),
    reason: all.length === 0 ? reasonWithout(paid) : reason,
  };
}

/** Null: nothing is missing. */
function reasonOf(result: PartResult['result']): NoRefundReason | null {
  if (result === 'refunded' || result === 'pending') return null;
  return result === 'failed' ? 'refused' : result;
}

/** The first that holds is the reason of the whole. */
const severest: readonly NoRefundReason[] = ['refused', 'paid_outside', 'disputed', 'returned'];

/** Why the policy grants nothing. */
function reasonWithout({ invoices }: PaidSubscription): NoRefundReason {
  const payments = invoices.flatMap((invoice) => invoice.payments);
  if (payments.length === 0) return 'nothing_paid';
  if (payments.every(({ disputed }) => disputed)) return 'disputed';
  const isReturned = invoices.every(
    ({ payments: own, credited }) =>
      own.reduce((kept, { paid, returned, disputed }) => kept + (disputed ? 0 : paid - returned), 0) <=
      credited,
  );
  return isReturned ? 'returned' : 'not_granted';
}

function nothingOf({ id, currency }: LeavingSubscription): Omit<RefundOutcome, 'reason'> {
  return { subscriptionId: id, currency, amount: 0, pending: false, unrefunded: 0 };
}

/** What a person must do something about. */
const forPerson: ReadonlySet<NoRefundReason | null> = new Set(['refused', 'paid_outside', 'unclear']);

function report(
  { log }: LeavingServices,
  { sub, customerId, record }: LeavingCustomer,
  outcome: RefundOutcome,
) {
  record.outcomes.push(outcome);
  const { subscriptionId, amount, currency, pending, unrefunded, reason } = outcome;
  const fields = {
    user_id: sub,
    customer_id: customerId,
    subscription_id: subscriptionId,
    amount,
    currency,
    pending,
    unrefunded,
    ...(reason === null ? {} : { reason }),
  };
  if (forPerson.has(reason)) {
    const metric = 'deletion_refund_failed';
    log.error('A subscription of a deleted account could not be refunded as the policy says.', {
      ...fields,
      metric,
    });
  } else if (amount > 0) {
    log.info('A subscription of a deleted account was refunded.', { ...fields, metric: 'deletion_refunded' });
  } else {
    log.info('Nothing of a subscription of a deleted account is refunded.', fields);
  }
}
