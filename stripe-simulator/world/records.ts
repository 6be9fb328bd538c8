/** Writes records, and emits the event that Stripe sends for the change. */
import { deliveryId } from '../model/delivery-id.ts';
import type { EventRecord } from '../model/event.ts';
import type { Table } from '../store/table.ts';
import { DEFAULT_API_VERSION, type World } from './world.ts';

/** Stripe keeps events for 30 days. The maximum number bounds memory in long runs. */
const EVENT_RETENTION_SECONDS = 30 * 24 * 3600;
const MAX_EVENTS_KEPT = 20_000;

/** Stores an event, publishes it to the endpoints and returns it. */
export function emit(world: World, type: string, change: { object: object; previous?: object }): EventRecord {
  const event: EventRecord = {
    id: world.ids.next('evt_'),
    object: 'event',
    api_version: DEFAULT_API_VERSION,
    created: world.seconds(),
    request: world.origin,
    type,
    snapshot: change.object,
    previous: change.previous ?? null,
    kept_at: world.ownSeconds(),
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

function dropOldEvents(world: World): void {
  const { events, deliveries, webhookEndpoints } = world.store;
  const oldest = events.oldest();
  if (oldest === undefined) return;
  const tooOld = oldest.kept_at < world.ownSeconds() - EVENT_RETENTION_SECONDS;
  if (!tooOld && events.size <= MAX_EVENTS_KEPT) return;
  events.drop(oldest.id);
  for (const { id } of webhookEndpoints.oldestFirst()) deliveries.drop(deliveryId(oldest.id, id));
}
