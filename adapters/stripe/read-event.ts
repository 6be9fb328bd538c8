/** A verified webhook event → what it calls for. Only ids and the time are taken; no state is ever read from it. */
import type { EventReading, Hint } from '../../core/sync/hint.ts';
import { idAt, integerAt, isJson, type Json, objectAt, textAt } from './json.ts';
import { subIn } from './metadata.ts';

/** The types whose object tells of a change to what a customer has. */
const handledTypes = new Set([
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'customer.deleted',
  'entitlements.active_entitlement_summary.updated',
  'invoice.paid',
  'invoice.payment_failed',
]);

export function isHandledType(type: string): boolean {
  return handledTypes.has(type) || type.startsWith('customer.subscription.');
}

export function readEvent(value: unknown, ours: { readonly livemode: boolean }): EventReading {
  if (!isJson(value)) return { kind: 'malformed' };
  const eventId = textAt(value, 'id');
  const eventType = textAt(value, 'type');
  if (eventId === null || eventType === null) return { kind: 'malformed' };
  const ignored = (why: 'unhandled_type' | 'other_mode' | 'connected_account' | 'no_customer') => {
    return { kind: 'ignored', why, eventId, eventType } as const;
  };
  if (!isHandledType(eventType)) return ignored('unhandled_type');
  const object = objectAt(objectAt(value, 'data'), 'object');
  if (object === null || !isWellTyped(value, object)) return { kind: 'malformed' };
  // Of a platform's connected accounts: their customers are not ours.
  if (textAt(value, 'account') !== null) return ignored('connected_account');
  if (value['livemode'] !== undefined && value['livemode'] !== ours.livemode) return ignored('other_mode');
  const customerId = eventType === 'customer.deleted' ? textAt(object, 'id') : idAt(object, 'customer');
  if (customerId === null) return ignored('no_customer');
  return { kind: 'hint', hint: hintOf({ eventId, eventType, customerId }, value, object) };
}

function hintOf(ids: Pick<Hint, 'eventId' | 'eventType' | 'customerId'>, event: Json, object: Json): Hint {
  return {
    ...ids,
    changedAt: integerAt(event, 'created'),
    sub: namedUser(object),
    customerDeleted: ids.eventType === 'customer.deleted',
  };
}

/** An invoice carries its subscription's metadata: in `parent` since 2025-03-31.basil, directly before. */
function namedUser(object: Json): string | null {
  const details =
    objectAt(objectAt(object, 'parent'), 'subscription_details') ?? objectAt(object, 'subscription_details');
  return subIn(objectAt(object, 'metadata')) ?? subIn(objectAt(details, 'metadata'));
}

/** Absent is allowed where Stripe may leave a field out; another type than Stripe's is not. */
function isWellTyped(event: Json, object: Json): boolean {
  const { created, livemode, account } = event;
  const { customer, metadata } = object;
  return (
    (created === undefined || Number.isSafeInteger(created)) &&
    (livemode === undefined || typeof livemode === 'boolean') &&
    (account === undefined || account === null || typeof account === 'string') &&
    (event['type'] !== 'customer.deleted' || isId(object['id'])) &&
    (customer === undefined ||
      customer === null ||
      isId(customer) ||
      isId(objectAt(object, 'customer')?.['id'])) &&
    (metadata === undefined || metadata === null || isJson(metadata))
  );
}

/** Opaque, but it becomes a part of a path; `search` there is another route. */
const ID = /^(?!search$)[\w-]{1,255}$/;

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}
