/** The simulator's own clock: a base clock plus an offset. Only a reset moves it backwards. */

export class SimulatorClock {
  readonly #base: () => number;
  readonly #moved: () => void;
  #aheadMs = 0;

  /** `moved` is called after every move of the offset, but not as time passes. */
  constructor(base: () => number, moved: () => void = () => undefined) {
    this.#base = base;
    this.#moved = moved;
  }

  readonly nowMs = (): number => this.#base() + this.#aheadMs;

  readonly seconds = (): number => Math.floor(this.nowMs() / 1000);

  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Restores the offset of a saved run; 0 resets the clock. */
  resume(aheadMs: number): void {
    this.#aheadMs = Math.max(0, aheadMs);
    this.#moved();
  }

  advance(seconds: number): void {
    if (seconds < 0)
      throw new Error('Cannot advance the clock by a negative number of seconds: it only moves forward.');
    this.#aheadMs += seconds * 1000;
    this.#moved();
  }
}
