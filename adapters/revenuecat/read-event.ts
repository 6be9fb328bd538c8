/** Reads a webhook body of RevenueCat. Only the ids of its customer count, whatever its type. */
import type { StoreEvent } from '../../core/stores/store-event.ts';
import { recordAt, recordIn, textAt, textIn, type UnknownRecord, valueAt } from '../../core/system/record.ts';

export type StoreEventReading =
  | { readonly kind: 'event'; readonly event: StoreEvent }
  /** Sent from the dashboard to try the address. It is about no one. */
  | { readonly kind: 'test' }
  | { readonly kind: 'malformed' };

/** More ids than any customer has. */
const MAX_IDS = 1_000;

/** The ids and types of RevenueCat's events. Any other text may hold personal data, and ids are logged and stored. */
const ID = /^[\w-]{1,64}$/;
const TYPE = /^[A-Z][A-Z0-9_]{0,63}$/;
const UNKNOWN = 'unknown';

export function readStoreEvent(body: unknown): StoreEventReading {
  const event = recordAt(recordIn(body), 'event');
  const type = textAt(event, 'type');
  if (event === null || type === null) return { kind: 'malformed' };
  if (type === 'TEST') return { kind: 'test' };
  const id = textAt(event, 'id') ?? '';
  const sides = sidesIn(event);
  return {
    kind: 'event',
    event: {
      id: ID.test(id) ? id : UNKNOWN,
      type: TYPE.test(type) ? type : UNKNOWN,
      ids: idsIn(event),
      ...(sides.length === 0 ? {} : { sides }),
    },
  };
}

function idsIn(event: UnknownRecord): readonly string[] {
  const single = ['app_user_id', 'original_app_user_id'].map((name) => textAt(event, name));
  const lists = ['aliases', 'transferred_from', 'transferred_to'].map((name) => textsAt(event, name));
  const ids = [...single, ...inTurn(lists)].filter((id) => id !== null);
  return [...new Set(ids)].slice(0, MAX_IDS);
}

/** Either side of a transfer may have only anonymous ids in the event. */
function sidesIn(event: UnknownRecord): readonly (readonly string[])[] {
  const lists = ['transferred_from', 'transferred_to'].map((name) => textsAt(event, name));
  const sides = lists.map((list) => list.filter((id) => id !== null).slice(0, MAX_IDS));
  return sides.filter(({ length }) => length > 0);
}

/** The first of each list, then the second of each: a limit then leaves out no side of a transfer. */
function inTurn<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

function textsAt(event: UnknownRecord, name: string): readonly (string | null)[] {
  const values = valueAt(event, name);
  return Array.isArray(values) ? values.map(textIn) : [];
}
