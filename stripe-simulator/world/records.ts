/** Writes records, and emits the event that Stripe sends for the change. */
import type { EventRecord } from '../model/event.ts';
import type { Table } from '../store/table.ts';
import type { World } from './world.ts';

/** Stripe keeps events for 30 days. The maximum number bounds memory in long runs. */
const EVENT_RETENTION_SECONDS = 30 * 24 * 3600;
const MAX_EVENTS_KEPT = 10_000;
/** More than one, so that the number shrinks again after many events were waiting for an endpoint. */
const MAX_DROPPED_AT_ONCE = 10;

interface Change {
  readonly object: object;
  readonly previous?: object;
  /** Whether the event has no form with its object. */
  readonly thinOnly?: true;
}

/** Stores an event, publishes it to the endpoints and returns it. */
export function emit(world: World, type: string, change: Change): EventRecord {
  const event: EventRecord = {
    id: world.ids.next('evt_'),
    object: 'event',
    api_version: world.apiVersion,
    created: world.seconds(),
    request: world.origin,
    type,
    snapshot: change.object,
    previous: change.previous ?? null,
    kept_at: world.ownSeconds(),
    ...(change.thinOnly === true ? { thin_only: true } : {}),
  };
  world.store.events.put(event);
  dropOldEvents(world);
  world.publish(event);
  return event;
}

/**
 * Replaces a record by its patched copy and returns the copy. Records are never mutated, so an event can keep a
 * reference to the state it announces.
 */
export function change<T extends { readonly id: string }>(
  world: World,
  table: Table<T>,
  edit: { id: string; patch: Partial<T>; event?: string },
): T {
  const before = table.get(edit.id);
  if (before === undefined) throw new Error(`Cannot change record ${edit.id}: it does not exist.`);
  const after = table.put({ ...before, ...edit.patch });
  if (edit.event === undefined) return after;
  const isUpdate = edit.event.endsWith('.updated');
  // An update that changes nothing emits no event. Only updates carry the previous values.
  if (isUpdate && JSON.stringify(before) === JSON.stringify(after)) return after;
  emit(world, edit.event, { object: after, ...(isUpdate ? { previous: before } : {}) });
  return after;
}

/** Stores a new record and emits its event, if any. */
export function add<T extends { readonly id: string }>(
  world: World,
  table: Table<T>,
  record: { row: T; event?: string },
): T {
  table.put(record.row);
  if (record.event !== undefined) emit(world, record.event, { object: record.row });
  return record.row;
}

/** Drops what is settled only: an event that no endpoint has answered yet is kept, however many there are. */
function dropOldEvents(world: World): void {
  const { events, deliveries } = world.store;
  for (let dropped = 0; dropped < MAX_DROPPED_AT_ONCE; dropped++) {
    const oldest = events.oldest();
    if (oldest === undefined) return;
    const tooOld = oldest.kept_at < world.ownSeconds() - EVENT_RETENTION_SECONDS;
    if (!tooOld && events.size <= MAX_EVENTS_KEPT) return;
    const sent = deliveries.where('event', oldest.id);
    if (sent.some(({ state }) => state === 'pending')) return;
    events.drop(oldest.id);
    for (const { id } of sent) deliveries.drop(id);
  }
}
