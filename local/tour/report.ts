/** What the tour tells: a line a step, and what was seen where. */

export interface Report {
  /** Begins a step. */
  step(title: string): void;
  /** Something that happened, and in which system. */
  saw(where: 'Cognito' | 'DynamoDB' | 'Stripe' | 'API', what: string): void;
}

export class TourFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TourFailure';
  }
}

export function textReport(write: (line: string) => void): Report {
  let number = 0;
  return {
    step: (title) => {
      number += 1;
      write(`\n${String(number).padStart(2)}. ${title}`);
    },
    saw: (where, what) => write(`    ${where.padEnd(9)} ${what}`),
  };
}

export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new TourFailure(otherwise);
}
