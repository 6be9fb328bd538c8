/**
 * What AWS charges in us-east-1, in US dollars, before any free tier but Cognito's. Read in 2026 from AWS's own tables
 * and from articles that quote them; prices change, so look before you decide by them.
 */

/** Up to so many, each costs so much; the last tier has no end. */
export interface Tier {
  readonly upTo: number;
  readonly each: number;
}

const million = 1_000_000;

export const prices = {
  api: {
    http: [
      { upTo: 300 * million, each: 1 / million },
      { upTo: Number.POSITIVE_INFINITY, each: 0.9 / million },
    ],
    rest: [
      { upTo: 333 * million, each: 3.5 / million },
      { upTo: Number.POSITIVE_INFINITY, each: 2.8 / million },
    ],
  },
  lambda: { request: 0.2 / million, gbSecondArm: 0.0000133334 },
  dynamodb: {
    readUnit: 0.125 / million,
    writeUnit: 0.625 / million,
    /** Of storage and of point-in-time recovery, for a month. */
    gigabyte: 0.25 + 0.2,
  },
  /** Of a monthly active user. The tiers of LITE above a million are as they were before the plans had names. */
  cognito: {
    LITE: [
      { upTo: 10_000, each: 0 },
      { upTo: 100_000, each: 0.0055 },
      { upTo: million, each: 0.0046 },
      { upTo: 10 * million, each: 0.00325 },
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
  /** A code by e-mail, through SES. */
  mail: 0.1 / 1_000,
  trafficGigabyte: 0.09,
} as const satisfies Record<string, unknown>;

/** What `amount` comes to. */
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
