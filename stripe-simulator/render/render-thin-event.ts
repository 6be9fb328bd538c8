/**
 * Renders a thin event: what happened, and where to read the object. Most thin events have a twin with the object, the
 * snapshot event. The id of a thin event follows from that of its record, so that nothing more needs to be stored.
 */
import type { EventRecord } from '../model/event.ts';
import { thinRelationOf } from '../protocol/event-types.ts';
import type { Store } from '../store/store.ts';
import type { JsonObject } from './json.ts';
import { relatedObject } from './related-object.ts';

export const PING_TYPE = 'v2.core.event_destination.ping';
/** The number at the start of a thin event's id: the first, and one more for each further event of the same change. */
const FIRST_NUMBER = 65;

/** What a thin event is made of. */
export interface ThinEvent {
  readonly record: EventRecord;
  readonly type: string;
}

/** Returns the types of all thin events of a change: the twin of its snapshot event, and those that have none. */
export function thinTypesOf(event: EventRecord): readonly string[] {
  if (event.thin_only === true) return [event.type];
  const twin = `v1.${event.type}`;
  const types = [twin, ...statusTypes(event)];
  return types.filter((type) => thinRelationOf(type) !== undefined);
}

/** A status that a subscription comes to has a thin event of its own, unless it has a snapshot event too. */
function statusTypes({ type, snapshot, previous }: EventRecord): readonly string[] {
  if (type !== 'customer.subscription.created' && type !== 'customer.subscription.updated') return [];
  const now = statusOf(snapshot);
  const isNew = previous === null || statusOf(previous) !== now;
  return isNew && now !== undefined && statusesWithEvents.has(now) ? [`v1.customer.subscription.${now}`] : [];
}

const statusesWithEvents: ReadonlySet<string> = new Set([
  'active',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'trialing',
  'unpaid',
]);

function statusOf(value: object): string | undefined {
  return 'status' in value && typeof value.status === 'string' ? value.status : undefined;
}

export function thinIdOf({ record, type }: ThinEvent): string {
  const number = FIRST_NUMBER + Math.max(thinTypesOf(record).indexOf(type), 0);
  return `evt_test_${number}${record.id.slice('evt_'.length)}`;
}

export function thinEventWithId({ events }: Store, id: string): ThinEvent | undefined {
  const [, number, rest = ''] = /^evt_test_(\d\d)(\w+)$/.exec(id) ?? [];
  const record = events.get(`evt_${rest}`);
  const type = record === undefined ? undefined : thinTypesOf(record)[Number(number) - FIRST_NUMBER];
  return record === undefined || type === undefined ? undefined : { record, type };
}

export function renderThinEvent({ record, type }: ThinEvent): JsonObject {
  const { request } = record;
  const hasTwin = type === `v1.${record.type}`;
  return {
    id: thinIdOf({ record, type }),
    object: 'v2.core.event',
    context: null,
    created: isoTime(record.created),
    livemode: false,
    reason:
      request === null
        ? null
        : { type: 'request', request: { id: request.id, idempotency_key: request.idempotency_key ?? '' } },
    related_object: relatedObject(thinRelationOf(type), record.snapshot),
    ...(hasTwin ? { snapshot_event: record.id } : {}),
    type,
  };
}

/** Returns a time of API v2. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
