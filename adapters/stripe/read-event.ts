/** Reads what a verified webhook event requests. It takes only ids and the time from the event, never any state. */
import { alsoHandledEventTypes, handledEventTypes, noticeEventTypes } from '../../contract/stripe-events.ts';
import type {
  ClaimedCheckout,
  CompletedCheckout,
  EventReading,
  IgnoredReason,
} from '../../core/sync/stripe-event.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { isRecord, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { idAt, secondsAt } from './json.ts';
import { formerSubIn, isFromOurCheckout, isOfDeletion, subIn } from './metadata.ts';

const handledTypes: ReadonlySet<string> = new Set([
  ...handledEventTypes,
  ...alsoHandledEventTypes,
  ...noticeEventTypes,
]);

/** Returns whether the type is handled. Subscription types always are, including types that Stripe adds later. */
export function isHandledType(type: string): boolean {
  return handledTypes.has(type) || type.startsWith('customer.subscription.');
}

/** Refund and dispute events that name a charge but no customer. */
const chargeTypes: ReadonlySet<string> = new Set([
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.dispute.funds_reinstated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.updated',
  'charge.refund.updated',
  'refund.failed',
  'refund.updated',
]);

/** What may change whether the current period is paid, and names the customer. */
const reversalTypes: ReadonlySet<string> = new Set([
  'charge.refunded',
  'credit_note.created',
  'credit_note.voided',
  'invoice.marked_uncollectible',
  'invoice.voided',
]);

/** Events about the customer itself. */
const customerTypes: ReadonlySet<string> = new Set(['customer.deleted', 'customer.updated']);

export interface EventContext {
  readonly livemode: boolean;
  /** Whether the event says what changed. One that was built from the object as it is now does not. */
  readonly changes?: 'unknown';
}

export function readEvent(value: unknown, ours: EventContext): EventReading {
  if (!isRecord(value)) return { kind: 'malformed' };
  const eventId = textAt(value, 'id');
  const eventType = textAt(value, 'type');
  if (eventId === null || eventType === null) return { kind: 'malformed' };
  const ignored = (reason: IgnoredReason) => {
    return { kind: 'ignored', reason, eventId, eventType } as const;
  };
  if (!isHandledType(eventType)) return ignored('unhandled_type');
  const object = recordAt(recordAt(value, 'data'), 'object');
  if (object === null || !isWellTyped(value, object)) return { kind: 'malformed' };
  // Events of connected accounts are about their own customers, not ours.
  if (textAt(value, 'account') !== null) return ignored('connected_account');
  if (value['livemode'] !== undefined && value['livemode'] !== ours.livemode) return ignored('other_mode');
  const identity = { id: eventId, type: eventType };
  const request = requestOf(ours, { event: value, identity, object });
  const isKnown = ours.changes !== 'unknown';
  if (eventType === 'customer.updated' && isKnown && !request.reassigned && !changesMethod(value)) {
    return ignored('owner_unchanged');
  }
  // Any other payment is about an invoice, which has events of its own, or about what other code sells.
  if (eventType.startsWith('payment_intent.') && request.includesPurchases !== true) {
    return ignored('unhandled_type');
  }
  if (chargeTypes.has(eventType)) {
    const chargeId = idAt(object, 'charge');
    if (chargeId === null) return ignored('no_customer');
    const event = { ...identity, chargeId, request };
    const failedRefundId = eventType === 'refund.failed' ? deletionRefundIn(object) : null;
    return { kind: 'charge_event', event: failedRefundId === null ? event : { ...event, failedRefundId } };
  }
  const customerId = customerTypes.has(eventType) ? textAt(object, 'id') : idAt(object, 'customer');
  if (customerId === null) return ignored('no_customer');
  const checkout = completedCheckout(eventType, object, request.changedAt);
  const claimed = claimedCheckout(eventType, object);
  const event = { ...identity, request: { ...request, customerId }, checkout };
  return { kind: 'sync', event: claimed === null ? event : { ...event, claimed } };
}

