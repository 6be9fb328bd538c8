/** The complete state as one object, to keep and to return to. */
import { tableNames } from '../store/store.ts';
import type { Table } from '../store/table.ts';
import type { ControlContext } from './route.ts';

const FORMAT_VERSION = 1;

interface Row {
  readonly id: string;
}

interface Snapshot {
  readonly version: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

/** The webhook belongs to the installation and not to the state: its address and secret differ elsewhere. */
const names = tableNames.filter((name) => name !== 'webhooks');

export function takeSnapshot({ world: { store, ids } }: Pick<ControlContext, 'world'>): object {
  const tables = Object.fromEntries(names.map((name) => [name, store[name].oldestFirst()]));
  return { version: FORMAT_VERSION, counters: ids.counters(), tables } satisfies Snapshot;
}

export type RestoreContext = Pick<ControlContext, 'world' | 'deliveries' | 'due' | 'faults'>;

/**
 * Replaces all records. The clock is the one of the other simulator, which is restored first. Throws an error, and changes
 * nothing, if the value is no snapshot.
 */
export function restoreSnapshot({ world, deliveries, due, faults }: RestoreContext, value: unknown): void {
  const snapshot = snapshotIn(value);
  const { store, ids } = world;
  deliveries.reset();
  faults.set({});
  // An id that a client still stores must not refer to another record.
  const counters = ids.counters();
  for (const [kind, count] of Object.entries(snapshot.counters)) {
    counters[kind] = Math.max(count, counters[kind] ?? 0);
  }
  ids.resume(counters);
  for (const name of names) {
    const table = store[name] as unknown as Table<Row>;
    table.clear();
    for (const row of snapshot.tables[name] ?? []) table.put(row);
  }
  due.run();
}

function snapshotIn(value: unknown): Snapshot {
  const snapshot = (value ?? {}) as Partial<Snapshot>;
  const { version, counters, tables } = snapshot;
  const isWhole =
    version === FORMAT_VERSION &&
    isObject(counters) &&
    isObject(tables) &&
    Object.values(tables).every((rows) => Array.isArray(rows) && rows.every(isRow));
  if (!isWhole) throw new Error('This is no snapshot of the RevenueCat simulator that this version knows.');
  return snapshot as Snapshot;
}

function isRow(row: unknown): boolean {
  return isObject(row) && typeof (row as Partial<Row>).id === 'string';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
