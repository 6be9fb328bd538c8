/** Reads the events, and waits until one has been delivered. */
import type { Simulation } from '../control/simulation.ts';
import type { EventRecord } from '../model/event.ts';
import { matchesType } from '../model/event-filter.ts';
import type { SimulatedEvent } from '../options.ts';
import { renderEvent } from '../render/render-event.ts';

/** Returns the events of a type, which may end in `*`, oldest first. */
export function eventsOf({ world }: Simulation, type: string): SimulatedEvent[] {
  return recordsOf(world.store.events.oldestFirst(), type).map((event) => shown(world.store, event));
}

/** Resolves with the newest event of the type once its deliveries are done, and waits for one if there is none. */
export async function waitForEvent(
  simulation: Simulation,
  type: string,
  timeoutMs: number,
): Promise<SimulatedEvent> {
  const { world, deliveries } = simulation;
  const event =
    recordsOf(world.store.events.oldestFirst(), type).at(-1) ?? (await next(simulation, type, timeoutMs));
  await deliveries.settled();
  return shown(world.store, event);
}

function next({ world }: Simulation, type: string, timeoutMs: number): Promise<EventRecord> {
  const { events } = world.store;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      const seen = [...new Set(events.oldestFirst().map((event) => event.type))].join(', ');
      reject(
        new Error(`No ${type} came within ${timeoutMs} ms. Events so far: ${seen === '' ? 'none' : seen}.`),
      );
    }, timeoutMs);
    const stop = events.watch((event) => {
      if (!matchesType(type, event.type)) return;
      stop();
      clearTimeout(timer);
      resolve(event);
    });
  });
}

function recordsOf(events: readonly EventRecord[], type: string): EventRecord[] {
  return events.filter((event) => matchesType(type, event.type));
}

function shown(store: Simulation['world']['store'], event: EventRecord): SimulatedEvent {
  return renderEvent(event, { store, version: event.api_version }) as unknown as SimulatedEvent;
}