function deletionRefundIn(refund: UnknownRecord): string | null {
  return isOfDeletion(recordAt(refund, 'metadata')) ? textAt(refund, 'id') : null;
}

interface EventParts {
  readonly event: UnknownRecord;
  readonly identity: { readonly id: string; readonly type: string };
  readonly object: UnknownRecord;
}

function requestOf(
  { changes }: EventContext,
  { event, identity: { id, type }, object }: EventParts,
): Omit<SyncRequest, 'customerId'> {
  const sub = namedUser(object);
  const isUpdate = type === 'customer.updated' && changes !== 'unknown';
  const formerSub = isUpdate ? formerUser(event, object) : null;
  return {
    cause: { kind: 'stripe_event', id },
    changedAt: secondsAt(event, 'created'),
    sub,
    reassigned: isUpdate && formerSub !== sub,
    formerSub,
    customerDeleted: type === 'customer.deleted',
    includesReversal: reversalTypes.has(type) || chargeTypes.has(type),
    includesFeatures: type.startsWith('entitlements.'),
    ...noticesOf(type),
    ...(isAboutPurchase(type, object) ? { includesPurchases: true } : {}),
  };
}

/** What each event says to look at. A payment that fails again may no longer wait for the user. */
const noticeReads: Readonly<Record<string, NonNullable<SyncRequest['notices']>>> = {
  'customer.source.expiring': 'card',
  'customer.subscription.trial_will_end': 'card',
  'invoice.payment_action_required': 'payment',
  'invoice.payment_failed': 'known',
  'invoice.upcoming': 'card',
  'payment_method.automatically_updated': 'known',
  'payment_method.updated': 'known',
};

function noticesOf(type: string): Pick<SyncRequest, 'notices'> {
  const notices = Object.hasOwn(noticeReads, type) ? noticeReads[type] : undefined;
  return notices === undefined ? {} : { notices };
}

/** A customer's new default may be what a row shows of. The list of subscriptions, which a sync reads, shows it. */
function changesMethod(event: UnknownRecord): boolean {
  const previous = recordAt(recordAt(event, 'data'), 'previous_attributes');
  const settings = recordAt(previous, 'invoice_settings');
  return (
    (settings !== null && Object.hasOwn(settings, 'default_payment_method')) ||
    (previous !== null && Object.hasOwn(previous, 'default_source'))
  );
}

/** Whether our own checkout sells something once in the session, or with the payment. */
function isAboutPurchase(type: string, object: UnknownRecord): boolean {
  if (!isFromOurCheckout(recordAt(object, 'metadata'))) return false;
  return type.startsWith('checkout.session.')
    ? textAt(object, 'mode') === 'payment'
    : type.startsWith('payment_intent.');
}

/** Types that complete a checkout. With a delayed payment method, the payment succeeds in a later event. */
const completingTypes: ReadonlySet<string> = new Set([
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
]);

/** Returns the checkout that the event completed, only for sessions that our own checkout created. */
function completedCheckout(
  eventType: string,
  session: UnknownRecord,
  createdAt: number | null,
): CompletedCheckout | null {
  if (!completingTypes.has(eventType) || !isFromOurCheckout(recordAt(session, 'metadata'))) return null;
  const sessionId = textAt(session, 'id');
  const subscriptionId = idAt(session, 'subscription');
  if (sessionId === null) return null;
  if (subscriptionId !== null) return { sessionId, subscriptionId };
  if (textAt(session, 'mode') !== 'payment') return null;
  const isLate = eventType === 'checkout.session.async_payment_succeeded';
  return { sessionId, subscriptionId, ...(isLate && createdAt !== null ? { paidAt: createdAt } : {}) };
}

/** The form of Cognito's ids. Anything else might be an email address, which no log may contain. */
export const USER_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

