/** Cancels subscriptions. */
import { hasEnded } from '../../core/subscription/status.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { idAt, objectIn, secondsAt, unknownShape } from './json.ts';

/** Stripe rejects the cancellation of an ended subscription, so a failure is checked by its status. */
export async function ensureCanceled(stripe: StripeApi, subscriptionId: string): Promise<void> {
  const operation = 'cancel subscription';
  try {
    const answer: unknown = await orMissing(operation, stripe.subscriptions.cancel(subscriptionId));
    if (answer !== 'missing' && !isOver(recordIn(answer))) {
      throw unknownShape(operation, 'a subscription that has ended');
    }
  } catch (error) {
    if (!isOver(await readSubscription(stripe, subscriptionId))) throw error;
  }
}

/** Cancels with a comment that says what for. Returns whether the subscription has ended by this, or by an earlier attempt. */
export async function cancelWithComment(
  stripe: StripeApi,
  subscriptionId: string,
  comment: string,
): Promise<'canceled' | 'had_ended'> {
  const operation = 'cancel subscription';
  const params = { cancellation_details: { comment } };
  try {
    const answer: unknown = await callStripe(operation, stripe.subscriptions.cancel(subscriptionId, params));
    if (!isOver(recordIn(answer))) throw unknownShape(operation, 'a subscription that has ended');
    return 'canceled';
  } catch (error) {
    const subscription = await readSubscription(stripe, subscriptionId);
    if (!isOver(subscription)) throw error;
    return commentOn(subscription) === comment ? 'canceled' : 'had_ended';
  }
}

export function commentOn(subscription: UnknownRecord | null): string | null {
  return textAt(recordAt(subscription, 'cancellation_details'), 'comment');
}

/** Stripe refuses for a subscription that a schedule manages. Nothing is prorated: the payment for the period went back. */
export async function endAtPeriodEnd(
  stripe: StripeApi,
  subscriptionId: string,
  at: number | null,
): Promise<'scheduled' | 'kept'> {
  const end =
    at === null ? { cancel_at_period_end: true } : { cancel_at: at, proration_behavior: 'none' as const };
  const operation = 'schedule end of subscription';
  try {
    const answer: unknown = await callStripe(operation, stripe.subscriptions.update(subscriptionId, end));
    const subscription = recordIn(answer);
    if (subscription?.['cancel_at_period_end'] !== true && secondsAt(subscription, 'cancel_at') === null) {
      throw unknownShape(operation, 'a subscription that is scheduled to end');
    }
    return 'scheduled';
  } catch (error) {
    if (isOver(await readSubscription(stripe, subscriptionId))) return 'scheduled';
    if (error instanceof Fault && error.details.statusCode === 400) return 'kept';
    throw error;
  }
}

/**
 * Voids the invoice before it cancels: Stripe voids no paid invoice, so a payment at this moment either completes first and
 * keeps the subscription, or fails. The cancellation alone would end a subscription that was just paid.
 */
export async function cancelIncomplete(
  stripe: StripeApi,
  subscriptionId: string,
): Promise<'canceled' | 'kept'> {
  const subscription = await readSubscription(stripe, subscriptionId);
  if (subscription === null || isOver(subscription)) return 'canceled';
  const invoiceId = idAt(subscription, 'latest_invoice');
  if (textAt(subscription, 'status') !== 'incomplete' || invoiceId === null) return 'kept';
  if (!(await isVoided(stripe, invoiceId))) return 'kept';
  await ensureCanceled(stripe, subscriptionId);
  return 'canceled';
}

/** Returns false for an invoice that Stripe no longer voids, because it is paid or its payment is being processed. */
export async function isVoided(stripe: StripeApi, invoiceId: string): Promise<boolean> {
  const operation = 'void invoice';
  try {
    const answer: unknown = await callStripe(operation, stripe.invoices.voidInvoice(invoiceId));
    if (textAt(recordIn(answer), 'status') !== 'void')
      throw unknownShape(operation, 'an invoice that is void');
    return true;
  } catch (error) {
    const { status } = await callStripe('read invoice', stripe.invoices.retrieve(invoiceId));
    if (status === 'void') return true;
    if (error instanceof Fault && error.details.statusCode === 400) return false;
    throw error;
  }
}

async function readSubscription(stripe: StripeApi, subscriptionId: string): Promise<UnknownRecord | null> {
  const answer: unknown = await orMissing('read subscription', stripe.subscriptions.retrieve(subscriptionId));
  return answer === 'missing' ? null : objectIn('read subscription', answer, 'subscription');
}

function isOver(subscription: UnknownRecord | null): boolean {
  const status = textAt(subscription, 'status');
  return status !== null && hasEnded(status);
}
