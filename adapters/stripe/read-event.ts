/** Reads what a verified webhook event requests. It takes only ids and the time from the event, never any state. */
import { alsoHandledEventTypes, handledEventTypes } from '../../contract/stripe-events.ts';
import type { CompletedCheckout, EventReading, IgnoredReason } from '../../core/sync/stripe-event.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { integerAt, isRecord, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { idAt } from './json.ts';
import { formerSubIn, isFromOurCheckout, subIn } from './metadata.ts';

const handledTypes: ReadonlySet<string> = new Set([...handledEventTypes, ...alsoHandledEventTypes]);

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

export function readEvent(value: unknown, ours: { readonly livemode: boolean }): EventReading {
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
  const request = requestOf(identity, value, object);
  if (eventType === 'customer.updated' && !request.reassigned) return ignored('owner_unchanged');
  if (chargeTypes.has(eventType)) {
    const chargeId = idAt(object, 'charge');
    if (chargeId === null) return ignored('no_customer');
    return { kind: 'charge_event', event: { ...identity, chargeId, request } };
  }
  const customerId = customerTypes.has(eventType) ? textAt(object, 'id') : idAt(object, 'customer');
  if (customerId === null) return ignored('no_customer');
  const checkout = completedCheckout(eventType, object);
  return { kind: 'sync', event: { ...identity, request: { ...request, customerId }, checkout } };
}

function requestOf(
  { id, type }: { readonly id: string; readonly type: string },
  event: UnknownRecord,
  object: UnknownRecord,
): Omit<SyncRequest, 'customerId'> {
  const sub = namedUser(object);
  const formerSub = type === 'customer.updated' ? formerUser(event, object) : null;
  return {
    cause: { kind: 'stripe_event', id },
    changedAt: integerAt(event, 'created'),
    sub,
    reassigned: type === 'customer.updated' && formerSub !== sub,
    formerSub,
    customerDeleted: type === 'customer.deleted',
    includesReversal: reversalTypes.has(type) || chargeTypes.has(type),
  };
}

/** Types that complete a checkout. With a delayed payment method, the payment succeeds in a later event. */
const completingTypes: ReadonlySet<string> = new Set([
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
]);

/** Returns the checkout that the event completed, only for sessions that our own checkout created. */
function completedCheckout(eventType: string, session: UnknownRecord): CompletedCheckout | null {
  if (!completingTypes.has(eventType) || !isFromOurCheckout(recordAt(session, 'metadata'))) return null;
  const sessionId = textAt(session, 'id');
  const subscriptionId = idAt(session, 'subscription');
  return sessionId === null || subscriptionId === null ? null : { sessionId, subscriptionId };
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
    (created === undefined || Number.isSafeInteger(created)) &&
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

function isRecordOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || isRecord(value);
}

/** An id is opaque but becomes part of a path, where `search` would be another route. */
const ID = /^(?!search$)[\w-]{1,255}$/;

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}
