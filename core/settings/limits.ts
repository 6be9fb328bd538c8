/** The ranges of the settings that are numbers. */
import type { NumberRange } from './values.ts';

export const limits = {
  /** Stripe accepts no longer trial, and no greater quantity. */
  trialDays: { whole: true, max: 730 },
  quantity: { whole: true, min: 1, max: 999_999 },
  // A greater value is a mistake in the unit, and would give access without a payment for years.
  signUpTrialDays: { whole: true, max: 3_650 },
  renewalGraceHours: { max: 24 * 90 },
  pastDueGraceDays: { max: 365 },
  share: { min: 0.01, max: 1 },
} as const satisfies Readonly<Record<string, NumberRange>>;
