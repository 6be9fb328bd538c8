/** Reads a webhook body of RevenueCat. Only the ids of its customer count, whatever its type. */
import type { StoreEvent } from '../../core/stores/store-event.ts';
import { recordAt, recordIn, textAt, textIn, type UnknownRecord, valueAt } from '../../core/system/record.ts';

export type StoreEventReading =
  | { readonly kind: 'event'; readonly event: StoreEvent }
  /** Sent from the dashboard to try the address. It is about no one. */
  | { readonly kind: 'test' }
  | { readonly kind: 'malformed' };

/** More ids than any customer has. */
const MAX_IDS = 100;

export function readStoreEvent(body: unknown): StoreEventReading {
  const event = recordAt(recordIn(body), 'event');
  const type = textAt(event, 'type');
  if (event === null || type === null) return { kind: 'malformed' };
  if (type === 'TEST') return { kind: 'test' };
  const id = textAt(event, 'id') ?? 'unknown';
  return { kind: 'event', event: { id, type, ids: idsIn(event) } };
}

function idsIn(event: UnknownRecord): readonly string[] {
  const single = ['app_user_id', 'original_app_user_id'].map((name) => textAt(event, name));
  const lists = ['aliases', 'transferred_from', 'transferred_to'].flatMap((name) => textsAt(event, name));
  const ids = [...single, ...lists].filter((id) => id !== null);
  return [...new Set(ids)].slice(0, MAX_IDS);
}

function textsAt(event: UnknownRecord, name: string): readonly (string | null)[] {
  const values = valueAt(event, name);
  return Array.isArray(values) ? values.map(textIn) : [];
}
