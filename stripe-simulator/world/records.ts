/** How records are written: every change that Stripe would announce leaves as an event. */
import { deliveryId } from '../model/delivery-id.ts';
import type { EventRecord } from '../model/event.ts';
import type { Table } from '../store/table.ts';
import { DEFAULT_API_VERSION, type World } from './world.ts';

/** Thirty days, as Stripe keeps them; the number bounds memory in long runs. */
const EVENT_RETENTION_SECONDS = 30 * 24 * 3600;
const MAX_EVENTS_KEPT = 20_000;

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

/** Records are replaced, never written into: an event may therefore hold on to what it saw. */
export function change<T extends { readonly id: string }>(
  world: World,
  table: Table<T>,
  edit: { id: string; patch: Partial<T>; event?: string },
): T {
  const before = table.get(edit.id);
  if (before === undefined) throw new Error(`Nothing to change: no record ${edit.id}`);
  const after = table.put({ ...before, ...edit.patch });
  if (edit.event === undefined) return after;
  const isUpdate = edit.event.endsWith('.updated');
  // An update that changes nothing is no news; only updates tell what was before.
  if (isUpdate && JSON.stringify(before) === JSON.stringify(after)) return after;
  emit(world, edit.event, { object: after, ...(isUpdate ? { previous: before } : {}) });
  return after;
}

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
