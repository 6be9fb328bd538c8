/** Runs what falls due as time passes, in order, each action at its own time. */
import type { Deliveries } from '../events/deliveries.ts';
import type { Subscription } from '../model/subscription.ts';
import { dueAt, performDue } from '../subscriptions/due.ts';
import type { World } from '../world/world.ts';

/** An upper bound per run, so that a bug that reschedules work forever does not hang the process. */
const MAX_STEPS = 100_000;

interface Next {
  readonly at: number;
  readonly row: Subscription;
}

export class DueWork {
  readonly #world: World;
  readonly #deliveries: Deliveries;
  /** The time that has been reached. Work that an operation schedules before it happens at that time, not in the past. */
  #reachedMs = 0;

  constructor(world: World, deliveries: Deliveries) {
    this.#world = world;
    this.#deliveries = deliveries;
  }

  /** Returns the millisecond of the next change or retry. */
  nextAt(): number | undefined {
    const times = [this.#next()?.at, this.#deliveries.nextAt()].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Runs everything that is due now. Returns the number of changes. */
  run(): number {
    const until = this.#world.nowMs();
    // A reset moves the clock backwards.
    this.#reachedMs = Math.min(this.#reachedMs, until);
    for (let step = 0; step < MAX_STEPS; step++) {
      const next = this.#next();
      if (next === undefined || next.at > until) {
        this.#reachedMs = until;
        this.#deliveries.runDue();
        return step;
      }
      const at = Math.max(next.at, this.#reachedMs);
      this.#reachedMs = at;
      performDue({ ...this.#world, nowMs: () => at }, next.row);
    }
    throw new Error(`More than ${MAX_STEPS} actions fell due. Advance the clock in smaller steps.`);
  }

  /** Returns the subscription that changes first. Of several at one time, it is the oldest. */
  #next(): Next | undefined {
    let first: Next | undefined;
    for (const row of this.#world.store.subscriptions.oldestFirst()) {
      const at = dueAt(row);
      if (at !== undefined && (first === undefined || at < first.at)) first = { at, row };
    }
    return first;
  }
}
