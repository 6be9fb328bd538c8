/** A verified webhook event → what it calls for. Only ids and the time are taken; no state is ever read from it. */
import { handledEventTypes } from '../../contract/stripe-events.ts';
import type { CompletedCheckout, EventReading, IgnoredReason } from '../../core/sync/stripe-event.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { integerAt, isRecord, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { idAt } from './json.ts';
import { isFromOurCheckout, subIn } from './metadata.ts';

const handledTypes: ReadonlySet<string> = new Set(handledEventTypes);

/** Every type of a subscription's, also of tomorrow: whatever it tells, the subscription is looked at. */
export function isHandledType(type: string): boolean {
  return handledTypes.has(type) || type.startsWith('customer.subscription.');
}

/** Refunds and disputes name a charge, and no customer. */
const chargeTypes: ReadonlySet<string> = new Set([
  'charge.dispute.closed',
  'charge.dispute.created',
  'refund.failed',
]);

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
  // Of a platform's connected accounts: their customers are not ours.
  if (textAt(value, 'account') !== null) return ignored('connected_account');
  if (value['livemode'] !== undefined && value['livemode'] !== ours.livemode) return ignored('other_mode');
  const identity = { id: eventId, type: eventType };
  const request = requestOf(identity, value, object);
  if (chargeTypes.has(eventType)) {
    const chargeId = idAt(object, 'charge');
    if (chargeId === null) return ignored('no_customer');
    return { kind: 'charge_event', event: { ...identity, chargeId, request } };
  }
  const customerId = eventType === 'customer.deleted' ? textAt(object, 'id') : idAt(object, 'customer');
  if (customerId === null) return ignored('no_customer');
  const checkout = completedCheckout(eventType, object);
  return { kind: 'sync', event: { ...identity, request: { ...request, customerId }, checkout } };
}

function requestOf(
  { id, type }: { readonly id: string; readonly type: string },
  event: UnknownRecord,
  object: UnknownRecord,
): Omit<SyncRequest, 'customerId'> {
  return {
    cause: { kind: 'stripe_event', id },
    changedAt: integerAt(event, 'created'),
    sub: namedUser(object),
    customerDeleted: type === 'customer.deleted',
    includesReversal: type === 'charge.refunded' || chargeTypes.has(type),
  };
}

/** A way of paying that takes its time completes the session first, and pays later. */
const completingTypes: ReadonlySet<string> = new Set([
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
]);

/** Only of sessions that our own checkout made: what others sell to nobody of ours is theirs. */
function completedCheckout(eventType: string, session: UnknownRecord): CompletedCheckout | null {
  if (!completingTypes.has(eventType) || !isFromOurCheckout(recordAt(session, 'metadata'))) return null;
  const sessionId = textAt(session, 'id');
  const subscriptionId = idAt(session, 'subscription');
  return sessionId === null || subscriptionId === null ? null : { sessionId, subscriptionId };
}

/** An invoice carries its subscription's metadata: in `parent` since 2025-03-31.basil, directly before. */
function namedUser(object: UnknownRecord): string | null {
  const details =
    recordAt(recordAt(object, 'parent'), 'subscription_details') ?? recordAt(object, 'subscription_details');
  return subIn(recordAt(object, 'metadata')) ?? subIn(recordAt(details, 'metadata'));
}

/** Absent is allowed where Stripe may leave a field out; another type than Stripe's is not. */
function isWellTyped(event: UnknownRecord, object: UnknownRecord): boolean {
  const { created, livemode, account } = event;
  const { customer, metadata, charge } = object;
  return (
    (created === undefined || Number.isSafeInteger(created)) &&
    (livemode === undefined || typeof livemode === 'boolean') &&
    (account === undefined || account === null || typeof account === 'string') &&
    (event['type'] !== 'customer.deleted' || isId(object['id'])) &&
    (customer === undefined ||
      customer === null ||
      isId(customer) ||
      isId(recordAt(object, 'customer')?.['id'])) &&
    (metadata === undefined || metadata === null || isRecord(metadata)) &&
    (!chargeTypes.has(String(event['type'])) ||
      charge === undefined ||
      charge === null ||
      isId(charge) ||
      isId(recordAt(object, 'charge')?.['id']))
  );
}

/** Opaque, but it becomes a part of a path; `search` there is another route. */
const ID = /^(?!search$)[\w-]{1,255}$/;

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}
