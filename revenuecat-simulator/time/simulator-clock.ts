/** The simulator's own clock: a base clock plus an offset. Only a reset moves it backwards. */

export class SimulatorClock {
  readonly #base: () => number;
  #aheadMs = 0;

  constructor(base: () => number) {
    this.#base = base;
  }

  readonly nowMs = (): number => this.#base() + this.#aheadMs;

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Restores the offset of a saved run; 0 resets the clock. */
  resume(aheadMs: number): void {
    this.#aheadMs = Math.max(0, aheadMs);
  }

  advance(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }
}
