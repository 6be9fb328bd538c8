/** Advances test clocks. The request returns `advancing`, and the clock becomes `ready` right after the response. */
import type { TestClock } from '../model/test-clock.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { DueWork } from './due-work.ts';

export class TestClockAdvance {
  readonly #world: World;
  readonly #due: DueWork;

  constructor(world: World, due: DueWork) {
    this.#world = world;
    this.#due = due;
  }

  /** Finishes the advances that a saved run had started. */
  resume(): void {
    for (const row of this.#world.store.testClocks.oldestFirst()) {
      if (row.status === 'advancing') this.#finish(row.id);
    }
  }

  start(world: World, id: string, target: number): TestClock {
    const advancing = change(world, world.store.testClocks, {
      id,
      patch: { status: 'advancing', status_details: { advancing: { target_frozen_time: target } } },
      event: 'test_helpers.test_clock.advancing',
    });
    // Finish after the response, so that the caller sees `advancing`, as with Stripe.
    setImmediate(() => this.#finish(id));
    return advancing;
  }

  #finish(id: string): void {
    const row = this.#world.store.testClocks.get(id);
    const target = row?.status_details.advancing?.target_frozen_time;
    if (row === undefined || target === undefined) return;
    let status: TestClock['status'] = 'ready';
    try {
      this.#due.runUntil(id, target);
    } catch {
      status = 'internal_failure';
    }
    change(this.#world, this.#world.store.testClocks, {
      id,
      patch: { frozen_time: target, status, status_details: {} },
      event: `test_helpers.test_clock.${status}`,
    });
  }
}
