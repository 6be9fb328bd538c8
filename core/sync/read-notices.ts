/**
 * Reads what the row shows of payments in addition to the subscriptions: whether a card expires before the next charge, and
 * whether a late payment waits for the user. Only an event about it, or a row that shows it already, makes a call.
 */
import type { NoticeReader } from '../billing/billing.ts';
import { cardExpiresAt } from '../billing-page/card-expiry.ts';
import { type BillingFact, cardChargeOf, keptFacts, lateInvoiceOf } from '../entitlement/billing-facts.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { Clock } from '../system/clock.ts';
import { Fault, refusalIn } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { featureLimitsMs } from './read-features.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

export interface NoticeServices {
  readonly billing: NoticeReader;
  readonly clock: Pick<Clock, 'within'>;
  readonly log: Log;
}

/** Of a user, who has one. */
const MAX_SUBSCRIPTIONS = 3;

export interface ReadNotices {
  readonly facts: readonly BillingFact[];
  /** Why they could not be read, if a later read can succeed. The row keeps what is known. */
  readonly unread: Fault | null;
}

export async function readNotices(
  services: NoticeServices,
  request: SyncRequest,
  {
    row,
    subscriptions,
  }: { readonly row: EntitlementRow | undefined; readonly subscriptions: readonly Subscription[] },
): Promise<ReadNotices> {
  const known = row?.billingFacts ?? [];
  const kept = keptFacts(known, subscriptions);
  const kinds = kindsToRead(request, known);
  if (kinds.size === 0) return { facts: kept, unread: null };
  const { cause } = request;
  const ms = cause.kind === 'reconcile' ? featureLimitsMs.reconcile : featureLimitsMs.request;
  try {
    const read = await services.clock.within(ms, () =>
      Promise.all(
        subscriptions
          .filter(isAsked)
          .slice(0, MAX_SUBSCRIPTIONS)
          .map((one) => factsOf(services.billing, one, kinds)),
      ),
    );
    return { facts: [...kept.filter(({ kind }) => !kinds.has(kind)), ...read.flat()], unread: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const fields = { metric: 'notices_unavailable', event_id: eventIdOf(cause) };
    services.log.warn('What the row shows of payments could not be read.', fields, error);
    // To repeat a refusal does not help.
    return { facts: kept, unread: refusalIn(error) === undefined ? error : null };
  }
}

function isAsked(subscription: Subscription): boolean {
  return cardChargeOf(subscription) !== undefined || lateInvoiceOf(subscription) !== undefined;
}

/** A sync for no particular change reads again what the row shows, because the cause of that may have changed. */
function kindsToRead(
  { notices, changedAt }: SyncRequest,
  known: readonly BillingFact[],
): ReadonlySet<BillingFact['kind']> {
  if (notices === 'card') return new Set(['card']);
  if (notices === 'payment') return new Set(['confirmation']);
  return new Set(notices === 'known' || changedAt === null ? known.map(({ kind }) => kind) : []);
}

async function factsOf(
  billing: NoticeReader,
  subscription: Subscription,
  kinds: ReadonlySet<BillingFact['kind']>,
): Promise<readonly BillingFact[]> {
  return (
    await Promise.all([
      kinds.has('card') ? cardFact(billing, subscription) : [],
      kinds.has('confirmation') ? confirmationFact(billing, subscription) : [],
    ])
  ).flat();
}

async function cardFact(billing: NoticeReader, subscription: Subscription): Promise<readonly BillingFact[]> {
  const charge = cardChargeOf(subscription);
  if (charge === undefined) return [];
  const { subscriptionId, paymentMethodId, chargeAt } = charge;
  const method = await billing.readPaymentMethod(paymentMethodId);
  const at = method === 'missing' ? null : cardExpiresAt(method.expMonth, method.expYear);
  if (at === null || at > chargeAt) return [];
  return [{ kind: 'card', subscriptionId, of: paymentMethodId, at, chargeAt }];
}

async function confirmationFact(
  billing: NoticeReader,
  subscription: Subscription,
): Promise<readonly BillingFact[]> {
  const invoiceId = lateInvoiceOf(subscription);
  if (invoiceId === undefined) return [];
  const status = await billing.readPaymentStatus(invoiceId);
  if (status !== 'requires_action') return [];
  return [{ kind: 'confirmation', subscriptionId: subscription.id, of: invoiceId, at: null, chargeAt: null }];
}
