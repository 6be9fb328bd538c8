/** A scenario that took another course than its story. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
}

export function expectThat(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ScenarioFailure(otherwise);
}
