/**
 * What AWS charges in us-east-1, in US dollars, without any free tier except Cognito's. Read in 2026 from AWS's price
 * pages and from articles that quote them. Prices change, so check them before you rely on them.
 */

/** The price of each unit up to a total. The last tier has no limit. */
export interface Tier {
  readonly upTo: number;
  readonly each: number;
}

const MILLION = 1_000_000;

export const prices = {
  api: {
    http: [
      { upTo: 300 * MILLION, each: 1 / MILLION },
      { upTo: Number.POSITIVE_INFINITY, each: 0.9 / MILLION },
    ],
    rest: [
      { upTo: 333 * MILLION, each: 3.5 / MILLION },
      { upTo: Number.POSITIVE_INFINITY, each: 2.8 / MILLION },
    ],
  },
  lambda: { request: 0.2 / MILLION, gbSecondArm: 0.0000133334 },
  dynamodb: {
    readUnit: 0.125 / MILLION,
    writeUnit: 0.625 / MILLION,
    /** Storage and point-in-time recovery, per month. */
    gigabyte: 0.25 + 0.2,
  },
  /** Per monthly active user. The tiers of LITE above a million date from before Cognito introduced plans. */
  cognito: {
    LITE: [
      { upTo: 10_000, each: 0 },
      { upTo: 100_000, each: 0.0055 },
      { upTo: MILLION, each: 0.0046 },
      { upTo: 10 * MILLION, each: 0.00325 },
      { upTo: Number.POSITIVE_INFINITY, each: 0.0025 },
    ],
    ESSENTIALS: [
      { upTo: 10_000, each: 0 },
      { upTo: Number.POSITIVE_INFINITY, each: 0.015 },
    ],
    PLUS: [{ upTo: Number.POSITIVE_INFINITY, each: 0.02 }],
  },
  cloudwatch: { logGigabyte: 0.5, alarmMetric: 0.1, metric: 0.3, dashboard: 3 },
  secrets: { month: 0.4, call: 0.05 / 10_000 },
  /** A verification code by email, through SES. */
  mail: 0.1 / 1_000,
  trafficGigabyte: 0.09,
} as const satisfies Record<string, unknown>;

/** Returns the price of `amount` units. */
export function tiered(tiers: readonly Tier[], amount: number): number {
  let dollars = 0;
  let from = 0;
  for (const { upTo, each } of tiers) {
    if (amount <= from) break;
    dollars += (Math.min(amount, upTo) - from) * each;
    from = upTo;
  }
  return dollars;
}