function claimedCheckout(eventType: string, session: UnknownRecord): ClaimedCheckout | null {
  const reference = textAt(session, 'client_reference_id');
  const metadata = recordAt(session, 'metadata');
  if (!completingTypes.has(eventType) || reference === null) return null;
  if (isFromOurCheckout(metadata) || subIn(metadata) !== null) return null;
  const [sessionId, subscriptionId] = [textAt(session, 'id'), idAt(session, 'subscription')];
  if (sessionId === null || subscriptionId === null) return null;
  return { sessionId, subscriptionId, reference: USER_ID.test(reference) ? reference : null };
}

/**
 * Returns the user that the object's metadata name. An invoice carries its subscription's metadata: in `parent` since
 * 2025-03-31.basil, directly on the invoice before.
 */
function namedUser(object: UnknownRecord): string | null {
  const details =
    recordAt(recordAt(object, 'parent'), 'subscription_details') ?? recordAt(object, 'subscription_details');
  return subIn(recordAt(object, 'metadata')) ?? subIn(recordAt(details, 'metadata'));
}

/** Returns the user that a customer named before it was updated. */
function formerUser(event: UnknownRecord, customer: UnknownRecord): string | null {
  const previous = recordAt(recordAt(event, 'data'), 'previous_attributes');
  return formerSubIn(recordAt(customer, 'metadata'), recordAt(previous, 'metadata'));
}

/** Returns whether all fields have Stripe's types. Fields that Stripe may omit can be absent. */
function isWellTyped(event: UnknownRecord, object: UnknownRecord): boolean {
  const { created, livemode, account } = event;
  const { customer, metadata, charge } = object;
  const data = event['type'] === 'customer.updated' ? recordAt(event, 'data') : null;
  const previous = data?.['previous_attributes'];
  return (
    (created === undefined || secondsAt(event, 'created') !== null) &&
    isOfItsType(String(event['type']), object) &&
    (livemode === undefined || typeof livemode === 'boolean') &&
    (account === undefined || account === null || typeof account === 'string') &&
    (!customerTypes.has(String(event['type'])) || isId(object['id'])) &&
    (customer === undefined ||
      customer === null ||
      isId(customer) ||
      isId(recordAt(object, 'customer')?.['id'])) &&
    isRecordOrAbsent(metadata) &&
    isRecordOrAbsent(previous) &&
    isRecordOrAbsent(isRecord(previous) ? previous['metadata'] : undefined) &&
    (!chargeTypes.has(String(event['type'])) ||
      charge === undefined ||
      charge === null ||
      isId(charge) ||
      isId(recordAt(object, 'charge')?.['id']))
  );
}

/** What the events of a type are about, by the beginning of the type. */
const objectTypes = [
  ['charge.dispute.', 'dispute'],
  ['charge.refunded', 'charge'],
  ['checkout.session.', 'checkout.session'],
  ['customer.deleted', 'customer'],
  ['customer.subscription.', 'subscription'],
  ['customer.updated', 'customer'],
  ['entitlements.active_entitlement_summary.', 'entitlements.active_entitlement_summary'],
  ['invoice.', 'invoice'],
  ['payment_method.', 'payment_method'],
  ['refund.', 'refund'],
] as const;

/**
 * An id of another type of object must not be mistaken for a customer's. But a customer that the object names is one, whatever
 * names it, and types of events that Stripe adds later may be about anything.
 */
function isOfItsType(eventType: string, object: UnknownRecord): boolean {
  const [, expected] = objectTypes.find(([start]) => eventType.startsWith(start)) ?? [];
  const named = object['object'];
  if (named === undefined || named === expected || !handledTypes.has(eventType)) return true;
  // A card, a source or a bank account.
  if (eventType.startsWith('customer.source.')) return true;
  return !customerTypes.has(eventType) && idAt(object, 'customer') !== null;
}

function isRecordOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || isRecord(value);
}

/** An id is opaque but becomes part of a path, where `search` would be another route. */
const ID = /^(?!search$)[\w-]{1,255}$/;

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}
