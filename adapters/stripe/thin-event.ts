/**
 * Reads a delivery of Stripe. A thin event (`v2.core.event`) carries no object, only the reference to it, so what the event
 * is about is fetched and read as the event with the object that Stripe would have sent to a snapshot destination.
 */
import { noticeEventTypes } from '../../contract/stripe-events.ts';
import type { EventReading, IgnoredReason } from '../../core/sync/stripe-event.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordAt, recordIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { isoDateMs } from '../system/http-date.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orForbidden, orMissing } from './call.ts';
import { listIn, objectIn } from './json.ts';
import { subIn } from './metadata.ts';
import { PAGE_SIZE } from './pages.ts';
import { type EventContext, readEvent } from './read-event.ts';
import { snapshotTypeOf, THIN_EVENT } from './thin-type.ts';

export async function readDelivery(
  stripe: StripeApi,
  body: unknown,
  ours: EventContext,
): Promise<EventReading> {
  const event = recordIn(body);
  if (textAt(event, 'object') !== THIN_EVENT) return readEvent(body, ours);
  const [eventId, eventType] = [textAt(event, 'id'), textAt(event, 'type')];
  if (event === null || eventId === null || eventType === null) return { kind: 'malformed' };
  const snapshot = snapshotTypeOf(eventType);
  const ignored = (reason: IgnoredReason) => ({ kind: 'ignored', reason, eventId, eventType }) as const;
  if ('ignored' in snapshot) return ignored(snapshot.ignored);
  if (typeof event['livemode'] === 'boolean' && event['livemode'] !== ours.livemode)
    return ignored('other_mode');
  const recorded = await recordedEvent(stripe, textAt(event, 'snapshot_event'));
  if (recorded !== null) return readEvent(recorded, ours);
  const current = await currentEvent(stripe, event, snapshot.type);
  if (current === 'of_another_account') return ignored('connected_account');
  // An invoice that is only announced does not exist, so the event refers to nothing.
  if (current === null && isNotice(snapshot.type)) return ignored('no_customer');
  return current === null ? { kind: 'malformed' } : readEvent(current, { ...ours, changes: 'unknown' });
}

function isNotice(type: string): boolean {
  return noticeEventTypes.some((one) => one === type);
}

/** An id of an event, and the path of an object: they become part of a request, so only Stripe's own forms pass. */
const EVENT_ID = /^evt_\w{1,200}$/;
const OBJECT_URL = /^\/v1\/[\w/-]{1,400}(?:\?[\w=&%-]{1,400})?$/;

/** Returns the event with its object as Stripe keeps it for 30 days. Null: there is none, or the key may not read it. */
async function recordedEvent(stripe: StripeApi, id: string | null): Promise<UnknownRecord | null> {
  if (id === null || !EVENT_ID.test(id)) return null;
  const operation = 'retrieve event';
  const event: unknown = await orForbidden(orMissing(operation, stripe.events.retrieve(id)));
  return event === 'forbidden' || event === 'missing' ? null : objectIn(operation, event, 'event');
}

/** Returns the event with its object as it is now. Null: it names nothing that can be fetched. */
async function currentEvent(
  stripe: StripeApi,
  thin: UnknownRecord,
  type: string,
): Promise<UnknownRecord | 'of_another_account' | null> {
  const url = textAt(recordAt(thin, 'related_object'), 'url');
  if (url === null || !OBJECT_URL.test(url)) return null;
  const object = await relatedObject(stripe, url);
  if (object === 'missing') {
    // A context names the account whose object it is: a connected one, or any of an organization, this one too.
    if (textAt(thin, 'context') !== null) return 'of_another_account';
    // Stripe keeps what its events are about, so another account's key or secret is configured.
    const reason = 'related_object_not_in_account';
    throw new Fault({ code: 'refused', system: 'stripe', operation: READ_OBJECT, reason });
  }
  const createdMs = isoDateMs(textAt(thin, 'created') ?? '');
  return {
    id: thin['id'],
    type,
    livemode: thin['livemode'],
    ...(createdMs === null ? {} : { created: Math.floor(createdMs / 1000) }),
    data: { object },
  };
}

const READ_OBJECT = 'retrieve related object';

async function relatedObject(stripe: StripeApi, url: string): Promise<UnknownRecord | 'missing' | null> {
  const answer: unknown = await orMissing(READ_OBJECT, stripe.rawRequest('GET', url));
  if (answer === 'missing') return 'missing';
  const object = recordIn(answer);
  return object?.['deleted'] === true ? { ...object, metadata: await lastMetadata(stripe, object) } : object;
}

/** The stub of a deleted customer names no user any more. Its subscriptions do, if this service's checkout sold them. */
async function lastMetadata(stripe: StripeApi, stub: UnknownRecord): Promise<UnknownRecord | null> {
  const operation = 'list subscriptions';
  const customer = textAt(stub, 'id');
  if (customer === null) return null;
  const params = { customer, status: 'all' as const, limit: PAGE_SIZE };
  const list = await callStripe(operation, stripe.subscriptions.list(params));
  const all = listIn(operation, list).entries.map((subscription) => recordAt(subscription, 'metadata'));
  return all.find((metadata) => subIn(metadata) !== null) ?? null;
}
