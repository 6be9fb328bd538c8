/** The complete state as one object, to keep and to return to. */

import { deliveryId } from '../model/delivery-id.ts';
import type { Delivery, WebhookEndpoint } from '../model/event.ts';
import { tableNames } from '../store/store.ts';
import type { Table } from '../store/table.ts';
import { resetSimulation } from './reset.ts';
import type { Simulation } from './simulation.ts';

const FORMAT_VERSION = 1;

interface Row {
  readonly id: string;
}

interface Snapshot {
  readonly version: number;
  /** The time of the simulator's clock. */
  readonly now_ms: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

/** The endpoints belong to the installation and not to the state: their addresses and secrets differ elsewhere. */
const tablesToKeep: readonly string[] = ['webhookEndpoints', 'endpointSecrets', 'eventDestinations'];
const names = tableNames.filter((name) => !tablesToKeep.includes(name));

export function takeSnapshot({ world: { store, ids }, clock }: Simulation): object {
  const tables = Object.fromEntries(names.map((name) => [name, store[name].oldestFirst()]));
  return {
    version: FORMAT_VERSION,
    now_ms: clock.nowMs(),
    counters: ids.counters(),
    tables,
  } satisfies Snapshot;
}

/**
 * Replaces all records. The clock returns to the time of the snapshot, or to the present if that is later. Throws an error,
 * and changes nothing, if the value is no snapshot.
 */
export function restoreSnapshot(simulation: Simulation, value: unknown): void {
  const snapshot = snapshotIn(value);
  const { world, deliveries, clock } = simulation;
  const { store, ids } = world;
  resetSimulation(simulation);
  clock.resume(Math.max(0, snapshot.now_ms - clock.nowMs()));
  // An id that a client still stores must not refer to another record.
  const counters = ids.counters();
  for (const [prefix, count] of Object.entries(snapshot.counters)) {
    counters[prefix] = Math.max(count, counters[prefix] ?? 0);
  }
  ids.resume(counters);
  const [endpoint] = store.webhookEndpoints.oldestFirst();
  for (const name of names) {
    const table = store[name] as unknown as Table<Row>;
    for (const row of snapshot.tables[name] ?? []) {
      table.put(name === 'deliveries' ? deliveryTo(endpoint, row as Delivery) : row);
    }
  }
  deliveries.resume();
}

/** A delivery to an endpoint of another installation goes to the one of this installation. */
function deliveryTo(endpoint: WebhookEndpoint | undefined, row: Delivery): Delivery {
  if (endpoint === undefined) return row;
  const { id, url } = endpoint;
  return { ...row, endpoint: id, url, id: deliveryId(row.event, id) };
}

function snapshotIn(value: unknown): Snapshot {
  const snapshot = (value ?? {}) as Partial<Snapshot>;
  const { version, now_ms: nowMs, counters, tables } = snapshot;
  const isWhole =
    version === FORMAT_VERSION &&
    typeof nowMs === 'number' &&
    isObject(counters) &&
    isObject(tables) &&
    Object.values(tables).every(areRows);
  if (!isWhole) throw new Error('This is no snapshot of the Stripe simulator that this version knows.');
  return snapshot as Snapshot;
}

function areRows(rows: unknown): boolean {
  return (
    Array.isArray(rows) && rows.every((row) => isObject(row) && typeof (row as Partial<Row>).id === 'string')
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
