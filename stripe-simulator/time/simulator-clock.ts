/** The simulator's own time: the given clock, and how far it was moved ahead. It never goes back but by a reset. */

export class SimulatorClock {
  readonly #base: () => number;
  #aheadMs = 0;

  constructor(base: () => number) {
    this.#base = base;
  }

  readonly nowMs = (): number => this.#base() + this.#aheadMs;

  readonly seconds = (): number => Math.floor(this.nowMs() / 1000);

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Takes up where a saved run was. */
  resume(aheadMs: number): void {
    this.#aheadMs = Math.max(0, aheadMs);
  }

  advance(seconds: number): void {
    if (seconds < 0) throw new Error('The clock does not go back');
    this.#aheadMs += seconds * 1000;
  }
}
