/** Does what falls due, in order of time, each piece at its own time; one queue for every clock. */
import type { World } from '../world/world.ts';
import { performDueAction } from './due-actions.ts';
import { type Due, type DueKind, dueOf } from './due-dates.ts';
import { DueHeap } from './due-heap.ts';

/** No honest history is longer; a fault that never gets on must not hang the process. */
const MAX_STEPS = 1_000_000;
const OWN_CLOCK = '';
const kinds: readonly DueKind[] = ['subscriptions', 'invoices', 'checkoutSessions', 'testClocks'];

export class DueWork {
  readonly #world: World;
  readonly #heaps = new Map<string, DueHeap>();
  readonly #planned = new Map<string, Due>();
  /** How far each clock has come: what is planned for earlier happens then, not in the past. */
  readonly #reached = new Map<string, number>();
  #running = false;

  constructor(world: World) {
    this.#world = world;
    const { store } = world;
    for (const kind of kinds) {
      for (const row of store[kind].oldestFirst()) this.#plan(kind, row.id);
      store[kind].watch((row) => this.#plan(kind, row.id));
    }
    store.notices.watch(({ id }) => this.#plan(id.startsWith('in_') ? 'invoices' : 'subscriptions', id));
    store.resumptions.watch(({ id }) => this.#plan('invoices', id));
  }

  /** How many records wait for something. */
  get size(): number {
    return this.#planned.size;
  }

  /** The next second at which something happens by the simulator's own clock. */
  nextAt(): number | undefined {
    const heap = this.#heaps.get(OWN_CLOCK);
    return heap === undefined ? undefined : this.#freshest(heap)?.at;
  }

  /** Everything that is due by now; each test clock counts by its own time. Tells how many pieces were done. */
  run(): number {
    // Work that is under way answers no requests, but may come back here through what it changes.
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
    this.#planned.clear();
    this.#reached.clear();
  }

  #steps(clock: string, until: number): number {
    const heap = this.#heaps.get(clock);
    const reached = this.#reached.get(clock) ?? 0;
    for (let step = 0; step < MAX_STEPS; step++) {
      const next = heap && this.#freshest(heap);
      if (next === undefined || next.at > until) return step;
      heap?.pop();
      this.#do(next.key, Math.max(next.at, reached));
    }
    throw new Error(`More than ${MAX_STEPS} pieces of work fell due: advance in smaller steps`);
  }

  #do(key: string, at: number): void {
    const due = this.#planned.get(key);
    const [kind, id] = parseKey(key);
    if (due === undefined || kind === undefined) return;
    this.#planned.delete(key);
    performDueAction({ ...this.#world, origin: null, seconds: () => at }, due.action, id);
    this.#plan(kind, id);
    // A record forced into a state that time cannot move on would be due for ever.
    const next = this.#planned.get(key);
    if (next !== undefined && next.action === due.action && next.at <= due.at) this.#planned.delete(key);
  }

  /** What was planned and then changed is still in the heap, but no longer current. */
  #freshest(heap: DueHeap): { readonly at: number; readonly key: string } | undefined {
    for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
      if (this.#planned.get(next.key)?.at === next.at) return next;
      heap.pop();
    }
    return undefined;
  }

  #plan(kind: DueKind, id: string): void {
    const key = `${kind}/${id}`;
    const next = dueOf(this.#world.store, kind, id);
    if (next === undefined) {
      this.#planned.delete(key);
      return;
    }
    const known = this.#planned.get(key);
    this.#planned.set(key, next);
    if (known?.at === next.at && known.clock === next.clock) return;
    const clock = next.clock ?? OWN_CLOCK;
    const heap = this.#heaps.get(clock) ?? new DueHeap();
    this.#heaps.set(clock, heap);
    heap.push({ at: next.at, key });
  }
}

function parseKey(key: string): [DueKind | undefined, string] {
  const slash = key.indexOf('/');
  return [kinds.find((kind) => kind === key.slice(0, slash)), key.slice(slash + 1)];
}
