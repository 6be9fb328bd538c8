/**
 * Reduces a genuine delivery to what is read of it later: ids, times, and the metadata that name users. What is left is an event
 * of Stripe still, so the worker reads a message of the queue as it reads a delivery.
 */
import { createHash } from 'node:crypto';
import type { QueuedMessage } from '../../core/queue/event-queue.ts';
import type { EventReading, IgnoredReason } from '../../core/sync/stripe-event.ts';
import { recordAt, recordIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { idAt } from './json.ts';
import { keysOfEvents } from './metadata.ts';
import { readEvent, USER_ID } from './read-event.ts';
import { snapshotTypeOf, THIN_EVENT } from './thin-type.ts';

interface NamedEvent {
  readonly eventId: string;
  readonly eventType: string;
}

export type QueueReading =
  | (NamedEvent & { readonly kind: 'message'; readonly message: QueuedMessage })
  | (NamedEvent & { readonly kind: 'ignored'; readonly reason: IgnoredReason })
  | { readonly kind: 'malformed' };

export function queuedEventIn(body: unknown): QueueReading {
  const event = recordIn(body);
  if (event !== null && textAt(event, 'object') === THIN_EVENT) return thinEventIn(event);
  // The worker knows the mode of the key. Until then, an event of either mode is one.
  const reading = readEvent(body, { livemode: valueAt(event, 'livemode') === true });
  if (event === null || reading.kind === 'malformed' || reading.kind === 'ignored') return ignoredOr(reading);
  const { id, type } = reading.event;
  const about = 'chargeId' in reading.event ? reading.event.chargeId : reading.event.request.customerId;
  return messageOf({ eventId: id, eventType: type }, reduced(event), about);
}

function ignoredOr(reading: EventReading): QueueReading {
  return reading.kind === 'ignored' ? reading : { kind: 'malformed' };
}

function thinEventIn(event: UnknownRecord): QueueReading {
  const [eventId, eventType] = [textAt(event, 'id'), textAt(event, 'type')];
  if (eventId === null || eventType === null) return { kind: 'malformed' };
  const named = { eventId, eventType };
  const snapshot = snapshotTypeOf(eventType);
  if ('ignored' in snapshot) return { kind: 'ignored', reason: snapshot.ignored, ...named };
  const related = recordAt(event, 'related_object');
  const parts = {
    ...pick(event, ['id', 'object', 'type', 'created', 'livemode', 'context', 'snapshot_event']),
    related_object: pick(related, ['id', 'type', 'url']),
  };
  return messageOf(named, parts, textAt(related, 'id') ?? eventId);
}

function messageOf(named: NamedEvent, event: object, about: string): QueueReading {
  const message = { body: ascii(event), groupId: keyOf(about), deduplicationId: keyOf(named.eventId) };
  return { kind: 'message', ...named, message };
}

/** What SQS accepts as the id of a group or of a message. */
const KEY = /^[\x21-\x7e]{1,128}$/;

function keyOf(id: string): string {
  return KEY.test(id) ? id : createHash('sha256').update(id).digest('hex');
}

/** SQS refuses some characters of Unicode. In JSON, each can be escaped. */
function ascii(value: object): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function reduced(event: UnknownRecord): object {
  const data = recordAt(event, 'data');
  const object = recordAt(data, 'object');
  const previous = recordAt(data, 'previous_attributes');
  return {
    ...pick(event, ['id', 'object', 'type', 'created', 'livemode', 'api_version']),
    data: {
      object: objectOf(object),
      ...(textAt(event, 'type') === 'customer.updated' ? previousAt(previous) : {}),
    },
  };
}

/** The users that a customer named before, and whether another payment method was the default. */
function previousAt(previous: UnknownRecord | null): object {
  if (previous === null) return {};
  const settings = recordAt(previous, 'invoice_settings');
  return {
    previous_attributes: {
      ...namesIn(previous),
      ...pick(previous, ['default_source']),
      ...(settings === null ? {} : { invoice_settings: pick(settings, ['default_payment_method']) }),
    },
  };
}

/** What refers to another object keeps its id alone. */
const references = ['customer', 'charge', 'subscription'] as const;

function objectOf(object: UnknownRecord | null): object {
  const ids = references.flatMap((name) => {
    const id = idAt(object, name);
    return id === null ? [] : [[name, id] as const];
  });
  const details =
    recordAt(recordAt(object, 'parent'), 'subscription_details') ?? recordAt(object, 'subscription_details');
  return {
    ...pick(object, ['id', 'object', 'mode']),
    ...Object.fromEntries(ids),
    ...namesIn(object),
    ...metadataAt(details, 'subscription_details'),
    ...referenceIn(object),
  };
}

/** What is no id of a user may be an email address. Then it counts only that there was a reference. */
function referenceIn(object: UnknownRecord | null): object {
  const reference = textAt(object, 'client_reference_id');
  if (reference === null) return {};
  return { client_reference_id: USER_ID.test(reference) ? reference : '-' };
}

function metadataAt(holder: UnknownRecord | null, name: string): object {
  return holder === null ? {} : { [name]: namesIn(holder) };
}

function namesIn(holder: UnknownRecord | null): object {
  const metadata = recordAt(holder, 'metadata');
  return metadata === null ? {} : { metadata: pick(metadata, keysOfEvents) };
}

/** Returns these fields, where they are plain values. */
function pick(from: UnknownRecord | null, names: readonly string[]): Record<string, unknown> {
  const present = names.map((name) => [name, valueAt(from, name)] as const);
  return Object.fromEntries(present.filter(([, value]) => value === null || isPlain(value)));
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
