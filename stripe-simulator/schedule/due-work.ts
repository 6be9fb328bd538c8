/** Runs due actions in order of time, each at its own time, with one queue per clock. */
import type { World } from '../world/world.ts';
import { performDueAction } from './due-actions.ts';
import { type Due, type DueKind, dueOf } from './due-dates.ts';
import { DueHeap } from './due-heap.ts';

/** An upper bound per run, so that a bug that reschedules work forever does not hang the process. */
const MAX_STEPS = 1_000_000;
const OWN_CLOCK = '';
const kinds: readonly DueKind[] = [
  'subscriptions',
  'subscriptionSchedules',
  'invoices',
  'checkoutSessions',
  'testClocks',
  'laterEffects',
];

export class DueWork {
  readonly #world: World;
  readonly #heaps = new Map<string, DueHeap>();
  readonly #scheduled = new Map<string, Due>();
  /** The second each clock has reached. Work scheduled before it runs at that second, not in the past. */
  readonly #reached = new Map<string, number>();
  #running = false;

  constructor(world: World) {
    this.#world = world;
    const { store } = world;
    for (const kind of kinds) {
      for (const row of store[kind].oldestFirst()) this.#schedule(kind, row.id);
      store[kind].watch((row) => this.#schedule(kind, row.id));
    }
    store.notices.watch(({ id }) => this.#schedule(kindOfNotice(id), id));
    store.subscriptionSchedules.watch(({ subscription }) => {
      // The subscription waits for the end of the phase.
      if (subscription !== null) this.#schedule('subscriptions', subscription);
    });
    store.resumptions.watch(({ id }) => this.#schedule('invoices', id));
  }

  /** The number of records with scheduled work. */
  get size(): number {
    return this.#scheduled.size;
  }

  /** Returns the second of the next action on the simulator's own clock. */
  nextAt(): number | undefined {
    const heap = this.#heaps.get(OWN_CLOCK);
    return heap === undefined ? undefined : this.#nextCurrent(heap)?.at;
  }

  /** Runs all work that is due now, on test clocks by their own time. Returns the number of actions. */
  run(): number {
    // Actions change records, which can lead back here: a run must not start within a run.
    if (this.#running) return 0;
    let steps = this.runUntil(null, this.#world.ownSeconds());
    for (const clock of this.#heaps.keys()) {
      const row = this.#world.store.testClocks.get(clock);
      if (row?.status === 'ready') steps += this.runUntil(clock, row.frozen_time);
    }
    return steps;
  }

  runUntil(clock: string | null, until: number): number {
    this.#running = true;
    try {
      return this.#steps(clock ?? OWN_CLOCK, until);
    } finally {
      this.#running = false;
      this.#reached.set(clock ?? OWN_CLOCK, until);
    }
  }

  reset(): void {
    this.#heaps.clear();
    this.#scheduled.clear();
    this.#reached.clear();
  }

  #steps(clock: string, until: number): number {
    const heap = this.#heaps.get(clock);
    const reached = this.#reached.get(clock) ?? 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      const next = heap && this.#nextCurrent(heap);
      if (next === undefined || next.at > until) return step;
      heap?.pop();
      this.#runAction(next.key, Math.max(next.at, reached));
    }
    throw new Error(`More than ${MAX_STEPS} actions fell due. Advance the clock in smaller steps.`);
  }

  #runAction(key: string, at: number): void {
    const due = this.#scheduled.get(key);
    const [kind, id] = parseKey(key);
    if (due === undefined || kind === undefined) return;
    this.#scheduled.delete(key);
    performDueAction({ ...this.#world, origin: null, seconds: () => at }, due.action, id);
    this.#schedule(kind, id);
    // A record that was forced into a state that the action cannot leave would stay due forever.
    const next = this.#scheduled.get(key);
    if (next !== undefined && next.action === due.action && next.at <= due.at) this.#scheduled.delete(key);
  }

  /** Returns the next current entry and removes outdated ones: rescheduled work leaves its old entry in the heap. */
  #nextCurrent(heap: DueHeap): { readonly at: number; readonly key: string } | undefined {
    for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
      if (this.#scheduled.get(next.key)?.at === next.at) return next;
      heap.pop();
    }
    return undefined;
  }

  #schedule(kind: DueKind, id: string): void {
    const key = `${kind}/${id}`;
    const next = dueOf(this.#world.store, kind, id);
    if (next === undefined) {
      this.#scheduled.delete(key);
      return;
    }
    const previous = this.#scheduled.get(key);
    this.#scheduled.set(key, next);
    if (previous?.at === next.at && previous.clock === next.clock) return;
    const clock = next.clock ?? OWN_CLOCK;
    const heap = this.#heaps.get(clock) ?? new DueHeap();
    this.#heaps.set(clock, heap);
    heap.push({ at: next.at, key });
  }
}

function kindOfNotice(id: string): DueKind {
  if (id.startsWith('in_')) return 'invoices';
  return id.startsWith('sub_sched_') ? 'subscriptionSchedules' : 'subscriptions';
}

function parseKey(key: string): [DueKind | undefined, string] {
  const slash = key.indexOf('/');
  return [kinds.find((kind) => kind === key.slice(0, slash)), key.slice(slash + 1)];
}
