/** The report of the tour: one line per step, and what each system shows. */

export interface Report {
  /** Starts a step. */
  step(title: string): void;
  /** Reports what the tour saw in one of the systems. */
  saw(where: 'Cognito' | 'DynamoDB' | 'Stripe' | 'RevenueCat' | 'API', what: string): void;
}

export class TourFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TourFailure';
  }
}

/** Returns a report that writes numbered steps as text. */
export function textReport(write: (line: string) => void): Report {
  let number = 0;
  return {
    step: (title) => {
      number += 1;
      write(`\n${String(number).padStart(2)}. ${title}`);
    },
    saw: (where, what) => write(`    ${where.padEnd(10)} ${what}`),
  };
}

/** Throws a `TourFailure` with the message unless the condition holds. */
export function expectThat(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TourFailure(message);
}
